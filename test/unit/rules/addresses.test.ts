/** Addresses that no public name can have: whose word makes them forged, and whose makes them the site's own. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTP_URL,
  HTTPS_URL,
  IP,
  MIRROR,
  OTHER_IP,
  SITE_CHAIN,
} from '../../golden/scenes.ts';

const PRIVATE = '10.66.0.2';
const OTHER_PRIVATE = '10.66.0.3';
const V6 = '3ffe:1::10';
const rulesOf = (d: Draft): readonly string[] => judged(d.document()).verdict.rules.map((rule) => rule.id);

describe('a private address', () => {
  interface Answers {
    readonly here: readonly string[];
    /** By an encrypted question and by the control. */
    readonly elsewhere: readonly string[];
    readonly connects?: readonly string[];
  }
  function forged({ here, elsewhere, connects = [] }: Answers): boolean {
    const d = draft(HTTPS_URL);
    d.lookup(here);
    d.wire(here);
    d.doh(elsewhere);
    d.tcp(here[0]!, 443, 'generic_timeout_error');
    const tcp = Object.fromEntries(connects.map((address) => [`${address}:443`, null]));
    d.control({ ...CONTROL_GETS_ALL, addresses: elsewhere, tcp, tls: {} });
    return rulesOf(d).includes('dns.bogon_answer');
  }
  test.each<[string, Answers, boolean]>([
    ['where others get a public one is forged', { here: [PRIVATE], elsewhere: [IP] }, true],
    ['where others get it too is the site’s own', { here: [PRIVATE], elsewhere: [PRIVATE] }, false],
    ['where others get another private one may be an office’s', { here: [PRIVATE], elsewhere: [OTHER_PRIVATE] }, false],
    ['where the control connects to another private one is forged', { here: [PRIVATE], elsewhere: [OTHER_PRIVATE], connects: [OTHER_PRIVATE] }, true],
    ['that the control connects to alone proves nothing of the truth', { here: [PRIVATE], elsewhere: [OTHER_PRIVATE], connects: [PRIVATE] }, false],
    ['beside the true one of its family is no forgery', { here: [PRIVATE, IP], elsewhere: [IP] }, false],
    ['beside the true one of the other family is forged all the same', { here: [PRIVATE, V6], elsewhere: [IP, V6] }, true],
    ['beside another public one is forged', { here: [PRIVATE, OTHER_IP], elsewhere: [IP] }, true],
    // RFC 6052: the network's own translator for the true address.
    ['of a translator of the network’s own is the true one', { here: ['64:ff9b:1::b00:a'], elsewhere: [IP] }, false],
    ['of a translator, but of another address, is forged', { here: ['64:ff9b:1::b00:b'], elsewhere: [IP] }, true],
    ['that is public is no such forgery', { here: [OTHER_IP], elsewhere: [IP] }, false],
  ])('%s', (_, answers, accused) => {
    expect(forged(answers)).toBe(accused);
  }); // prettier-ignore

  test('that shows the site’s own certificate is the site’s own', () => {
    const d = draft(HTTPS_URL);
    d.lookup([PRIVATE]);
    d.wire([PRIVATE]);
    d.doh([IP]);
    d.tcp(PRIVATE, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, FRONT_PAGE);
    d.control(CONTROL_GETS_ALL);
    expect(rulesOf(d)).not.toContain('dns.bogon_answer');
  });

  test.each([
    [PRIVATE, true],
    [OTHER_PRIVATE, false],
  ])('over plain HTTP is the site’s own where the control’s page came from %s: %s', (from, own) => {
    const d = draft(HTTP_URL);
    d.lookup([PRIVATE]);
    d.wire([PRIVATE]);
    d.doh([IP]);
    d.tcp(from, 80);
    d.http(HTTP_URL, FRONT_PAGE);
    d.control(CONTROL_GETS_ALL);
    expect(rulesOf(d).includes('dns.bogon_answer')).toBe(!own);
  });
  test('is not the site’s own for a page of somebody else', () => {
    const d = draft(HTTP_URL);
    d.lookup([PRIVATE]);
    d.wire([PRIVATE]);
    d.doh([IP]);
    d.tcp(PRIVATE, 80);
    d.http(HTTP_URL, { status: 200, body: '<title>Notice</title>Limited.' });
    d.control(CONTROL_GETS_ALL);
    expect(rulesOf(d)).toContain('dns.bogon_answer');
  });
});

describe('a random name that nobody can have cached', () => {
  interface Steps {
    readonly before?: string;
    readonly target?: string;
    readonly after?: string;
    readonly second?: string | null;
    /** What names below the innocuous one come to. */
    readonly innocuous?: string | readonly string[];
    readonly below?: string | readonly string[];
    readonly via?: 'udp' | 'getaddrinfo' | 'doh';
    readonly secondSays?: string | readonly string[];
  }
  const NO = 'dns_nxdomain_error';
  function invents(steps: Steps): boolean {
    const {
      before = `a1.${MIRROR}`,
      target = `b2.${HOST}`,
      after = `c3.${MIRROR}`,
      second = `b2.${HOST}`,
    } = steps;
    const { innocuous = NO, below = [OTHER_IP], via = 'udp', secondSays = NO } = steps;
    const d = draft(HTTPS_URL);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP]);
    d.doh([IP]);
    d.tcp(OTHER_IP, 443, 'connection_refused');
    d.pair(
      { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
      () => void d.ask({ via, says: innocuous, name: before }),
      () => void d.ask({ via: 'udp', says: below, name: target }),
      () => void d.ask({ via: 'udp', says: innocuous, name: after }),
      ...(second === null ? [] : [() => void d.ask({ via: 'doh', says: secondSays, name: second })]),
    );
    d.control({ ...CONTROL_GETS_ALL, tcp: { [`${OTHER_IP}:443`]: 'connection_refused' } });
    return rulesOf(d).includes('dns.invents_below_name');
  }
  test.each<[string, Steps, boolean]>([
    ['and gets an address below the target alone is made up', {}, true],
    ['but is said below something else shows nothing', { target: 'b2.neighbour.example' }, false],
    ['but is the target itself may be cached', { target: HOST }, false],
    ['but stands beside the target, not below it', { target: `b2${HOST}` }, false],
    ['needs an innocuous one before', { before: 'a1.neighbour.example' }, false],
    ['needs an innocuous one after', { after: 'c3.neighbour.example' }, false],
    ['needs innocuous ones that are not the target’s', { before: `a1.${HOST}` }, false],
    ['needs all questions on the wire', { via: 'doh' }, false],
    ['needs a second opinion', { second: null }, false],
    ['needs a second opinion on the target', { second: `b2.${MIRROR}` }, false],
    ['is the zone’s own doing where the second opinion has an address too', { secondSays: [OTHER_IP] }, false],
    ['is every name’s where innocuous ones get addresses too', { innocuous: [OTHER_IP] }, false],
    ['is denied by an honest resolver', { below: NO }, false],
  ])('%s', (_, steps, made) => {
    expect(invents(steps)).toBe(made);
  }); // prettier-ignore
});
