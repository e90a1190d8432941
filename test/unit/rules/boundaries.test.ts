/** Each limit that a rule names, from both sides: on this side it accuses, on the other it does not. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import {
  atAddress,
  atReflector,
  pageOverLine,
  thrice,
  type OnLine,
  type Pace,
} from '../../golden/downloads.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  tlsStep,
} from '../../golden/scenes.ts';

const SILENT = 'generic_timeout_error';
const rulesOf = (d: Draft): readonly string[] => judged(d.document()).verdict.rules.map((rule) => rule.id);
const fires = (rule: string, d: Draft): boolean => rulesOf(d).includes(rule);

describe('downloads with the target’s name', () => {
  const throttled = (innocuous: Pace, suspect: Pace) =>
    fires('throughput.sni_throttling', atReflector(innocuous, suspect));

  test.each([
    // Three times as slow, a download of one second against one of three.
    [1, 3.1, true],
    [1, 2.9, false],
    // Four times as slow, but by less than a second.
    [0.2, 0.8, false],
    [0.2, 1.1, false],
    [0.2, 1.3, true],
  ])('%s s against %s s is throttling: %s', (fast, slow, accuses) => {
    expect(throttled({ seconds: fast }, { seconds: slow })).toBe(accuses);
  });

  test.each([
    [17.9, false],
    [18.1, true],
  ])('that still trickle when they are given up after %s s are throttled: %s', (seconds, accuses) => {
    const given = { seconds, stopsAfter: 30_000 };
    expect(throttled({ seconds: 0.2 }, given)).toBe(accuses);
    // What stops early is no trickle, and what trickles has not stopped.
    expect(fires('throughput.freeze', atReflector({ seconds: 0.2 }, given))).toBe(!accuses);
  });

  test('that bring nothing at all are no throttling', () => {
    expect(throttled({ seconds: 0.2 }, { seconds: 19, stopsAfter: 0 })).toBe(false);
  });

  test('that stop where the innocuous ones end are no freeze', () => {
    const whole = 64 * 1024;
    const freeze = (stopsAfter: number) =>
      fires('throughput.freeze', atReflector({ seconds: 0.2 }, { seconds: 10, stopsAfter }));
    expect([whole - 1, whole, whole + 1].map(freeze)).toEqual([true, false, false]);
  });
});

describe('handshakes with the target’s name', () => {
  test.each([
    // Five times as slow.
    [0.5, 2.52, true],
    [0.5, 2.4, false],
    // By a second and a half: one lost packet costs a second.
    [0.2, 1.6, false],
    [0.2, 1.75, true],
  ])('%s s against %s s are slow: %s', (fast, slow, accuses) => {
    const d = atReflector({ handshake: fast, seconds: 0.2 }, { handshake: slow, seconds: 0.2 });
    expect(fires('throughput.handshake_slow', d)).toBe(accuses);
  });
});

describe('a page', () => {
  const bytes = FRONT_PAGE.body!.length;
  const slow = (seconds: number, elsewhere: number, innocuous = 0.5) =>
    fires('throughput.address_throttling', atAddress({ seconds: innocuous }, { seconds }, elsewhere));

  test('eight times slower than a download of its size is suspected', () => {
    expect(bytes).toBeGreaterThan(0);
    expect([3.9, 4.1].map((seconds) => slow(seconds, 0.1))).toEqual([false, true]);
  });
  test('that is slow at the control as well is the site’s own doing', () => {
    expect([0.49, 0.55].map((elsewhere) => slow(4.1, elsewhere))).toEqual([true, false]);
  });
});

describe('a page that trickles', () => {
  const BYTES = 65_536;
  const LINE: OnLine = { connect: 0.4, seconds: 1.8 };
  const trickles = (site: OnLine, { line = LINE, elsewhere = 0.1, bytes = BYTES } = {}) =>
    fires('throughput.page_trickles', pageOverLine(bytes, thrice(line), thrice(site), elsewhere));

  test.each([
    // Five seconds longer than the line.
    [7.0, true],
    [6.7, false],
  ])('for %s s is suspected: %s', (seconds, suspected) => {
    expect(trickles({ connect: 0.4, seconds })).toBe(suspected);
  });
  test('less than three times as slow as the line is the line’s', () => {
    const line = { connect: 0.5, seconds: 3.5 };
    expect([10, 11].map((seconds) => trickles({ connect: 0.5, seconds }, { line }))).toEqual([false, true]);
  });
  test('with four segments in each round trip comes from far away', () => {
    const site = (connect: number) => trickles({ connect, seconds: 20 }, { bytes: 4 * BYTES });
    expect([0.44, 0.46].map(site)).toEqual([true, false]);
  });
  test('on a line that carries as little is the line’s', () => {
    const site = { connect: 0.4, seconds: 15 };
    const on = (seconds: number) => trickles(site, { line: { connect: 0.2, seconds } });
    expect([2.2, 2.4].map(on)).toEqual([true, false]);
  });
  test('for the control too is the site’s own doing', () => {
    const site = { connect: 0.4, seconds: 12 };
    expect([1.4, 1.6].map((elsewhere) => trickles(site, { elsewhere }))).toEqual([true, false]);
  });
  test('stops altogether once at most', () => {
    const [slow, stopped] = [
      { connect: 0.4, seconds: 12 },
      { connect: 0.4, seconds: 10, stopsAfter: 9000 },
    ];
    const of = (...site: [OnLine, OnLine, OnLine]) =>
      fires('throughput.page_trickles', pageOverLine(BYTES, thrice(LINE), site, 0.1));
    expect([of(slow, stopped, slow), of(slow, stopped, stopped)]).toEqual([true, false]);
  });
});

describe('an address that is silent', () => {
  function silentFor(siblings: readonly string[], tries: number): Draft {
    const d = draft(HTTPS_URL);
    names(d);
    for (let n = 0; n < tries; n++) d.tcp(IP, 443, SILENT);
    const steps = siblings.map(() => () => void d.tcp(IP, 443, SILENT));
    if (steps.length > 0) d.pair({ ...AT_SITE('tcp.siblings_at_address'), siblings }, ...steps);
    d.control({ ...CONTROL_GETS_ALL, siblings: { [IP]: siblings } });
    return d;
  }
  const owners = ['bakery.example', 'school.test', 'choir.invalid', 'library.example'];

  test.each([
    [2, false],
    [3, true],
    [4, true],
  ])('for sites of %s other owners accuses: %s', (n, accuses) => {
    expect(fires('tcp.siblings_fail', silentFor(owners.slice(0, n), 2))).toBe(accuses);
  });
  test('for another site of the same owner says nothing of that owner’s neighbours', () => {
    expect(fires('tcp.siblings_fail', silentFor([...owners.slice(0, 2), `www.${HOST}`], 2))).toBe(false);
  });
  test('names the siblings, one for each owner, and counts every connect', () => {
    const { verdict } = judged(silentFor([...owners.slice(0, 3), 'shop.bakery.example'], 2).document());
    expect(verdict).toMatchObject({
      outcome: 'interfered',
      scope: { level: 'address', affected: IP, siblings: [...owners.slice(0, 3)].sort() },
      repeats: { n: 6, m: 6 },
    });
  });
  test.each([
    [1, 'insufficient'],
    [2, 'suspected'],
  ] as const)('at %s tries is %s', (tries, outcome) => {
    expect(judged(silentFor([], tries).document()).verdict.outcome).toBe(outcome);
  });
  test('that answered once is no silent address', () => {
    const d = draft(HTTPS_URL);
    names(d);
    for (const failure of [SILENT, undefined, SILENT]) d.tcp(IP, 443, failure);
    d.control(CONTROL_GETS_ALL);
    expect(fires('tcp.control_connects', d)).toBe(false);
  });
  test('for IPv6 alone says nothing where nobody’s IPv4 answers', () => {
    const six = '3ffe:1::10';
    const build = (fourAtControl: string | null): Draft => {
      const d = draft(HTTPS_URL);
      names(d, [IP, six]);
      for (const address of [IP, IP, six, six]) d.tcp(address, 443, SILENT);
      const tcp = { [`${IP}:443`]: fourAtControl, [`[${six}]:443`]: null };
      d.control({ ...CONTROL_GETS_ALL, addresses: [IP, six], tcp });
      return d;
    };
    expect(fires('tcp.control_connects', build(SILENT))).toBe(false);
    expect(fires('tcp.control_connects', build(null))).toBe(true);
  });
  test.each([
    [SILENT, 'tcp.timeout'],
    ['connection_refused', 'tcp.refused'],
    ['connection_reset', 'tcp.reset'],
    ['host_unreachable', 'tcp.unreachable'],
  ])('by %s is %s', (failure, method) => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443, failure);
    d.tcp(IP, 443, failure);
    d.control(CONTROL_GETS_ALL);
    expect(judged(d.document()).verdict).toMatchObject({
      outcome: 'suspected',
      method,
      repeats: { n: 2, m: 2 },
    });
  });
});

describe('an innocuous name that dies after the target’s name', () => {
  /** Decision record 008: the sequence seen twice, and no longer than this between the answer and the name. Seconds. */
  const LONGEST_PAUSE_S = 15;

  function punished(times: number, pause: number): Draft {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ failure: SILENT });
    d.control(CONTROL_GETS_ALL);
    for (let n = 0; n < times; n++) {
      const dead = tlsStep(d, 'reflector', { sni: MIRROR, failure: SILENT });
      const alive = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
      const named = (): void => {
        d.takes(pause);
        d.tcp('11.255.0.3', 443);
        d.tls({ sni: HOST, failure: SILENT });
      };
      d.pair({ ...AT_MIRROR('tls.sni_at_reflector'), punished: [dead] }, alive, named);
    }
    return d;
  }
  test.each([
    [1, 0.01, false],
    [2, 0.01, true],
    [2, LONGEST_PAUSE_S - 0.5, true],
    [2, LONGEST_PAUSE_S + 0.5, false],
  ])('%s times, %s s after an answer, accuses: %s', (times, pause, accuses) => {
    expect(fires('tls.name_then_silence', punished(times, pause))).toBe(accuses);
  });
});
