/** Which of several answers counts, whose refusal it is, and what a name that is gone may still be made to say. */
import { describe, expect, test } from 'vitest';
import type { Hop } from '../../../shared/rules/case.ts';
import { readResolvers } from '../../../shared/rules/public-resolvers.ts';
import { responseOf } from '../../../shared/rules/predicates.ts';
import { draft, type Draft, type GoldenDocument } from '../../golden/build.ts';
import { page, type ControlSays, type Page } from '../../golden/control.ts';
import { BLOCKPAGE_PHRASE } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  CONTROL_KNOWS_NO_NAME,
  FRONT_PAGE,
  HOST,
  HTTP_URL,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_NOTE,
  names,
  OTHER_IP,
  SITE_CHAIN,
} from '../../golden/scenes.ts';

const rulesOf = (d: Draft): readonly string[] => judged(d.document()).verdict.rules.map((rule) => rule.id);
const NO = 'dns_nxdomain_error';

describe('of several answers counts', () => {
  const answered = (statuses: readonly (number | string)[]): number | null => {
    const http = statuses.map((s) =>
      typeof s === 'number' ? { status: s, failure: null } : { status: null, failure: s },
    );
    return responseOf({ http } as unknown as Hop)?.status ?? null;
  };
  test.each<[readonly (number | string)[], number | null]>([
    [[503, 403, 200], 200],
    [[503, 403], 403],
    [[500, 503], 500],
    [[400, 399], 399],
    [[500, 499], 499],
    [['connection_reset', 503], 503],
    [['connection_reset'], null],
    [[], null],
  ])('of %j: %s', (statuses, wanted) => {
    expect(answered(statuses)).toBe(wanted);
  });
});

describe('a refusal over TLS', () => {
  function refused(status: number, atControl: number): string | null {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, page('No', 'not for you', status));
    d.control({ ...CONTROL_GETS_ALL, http: { ...FRONT_PAGE, status: atControl } });
    const { verdict } = judged(d.document());
    return verdict.outcome === 'refused' ? verdict.cause : null;
  }
  test.each([
    [403, 399, true],
    [403, 400, false],
    [403, 403, false],
    [451, 200, true],
    [200, 200, false],
  ])('with %s here and %s at the control is the site’s: %s', (here, there, own) => {
    expect(refused(here, there) !== null).toBe(own);
  });
  test('with 451 to everybody is a 451 of the site', () => {
    expect(refused(451, 451)).toBe('origin_451');
  });
});

describe('the same answer over plain HTTP and over TLS', () => {
  function verdict(answer: Page, atControl: ControlSays['http'], gave: readonly string[] = [IP]) {
    const d = draft(HTTP_URL);
    names(d, gave);
    d.tcp(IP, 80);
    d.http(HTTP_URL, answer);
    d.pair(AT_SITE('http.over_tls'), () => {
      d.tcp(IP, 443);
      d.tls({ chain: SITE_CHAIN });
      d.http(HTTPS_URL, answer);
    });
    d.control({ ...CONTROL_GETS_ALL, http: atControl });
    const { rules } = judged(d.document()).verdict;
    return rules.find(({ id }) => id === 'http.origin_says_the_same')?.outcome ?? null;
  }
  const says = (status: number) => page('Not here', 'Not for you.', status);
  test.each<[string, number, ControlSays['http'], string | null]>([
    ['a page is the site’s page', 200, says(200), 'accessible'],
    ['a page that the control got none of is the site’s page', 200, { failure: 'generic_timeout_error' }, 'accessible'],
    ['an error of the request that nobody else gets', 403, FRONT_PAGE, 'refused'],
    ['a refusal that everybody gets is no refusal of anybody here', 403, says(403), null],
    ['451 that everybody gets is the site’s', 451, says(451), 'refused'],
    ['403 where others get 451 is another word', 403, says(451), null],
    ['a refusal with no control refuses nobody here', 403, { failure: 'generic_timeout_error' }, null],
    ['a failure of the server is no refusal', 500, FRONT_PAGE, null],
  ])('%s', (_, status, atControl, outcome) => {
    expect(verdict(says(status), atControl)).toBe(outcome);
  }); // prettier-ignore
  test('from an address that this device was not given shows no way for the volunteer', () => {
    expect(verdict(says(200), FRONT_PAGE, [OTHER_IP])).toBeNull();
  });
});

