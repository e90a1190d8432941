/** Which of several interceptors a verdict tells of, and how long he took. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../shared/model/index.ts';
import { draft, type TlsSays } from '../../golden/build.ts';
import { chains, type Chain } from '../../golden/chains.ts';
import { page } from '../../golden/control.ts';
import { judged, withKeys } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  httpStep,
  HTTPS_URL,
  IP,
  MIRROR,
  names,
  OTHER_IP,
} from '../../golden/scenes.ts';
import { forged, shown, verdictOf } from './shown-chains.ts';

describe('which interceptor a verdict tells of', () => {
  const two = (first: Chain, second: Chain): Verdict => {
    const d = shown(
      forged(first),
      (more) => {
        more.tcp(OTHER_IP, 443);
        more.tls(forged(second));
      },
      {
        ...CONTROL_GETS_ALL,
        addresses: [IP, OTHER_IP],
        tls: { ...CONTROL_GETS_ALL.tls, [`${OTHER_IP}:443`]: { chain: chains.trusted(HOST) } },
      },
    );
    return verdictOf(d);
  };
  test.each<[string, Chain, Chain, string | null]>([
    ['on record', chains.unknown(HOST), chains.known(HOST), 'signature'],
    ['on record before a borrowed name', chains.imitation(HOST), chains.knownWhole(HOST), 'hash'],
    ['a borrowed name before a stranger', chains.unknown(HOST), chains.imitation(HOST), 'imitation'],
    ['a stranger where there is nobody else', chains.unknown(HOST), chains.unknown(HOST), null],
  ])('%s, whichever came first', (_, a, b, matchedBy) => {
    for (const verdict of [two(a, b), two(b, a)]) expect(verdict.interception).toMatchObject({ matchedBy });
  });

  test('the first of two strangers, and the one behind the last redirect', () => {
    const name = (verdict: Verdict): string | null | undefined => verdict.interception?.name;
    expect(name(two(chains.unknown(HOST), chains.product(HOST)))).toContain('Golden Gateway');
    expect(name(two(chains.product(HOST), chains.unknown(HOST)))).toContain('Golden Shield');
    const led = (first: Chain, second: (host: string) => Chain): Verdict => {
      const to = 'elsewhere.example';
      const d = shown(forged(first), (more) => {
        more.redirected(to);
        names(more, [OTHER_IP]);
        more.tcp(OTHER_IP, 443);
        more.tls(forged(second(to)));
      });
      d.control({
        ...CONTROL_GETS_ALL,
        tls: { ...CONTROL_GETS_ALL.tls, [`${OTHER_IP}:443`]: { chain: chains.trusted(to), sni: to } },
      });
      return verdictOf(d);
    };
    expect(name(led(chains.unknown(HOST), chains.product))).toContain('Golden Shield');
    expect(name(led(chains.product(HOST), chains.unknown))).toContain('Golden Gateway');
    // A surer one before it all the same.
    expect(led(chains.known(HOST), chains.unknown).interception).toMatchObject({ matchedBy: 'signature' });
  });

  test('nobody, where a log-in answers for everybody under a borrowed name', () => {
    const login = {
      ...page('Log in', 'Room number?', 302),
      headers: [['Location', 'http://login.example/']],
    } as const;
    const walled = (chain: Chain): Verdict => {
      const d = draft(HTTPS_URL);
      d.lookup([OTHER_IP]);
      d.tcp(OTHER_IP, 443);
      d.tls(forged(chain));
      d.pair({ ...AT_MIRROR('http.canary'), suspect: MIRROR }, httpStep(d, MIRROR, login));
      return verdictOf(d);
    };
    expect(walled(chains.imitation(HOST))).toMatchObject({ cause: 'captive_portal', interception: null });
    // Whoever holds a key on record is no log-in.
    expect(walled(chains.known(HOST))).toMatchObject({ outcome: 'interfered', cause: null });
  });
});

describe('a further look', () => {
  test('at one of two addresses counts, too', () => {
    const d = shown({ chain: chains.trusted(HOST) }, (more) => {
      more.tcp(OTHER_IP, 443);
      more.tls({ chain: chains.trusted(HOST) });
      const again = (says: TlsSays) => () => {
        more.tcp(OTHER_IP, 443);
        more.tls(says);
      };
      const genuine = again({ chain: chains.trusted(HOST) });
      more.pair(
        { kind: 'tls.chain_again', suspect: HOST, innocuous: HOST },
        genuine,
        again(forged(chains.known(HOST))),
        genuine,
        genuine,
      );
    });
    expect(verdictOf(d)).toMatchObject({ outcome: 'interfered', repeats: { n: 1, m: 6 } });
  });
});

describe('how long it took', () => {
  const handshakes = (...took: readonly (readonly [number, number])[]): Verdict['interception'] => {
    const d = draft(HTTPS_URL);
    names(d);
    for (const [connect, handshake] of took) {
      d.takes(connect);
      d.tcp(IP, 443);
      d.takes(handshake);
      d.tls(forged(chains.unknown(HOST)));
    }
    d.takes(9);
    d.tcp(OTHER_IP, 443, 'generic_timeout_error');
    d.takes(7);
    d.tcp(OTHER_IP, 443);
    d.tls({ failure: 'connection_reset' });
    d.control(CONTROL_GETS_ALL);
    return verdictOf(d).interception;
  };
  test('is the median over the interceptor’s handshakes and their connects', () => {
    for (const [took, connect, handshake] of [
      [[[0.1, 0.2]], 0.1, 0.2],
      [
        [
          [0.1, 0.8],
          [0.3, 0.2],
        ],
        0.2,
        0.5,
      ],
      [
        [
          [0.5, 0.2],
          [0.1, 0.9],
          [0.2, 0.4],
        ],
        0.2,
        0.4,
      ],
    ] as const) {
      const { seconds } = handshakes(...took)!;
      expect(seconds.connect).toBeCloseTo(connect);
      expect(seconds.handshake).toBeCloseTo(handshake);
    }
  });

  test('counts connects apart, and is unknown without any', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.takes(0.25);
    d.tcp(IP, 443);
    d.takes(0.75);
    // It was not verified here, so it did not fail.
    d.tls({ chain: chains.unknown(HOST) });
    d.control(CONTROL_GETS_ALL);
    const { seconds } = verdictOf(d).interception!;
    expect(seconds.connect).toBeCloseTo(0.25);
    expect(seconds.handshake).toBeCloseTo(0.75);
    const none = judged(withKeys(d.document(), { tcp_connect: [] })).verdict.interception!.seconds;
    expect(none.connect).toBeNull();
    expect(none.handshake).toBeCloseTo(0.75);
  });
});
