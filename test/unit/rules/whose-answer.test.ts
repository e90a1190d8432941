/** Who answered, and what it proves: pages of a site that shows several, names that a firm's own gate cuts off. */
import { describe, expect, test } from 'vitest';
import type { HttpSays, TlsSays } from '../../golden/build.ts';
import { draft } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { page, type ControlSays, type Page } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTP_URL,
  HTTPS_URL,
  httpStep,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_CHAIN,
  names,
  SECURE,
  tlsStep,
} from '../../golden/scenes.ts';

const CUT = { failure: 'connection_reset' } as const;

const bare = (letter: string, headers: Page['headers'] = []): Page => ({
  status: 200,
  body: letter.repeat(3000),
  headers,
});

/** A plain page here and at the control. */
function compared(here: Page, control: Page): string {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  d.http(HTTP_URL, here);
  d.control({ ...CONTROL_GETS_ALL, http: control });
  return judged(d.document()).verdict.outcome;
}

describe('a plain page of the length of the control’s', () => {
  test('is not the control’s when neither bears a title', () => {
    expect(compared(bare('b'), bare('a'))).toBe('insufficient');
  });

  test('is the control’s when both bear a header that few servers send', () => {
    expect(compared(bare('b', [['X-Press', '4']]), bare('a', [['X-Press', '4']]))).toBe('accessible');
  });

  test('is not the control’s when one bears a title and the other none', () => {
    expect(compared(page('Access restricted', 'b'.repeat(3000)), bare('a'))).toBe('insufficient');
  });

  test('is not the control’s when short titles differ', () => {
    expect(compared(page('Stop', 'b'.repeat(3000)), page('Home', 'a'.repeat(3000)))).toBe('insufficient');
    expect(compared(page('Home', 'b'.repeat(3000)), page('Home', 'a'.repeat(3000)))).toBe('accessible');
  });
});

test('a control that gets 451 can’t be compared with', () => {
  expect(compared(FRONT_PAGE, page('Unavailable', 'By law.', 451))).toBe('insufficient');
});

test('a site that shows two pages in turn is no box that reads first segments', () => {
  const d = draft(HTTP_URL);
  names(d);
  for (let attempt = 0; attempt < 3; attempt++) {
    d.tcp(IP, 80);
    d.http(HTTP_URL, page('Works on the roof', 'Back on Monday.'));
  }
  d.pair(AT_SITE('http.split_host'), () => {
    d.tcp(IP, 80);
    d.http(HTTP_URL, FRONT_PAGE);
  });
  d.control(CONTROL_GETS_ALL);
  expect(judged(d.document()).verdict.outcome).not.toBe('interfered');
});

/** The site redirects here; at the reflector the same Host is sent to `there`. */
function redirected(there: HttpSays): string {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  const notice = { status: 302, headers: [['Location', 'http://notice.example/closed?n=17']] } as const;
  d.http(HTTP_URL, notice);
  d.pair(
    AT_MIRROR('http.host_at_reflector'),
    httpStep(d, MIRROR, MIRROR_ANSWER),
    httpStep(d, HOST, there),
    httpStep(d, MIRROR, MIRROR_ANSWER),
  );
  d.control(CONTROL_GETS_ALL);
  return judged(d.document()).verdict.outcome;
}

describe('redirects at the site and at the reflector', () => {
  test('are the same where only a number in the query differs', () => {
    const headers = [['Location', 'http://notice.example/closed?n=18']] as const;
    expect(redirected({ status: 302, headers })).toBe('interfered');
  });

  test('are not the same where they lead to another host', () => {
    const headers = [['Location', 'http://elsewhere.example/closed?n=17']] as const;
    expect(redirected({ status: 302, headers })).not.toBe('interfered');
  });
});