describe('a page on record, where another helper sends no hash', () => {
  function accused(change: Partial<GoldenDocument['test_keys']['control']['http_request']>): boolean {
    const quoted = page('A report', BLOCKPAGE_PHRASE);
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, quoted);
    d.control({ ...CONTROL_GETS_ALL, http: quoted });
    const made = d.document();
    const { control } = made.test_keys;
    if (!('http_request' in control)) throw new Error('no control');
    const { x_body_sha256: _, ...unhashed } = control.http_request;
    const reply = { ...control, http_request: { ...unhashed, ...change } };
    const keys = { ...made.test_keys, control: reply, x_control_signed: null };
    const theirs = { ...made, software_name: 'ooniprobe-cli', test_keys: keys };
    return judged(theirs).verdict.rules.some(({ id }) => id === 'http.blockpage_fingerprint');
  }
  test('is the site’s own where status, length and title are the control’s', () => {
    expect(accused({})).toBe(false);
  });
  test.each([{ status_code: 404 }, { body_length: 7 }, { title: 'Letters' }])(
    'accuses where %j is',
    (change) => {
      expect(accused(change)).toBe(true);
    },
  );
});

describe('a name that is gone', () => {
  interface Gone {
    readonly control?: ControlSays;
    readonly second?: string | readonly string[];
    readonly below?: string | readonly string[];
    readonly mirrorGets?: Page | null;
    readonly siteGets?: Page | null;
    readonly uncached?: false;
    readonly from?: string;
  }
  const notice = page('Notice', 'Not here.');
  const denied = { ...CONTROL_KNOWS_NO_NAME, parent: 'denied' } as const;
  function ghost(gone: Gone): boolean {
    const {
      control = denied,
      second = NO,
      below = NO,
      mirrorGets = notice,
      siteGets = notice,
      from = OTHER_IP,
    } = gone;
    const d = draft(HTTP_URL);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP]);
    d.doh(second);
    d.tcp(from, 80);
    if (siteGets !== null) d.http(HTTP_URL, siteGets);
    const asked = (name: string, says: string | readonly string[]) => () =>
      void d.ask({ via: 'udp', says, name });
    if (gone.uncached !== false)
      d.pair(
        { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
        asked(`a1.${MIRROR}`, NO),
        asked(`b2.${HOST}`, below),
        asked(`c3.${MIRROR}`, NO),
      );
    if (mirrorGets !== null)
      d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR, beside: MIRROR_NOTE }, () => {
        d.tcp(OTHER_IP, 80);
        d.http(`http://${MIRROR}/`, mirrorGets);
      });
    d.control(control);
    return rulesOf(d).includes('dns.ghost_name');
  }
  test.each<[string, Gone, boolean]>([
    ['and leads to a page for everybody is made up', {}, true],
    ['and below which all is made up needs no second page', { below: [OTHER_IP], mirrorGets: null }, true],
    ['and below which nothing is made up needs one', { mirrorGets: null }, false],
    ['whose page our own name does not get may be a server left over', { mirrorGets: page('Other', 'x') }, false],
    ['whose page our own name gets under another status may be one too', { mirrorGets: { ...notice, status: 404 } }, false],
    ['at which nobody answers says nothing', { siteGets: null }, false],
    ['but answered from elsewhere says nothing', { from: '11.0.0.98' }, false],
    ['that others still know is not gone', { second: [IP] }, false],
    ['of which others lost the answer may not be gone', { second: 'generic_timeout_error' }, false],
    ['that its zone has not denied may be there', { control: { ...denied, parent: 'delegated' } }, false],
    ['that the control knows is there', { control: { ...CONTROL_GETS_ALL, parent: 'denied' } }, false],
    ['and was here until lately may be cached', { control: { ...denied, earlier: [OTHER_IP] } }, false],
    ['and was elsewhere until lately is not cached', { control: { ...denied, earlier: [IP] } }, true],
    ['needs names that nobody has cached', { uncached: false }, false],
  ])('%s', (_, gone, made) => {
    expect(ghost(gone)).toBe(made);
  }); // prettier-ignore
});

describe('the list of resolvers', () => {
  const HEAD = 'address,operator,asn,filters,source,date_read\n';
  const read = (row: string) => readResolvers(`${HEAD}${row}\n`);
  test('gives each row by its columns', () => {
    expect(read('11.254.9.1,Silver DNS,64531,malware,s,2026-11-21')).toMatchObject([
      { operator: 'Silver DNS', asn: 64531, filters: 'malware' },
    ]);
  });
  test.each([
    'nowhere,Silver DNS,64531,malware,s,2026-11-21',
    '11.254.9.1,Silver DNS,many,malware,s,2026-11-21',
    '11.254.9.1,Silver DNS,1.5,malware,s,2026-11-21',
    '11.254.9.1,Silver DNS,64531,everything,s,2026-11-21',
    '11.254.9.1,Silver DNS,64531',
  ])('leaves out %s', (row) => {
    expect(read(row)).toEqual([]);
  });
});
