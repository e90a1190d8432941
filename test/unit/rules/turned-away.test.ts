/** A control that is turned away compares nothing, and a stranger who answers for everybody is a wall or a line's doing. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft, type HttpSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { page } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  BARE_ERROR,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTP_URL,
  httpStep,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_CHAIN,
  names,
  tlsStep,
} from '../../golden/scenes.ts';

const rulesOf = (d: Draft): readonly string[] => judged(d.document()).verdict.rules.map((rule) => rule.id);
const RESET = { failure: 'connection_reset' } as const;

function plain(mine: HttpSays, atControl: HttpSays, tries = 1): Draft {
  const d = draft(HTTP_URL);
  names(d);
  for (let n = 0; n < tries; n++) {
    d.tcp(IP, 80);
    d.http(HTTP_URL, mine);
  }
  d.control({
    ...CONTROL_GETS_ALL,
    http: 'status' in atControl ? atControl : { failure: atControl.failure },
  });
  return d;
}

describe('a control that got', () => {
  const notice = page('Notice', 'Limited.');
  test.each([401, 403, 429, 451, 503])('%s, where a page came here, compares nothing', (status) => {
    const rules = rulesOf(plain(notice, { ...FRONT_PAGE, status }));
    expect(rules).toContain('control.refused');
    expect(rules).not.toContain('http.differs_from_control');
  });
  test.each([200, 400, 402, 404, 410, 428, 450])('%s is no control that was turned away', (status) => {
    expect(rulesOf(plain(notice, { ...FRONT_PAGE, status }))).not.toContain('control.refused');
  });
  test('what was got here was not turned away alone', () => {
    expect(rulesOf(plain({ ...notice, status: 403 }, { ...FRONT_PAGE, status: 403 }))).not.toContain(
      'control.refused',
    );
  });
  test('no answer at all was not turned away', () => {
    expect(rulesOf(plain(notice, RESET))).not.toContain('control.refused');
  });
  test('a refusal says nothing of an exchange that died here', () => {
    const rules = rulesOf(plain(RESET, { ...FRONT_PAGE, status: 403 }, 2));
    expect(rules).toContain('control.refused');
    expect(rules).not.toContain('http.fails_control_succeeds');
    expect(rulesOf(plain(RESET, FRONT_PAGE, 2))).toContain('http.fails_control_succeeds');
  });
  test.each([
    [399, true],
    [400, false],
  ])('%s got an ordinary answer: %s', (status, ordinary) => {
    const rules = rulesOf(plain(page('Notice', 'Limited.', 451), { ...FRONT_PAGE, status }));
    expect(rules.includes('http.status_451_unpaired')).toBe(ordinary);
  });
  test('a failure of the server has nothing to compare with a page', () => {
    expect(rulesOf(plain(notice, { ...BARE_ERROR, status: 500 }))).not.toContain('http.differs_from_control');
    expect(rulesOf(plain(notice, { ...BARE_ERROR, status: 499 }))).toContain('http.differs_from_control');
  });
});

describe('plain HTTP that dies', () => {
  test.each([
    [1, false],
    [2, true],
  ])('%s times is suspected: %s', (tries, suspected) => {
    expect(rulesOf(plain(RESET, FRONT_PAGE, tries)).includes('http.fails_control_succeeds')).toBe(suspected);
  });
  test('and comes another time is a line that flaps', () => {
    const d = draft(HTTP_URL);
    names(d);
    for (const says of [RESET, FRONT_PAGE, RESET]) {
      d.tcp(IP, 80);
      d.http(HTTP_URL, says);
    }
    d.control(CONTROL_GETS_ALL);
    expect(rulesOf(d)).not.toContain('http.fails_control_succeeds');
  });
});

describe('a stranger who answers for our own server', () => {
  interface Wall {
    /** What the stranger says in the site's name and in our server's. */
    readonly site: HttpSays;
    readonly mirror: HttpSays;
    readonly control?: false;
    /** What our server's name comes to over TLS. */
    readonly tls?: 'dead' | 'alive' | 'forged' | 'known';
  }
  function portal({ site, mirror, control, tls }: Wall): boolean {
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, site);
    d.pair({ ...AT_MIRROR('http.canary'), suspect: MIRROR }, httpStep(d, MIRROR, mirror));
    const chain = {
      alive: MIRROR_CHAIN,
      forged: chains.unknown(MIRROR),
      known: chains.known(MIRROR),
      dead: [],
    };
    if (tls !== undefined) {
      const step = (sni: string) =>
        tlsStep(d, 'reflector', {
          sni,
          chain: chain[tls],
          ...(tls === 'alive'
            ? {}
            : { failure: tls === 'dead' ? 'generic_timeout_error' : 'ssl_unknown_authority' }),
        });
      d.pair(AT_MIRROR('tls.sni_at_reflector'), step(MIRROR), step(HOST), step(MIRROR));
    }
    if (control !== false) d.control(CONTROL_GETS_ALL);
    return rulesOf(d).includes('local.captive_portal');
  }
  const login = page('Log in', 'to go on');
  const other = page('Log in', 'to go on, please');
  const away: HttpSays = { status: 302, headers: [['Location', 'http://portal.test/']] };

  test.each<[string, Wall, boolean]>([
    ['and the control’s port is shut too is a wall', { site: login, mirror: other, control: false }, true],
    ['with one page for everybody is a wall', { site: login, mirror: login }, true],
    ['with another page each time may be a line’s doing', { site: login, mirror: other }, false],
    ['that says so by its status is a wall', { site: login, mirror: { ...login, status: 511 } as HttpSays }, true],
    ['by sending everybody away is a wall', { site: login, mirror: away }, true],
    ['and lets nobody’s TLS through is a wall', { site: login, mirror: other, tls: 'dead' }, true],
    ['and lets our own through is none', { site: login, mirror: login, tls: 'alive' }, false],
    ['and reads TLS by an authority on record is none', { site: login, mirror: login, tls: 'known' }, false],
    ['and reads TLS by a certificate of its own is a wall', { site: login, mirror: login, tls: 'forged' }, true],
    ['truly is no stranger', { site: login, mirror: MIRROR_ANSWER, control: false }, false],
    ['with an error is no wall', { site: login, mirror: page('No', 'no', 404), control: false }, false],
    ['by nothing is no wall', { site: login, mirror: RESET, control: false }, false],
  ])('%s', (_, wall, walled) => {
    expect(portal(wall)).toBe(walled);
  }); // prettier-ignore
});