/** TLS was reset three times for the target's name at the site's address, and an innocuous name got a chain there. */
function cutAtSite(parts: { readonly mirror: TlsSays; readonly control?: ControlSays }): string {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(CUT);
  const mirror = tlsStep(d, 'reflector', { sni: MIRROR, ...parts.mirror });
  d.pair(
    AT_MIRROR('tls.sni_at_reflector'),
    mirror,
    tlsStep(d, 'reflector', { sni: HOST, chain: MIRROR_CHAIN }),
    mirror,
  );
  const other = tlsStep(d, 'site', { sni: 'example.com', chain: chains.trusted('example.com') });
  for (let i = 0; i < 3; i++)
    d.pair(AT_SITE('tls.sni_at_address'), other, tlsStep(d, 'site', { sni: HOST, ...CUT }), other);
  d.control(parts.control ?? CONTROL_GETS_ALL);
  return judged(d.document()).verdict.outcome;
}

describe('a name that is cut off at the site’s address', () => {
  test('is filtered on the way', () => {
    expect(cutAtSite({ mirror: { chain: MIRROR_CHAIN } })).toBe('interfered');
  });

  test('may be cut off by a firm’s gate that reads every connection', () => {
    const gate = { chain: chains.unknown(MIRROR), failure: 'ssl_unknown_authority' };
    expect(cutAtSite({ mirror: gate })).toBe('suspected');
  });

  test('is filtered on the way, too, where the site’s certificate is a bad one', () => {
    const bad = { failure: 'ssl_unknown_authority', chain: chains.unknown(HOST) };
    const control = { ...CONTROL_GETS_ALL, tls: { [SECURE]: bad }, http: { failure: bad.failure } };
    expect(cutAtSite({ mirror: { chain: MIRROR_CHAIN }, control })).toBe('interfered');
  });

  test('is cut off by the server where the control gets no chain at this address either', () => {
    const control = { ...CONTROL_GETS_ALL, tls: { [SECURE]: CUT } };
    expect(cutAtSite({ mirror: { chain: MIRROR_CHAIN }, control })).not.toBe('interfered');
  });
});

describe('requests that were reset twice', () => {
  function reset(parts: { readonly mirror?: HttpSays; readonly second?: string }): string {
    const d = draft(HTTP_URL);
    names(d);
    if (parts.second !== undefined) d.doh(parts.second);
    for (let attempt = 0; attempt < 2; attempt++) {
      d.tcp(IP, 80);
      d.http(HTTP_URL, CUT);
    }
    d.pair(
      AT_MIRROR('http.host_at_reflector'),
      httpStep(d, MIRROR, parts.mirror ?? MIRROR_ANSWER),
      httpStep(d, HOST, MIRROR_ANSWER),
      httpStep(d, MIRROR, MIRROR_ANSWER),
    );
    d.control(CONTROL_GETS_ALL);
    return judged(d.document()).verdict.outcome;
  }

  test('are suspicious on a good line', () => {
    expect(reset({})).toBe('suspected');
    expect(reset({ second: 'dns_no_answer' })).toBe('suspected');
  });

  test('are not where an innocuous name was cut off, too', () => {
    expect(reset({ mirror: CUT })).toBe('insufficient');
  });

  test('are not where one of the questions over TLS was', () => {
    expect(reset({ second: 'connection_reset' })).toBe('insufficient');
  });
});

describe('a Host in two segments where whole requests are reset', () => {
  function reset(splits: number): string {
    const d = draft(HTTP_URL);
    names(d);
    for (let attempt = 0; attempt < 3; attempt++) {
      d.tcp(IP, 80);
      d.http(HTTP_URL, { failure: 'connection_reset' });
    }
    for (let i = 0; i < splits; i++)
      d.pair(AT_SITE('http.split_host'), () => {
        d.tcp(IP, 80);
        d.http(HTTP_URL, FRONT_PAGE);
      });
    d.control(CONTROL_GETS_ALL);
    return judged(d.document()).verdict.outcome;
  }
  test('that passes once may be a server that resets at random', () => {
    expect(reset(1)).toBe('suspected');
    expect(reset(2)).toBe('suspected');
  });
  test('that passes each time is a box that reads whole headers', () => {
    expect(reset(3)).toBe('interfered');
  });
});
