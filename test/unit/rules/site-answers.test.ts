/** The site itself answers: where that settles the matter, and where somebody else may be talking. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft, type HttpSays, type TlsSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { page } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import {
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTPS_URL,
  HTTP_URL,
  IP,
  names,
  OTHER_IP,
} from '../../golden/scenes.ts';

const rulesOf = (d: Draft): readonly string[] => judged(d.document()).verdict.rules.map(({ id }) => id);
const ANSWERS = 'origin.answers_with_valid_chain';
const REFUSES = 'origin.refuses';
const AS_AT_CONTROL = 'origin.page_as_at_control';

describe('a redirect over plain HTTP', () => {
  function led(
    from: string,
    to: string,
    more: Parameters<Draft['control']>[0] | null = CONTROL_GETS_ALL,
  ): boolean {
    const d = draft(`http://${from}/`);
    names(d);
    d.tcp(IP, 80);
    d.http(`http://${from}/`, { status: 302, headers: [['Location', `https://${to}/`]] });
    d.redirected(to);
    names(d, [OTHER_IP]);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain: chains.trusted(to) });
    d.http(`https://${to}/`, FRONT_PAGE);
    if (more !== null) d.control(more);
    return rulesOf(d).includes(ANSWERS);
  }
  test.each<[string, string, boolean]>([
    [HOST, HOST, true],
    [HOST, `www.${HOST}`, true],
    [`www.${HOST}`, HOST, true],
    [HOST, `blog.${HOST}`, true],
    [`blog.${HOST}`, HOST, true],
    // Whoever wrote the redirect chose this host.
    [HOST, 'notice.operator.example', false],
    [HOST, `not-${HOST}`, false],
    [`not-${HOST}`, HOST, false],
    [HOST, 'another.www.example', false],
  ])('from %s to %s is the site’s everyday one: %s', (from, to, wanted) => {
    expect(led(from, to, null)).toBe(wanted);
  });
  test('to a host that the control was led to as well is the site’s', () => {
    const to = 'new-home.example';
    expect(led(HOST, to)).toBe(false);
    expect(led(HOST, to, { ...CONTROL_GETS_ALL, redirects: [`https://${to}/`] })).toBe(true);
    expect(
      led(HOST, to, {
        ...CONTROL_GETS_ALL,
        redirects: [`https://${to}/`],
        http: { failure: 'connection_reset' },
      }),
    ).toBe(false);
  });
});

describe('an answer over TLS', () => {
  function answered(
    says: HttpSays,
    http = FRONT_PAGE as Parameters<Draft['control']>[0]['http'],
    tls?: TlsSays,
  ): Draft {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls(tls ?? { chain: CONTROL_GETS_ALL.tls![`${IP}:443`]!.chain! });
    d.http(HTTPS_URL, says);
    d.control({ ...CONTROL_GETS_ALL, http });
    return d;
  }
  test.each<[number, number, boolean]>([
    [200, 200, true],
    [302, 200, true],
    [399, 200, true],
    // A refusal that the control got as well is the site's page for everybody.
    [400, 400, true],
    [404, 404, true],
    [499, 499, true],
    [404, 200, false],
    [404, 403, false],
    // The server's own failure is no page, for everybody or not.
    [500, 500, false],
    [502, 200, false],
  ])('%i, where the control gets %i: %s', (status, atControl, wanted) => {
    expect(
      rulesOf(answered({ ...FRONT_PAGE, status }, { ...FRONT_PAGE, status: atControl })).includes(ANSWERS),
    ).toBe(wanted);
  });
  test('proves nothing without a chain for the name', () => {
    for (const tls of [
      { chain: chains.trusted('b.example'), failure: 'ssl_invalid_hostname' },
      { chain: chains.expired(HOST), failure: 'ssl_invalid_certificate' },
      { chain: chains.unknown(HOST), failure: 'ssl_unknown_authority' },
    ])
      expect(rulesOf(answered(FRONT_PAGE, FRONT_PAGE, tls))).not.toContain(ANSWERS);
  });
  test('does not excuse another address that shows a forged chain', () => {
    const d = draft(HTTPS_URL);
    names(d, [IP, OTHER_IP]);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain: chains.unknown(HOST), failure: 'ssl_unknown_authority' });
    d.tcp(IP, 443);
    d.tls({ chain: chains.trusted(HOST) });
    d.http(HTTPS_URL, FRONT_PAGE);
    const control = (tls: object): void =>
      d.control({ ...CONTROL_GETS_ALL, addresses: [IP, OTHER_IP], tls: tls as never });
    control({ [`${OTHER_IP}:443`]: { chain: chains.trusted(HOST) } });
    expect(rulesOf(d)).not.toContain(ANSWERS);
    control({});
    expect(rulesOf(d)).toContain(ANSWERS);
  });
  test('nor does it excuse one on the way there', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain: chains.unknown(HOST), failure: 'ssl_unknown_authority' });
    d.http(HTTPS_URL, { status: 302, headers: [['Location', 'https://b.example/']] });
    d.redirected('b.example');
    names(d, [OTHER_IP]);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain: chains.trusted('b.example') });
    d.http('https://b.example/', FRONT_PAGE);
    d.control(CONTROL_GETS_ALL);
    expect(rulesOf(d)).not.toContain(ANSWERS);
  });
  test('at an address that this device would not have used is somebody else’s way', () => {
    const d = draft(HTTPS_URL);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP]);
    d.doh([IP]);
    d.tcp(OTHER_IP, 443, 'connection_reset');
    d.tcp(IP, 443);
    d.tls({ chain: chains.trusted(HOST) });
    d.http(HTTPS_URL, FRONT_PAGE);
    d.control(CONTROL_GETS_ALL);
    expect(rulesOf(d)).not.toContain(ANSWERS);
  });

  describe('that refuses', () => {
    const refused = (status: number, atControl: number): boolean =>
      rulesOf(answered({ status }, { ...FRONT_PAGE, status: atControl })).includes(REFUSES);
    test.each<[number, number, boolean]>([
      [403, 200, true],
      [401, 200, true],
      [429, 200, true],
      [451, 200, true],
      [403, 302, true],
      [403, 399, true],
      [403, 400, false],
      [403, 403, false],
      [404, 200, false],
      [200, 200, false],
    ])('%i, where the control gets %i: %s', (status, atControl, wanted) => {
      expect(refused(status, atControl)).toBe(wanted);
    });
    test('is the site’s only under its certificate', () => {
      const d = answered({ status: 403 }, FRONT_PAGE, {
        chain: chains.unknown(HOST),
        failure: 'ssl_unknown_authority',
      });
      expect(rulesOf(d)).not.toContain(REFUSES);
    });
  });
});

describe('a page over plain HTTP', () => {
  function plain(
    says: HttpSays,
    http: Parameters<Draft['control']>[0]['http'] = FRONT_PAGE,
    address = IP,
  ): Draft {
    const d = draft(HTTP_URL);
    names(d, [address]);
    d.tcp(IP, 80);
    d.http(HTTP_URL, says);
    d.control({ ...CONTROL_GETS_ALL, http });
    return d;
  }
  test.each<[number, boolean]>([
    [200, true],
    [404, true],
    [499, true],
    [451, false],
    [500, false],
    [503, false],
  ])('as at the control, of status %i, is the site’s: %s', (status, wanted) => {
    const same = { ...FRONT_PAGE, status };
    expect(rulesOf(plain(same, same)).includes(AS_AT_CONTROL)).toBe(wanted);
  });
  test('unlike the control’s is not', () => {
    expect(rulesOf(plain(page('Notice', 'Limited by law.')))).not.toContain(AS_AT_CONTROL);
    expect(rulesOf(plain({ failure: 'connection_reset' }))).not.toContain(AS_AT_CONTROL);
    expect(rulesOf(plain(FRONT_PAGE, { failure: 'connection_reset' }))).not.toContain(AS_AT_CONTROL);
  });
  test('from an address that this device was not given is not', () => {
    expect(rulesOf(plain(FRONT_PAGE, FRONT_PAGE, OTHER_IP))).not.toContain(AS_AT_CONTROL);
  });
  test('a challenge needs no certificate, a refusal does', () => {
    const CHALLENGE = { ...page('Just a moment...', '', 403), headers: [['Server', 'cloudflare']] } as const;
    expect(rulesOf(plain(CHALLENGE))).toContain(REFUSES);
    expect(rulesOf(plain(CHALLENGE, { ...FRONT_PAGE, status: 400 }))).not.toContain(REFUSES);
    expect(rulesOf(plain({ status: 403 }))).not.toContain(REFUSES);
  });
  test('unavailable for legal reasons, to everyone, is the site’s own word', () => {
    const LEGAL = { ...FRONT_PAGE, status: 451 };
    const EVERYWHERE = 'origin.status_451_everywhere';
    expect(rulesOf(plain(LEGAL, LEGAL))).toContain(EVERYWHERE);
    expect(rulesOf(plain(LEGAL))).not.toContain(EVERYWHERE);
    expect(rulesOf(plain(FRONT_PAGE, LEGAL))).not.toContain(EVERYWHERE);
  });
});
