/** A path that punishes the client for a name: what is such a punishment, and what is a line that dies by itself. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  MIRROR_NOTE,
  names,
  tlsStep,
} from '../../golden/scenes.ts';

const RULE = 'tls.name_then_silence';
const SILENT = 'generic_timeout_error';
const RESET = 'connection_reset';
const [MIRROR_ADDRESS] = MIRROR_NOTE.addresses;
const PAIR = AT_MIRROR('tls.sni_at_reflector');

type Step = () => void;
interface Steps {
  readonly alive: Step;
  readonly dead: Step;
  readonly named: Step;
  readonly says: (says: TlsSays) => Step;
  readonly unconnected: Step;
}

/** A site whose name died so, and the pairs that follow. */
function site(make: (d: Draft, steps: Steps) => void, failure = SILENT, atSite = failure): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: atSite });
  const says = (each: TlsSays): Step => tlsStep(d, 'reflector', each);
  make(d, {
    alive: says({ sni: MIRROR, chain: MIRROR_CHAIN }),
    dead: says({ sni: MIRROR, failure }),
    named: says({ sni: HOST, failure }),
    says,
    unconnected: () => void d.tcp(MIRROR_ADDRESS!, 443, failure),
  });
  d.control(CONTROL_GETS_ALL);
  return d;
}
const foundIn = (d: Draft) => judged(d.document()).verdict.rules.find(({ id }) => id === RULE);
const fires = (...args: Parameters<typeof site>): boolean => foundIn(site(...args)) !== undefined;
const times =
  (n: number) =>
  (d: Draft, { alive, named, dead }: Steps): void => {
    for (let i = 0; i < n; i++) d.pair({ ...PAIR, punished: [dead] }, alive, named);
  };

describe('a punishment', () => {
  test.each([
    // TCP repeats by itself what silence swallowed, so two times are enough there.
    [SILENT, 1, false],
    [SILENT, 2, true],
    [RESET, 2, false],
    [RESET, 3, true],
    ['eof_error', 3, true],
  ])('by %s, seen %i times: %s', (failure, n, wanted) => {
    expect(fires(times(n), failure)).toBe(wanted);
  });

  test('is seen where the client does not even connect any more', () => {
    const shutOut = site((d, { alive, named, unconnected }) => {
      for (let i = 0; i < 2; i++) d.pair({ ...PAIR, punished: [unconnected] }, alive, named);
    });
    expect(foundIn(shutOut)?.because.filter((id) => id.startsWith('tcp-'))).toHaveLength(2);
  });

  test('is seen in pairs that came to their end, too', () => {
    expect(
      fires((d, { alive, named, dead }) => {
        for (let i = 0; i < 2; i++) d.pair({ ...PAIR, punished: [dead] }, alive, named, alive);
      }),
    ).toBe(true);
  });

  test('goes on while it lasts: what is said then starts nothing new', () => {
    expect(
      fires((d, { alive, named, dead }) => {
        d.pair({ ...PAIR, punished: [dead, dead] }, alive, named);
        d.pair({ ...PAIR, punished: [dead] }, dead, named);
        d.pair({ ...PAIR, punished: [dead] }, alive, named);
      }),
    ).toBe(true);
    // Without an answer in between it was one punishment, not two.
    expect(
      fires((d, { alive, named, dead }) => {
        d.pair({ ...PAIR, punished: [dead, dead] }, alive, named);
        d.pair({ ...PAIR, punished: [dead] }, dead, named);
      }),
    ).toBe(false);
  });
});

describe('a line that dies by itself', () => {
  test.each<[string, (d: Draft, steps: Steps) => void]>([
    [
      'let the name pass once',
      (d, steps) => {
        times(2)(d, steps);
        d.pair(
          PAIR,
          steps.alive,
          steps.says({ sni: HOST, chain: MIRROR_CHAIN, failure: 'ssl_invalid_hostname' }),
        );
      },
    ],
    [
      'ended the name’s handshake in a way that tells nothing',
      (d, steps) => {
        times(2)(d, steps);
        d.pair(PAIR, steps.alive, steps.says({ sni: HOST, failure: 'ssl_unknown_authority' }));
      },
    ],
    [
      'showed somebody else’s chain for the innocuous name',
      (d, steps) => {
        times(2)(d, steps);
        d.pair(PAIR, steps.says({ sni: MIRROR, chain: chains.unknown(MIRROR) }), steps.named);
      },
    ],
    [
      'let the innocuous name die before the other was said',
      (d, steps) => {
        times(2)(d, steps);
        d.pair(PAIR, steps.alive, steps.named, steps.alive);
        d.pair(PAIR, steps.dead, steps.named);
      },
    ],
    ['was never tried at a reflector', () => undefined],
  ])('%s', (_, make) => {
    expect(fires(make)).toBe(false);
  });

  test('kills the name in another way at the site', () => {
    expect(fires(times(3), RESET, SILENT)).toBe(false);
    expect(fires(times(3), SILENT, RESET)).toBe(false);
    expect(fires(times(3), RESET, RESET)).toBe(true);
  });

  test('is told by all of its pairs, and by the site’s own handshake', () => {
    const { verdict } = judged(site(times(3)).document());
    expect(verdict).toMatchObject({
      outcome: 'interfered',
      repeats: { n: 4, m: 4 },
      counterfactuals: ['p1', 'p2', 'p3'],
    });
  });
});
