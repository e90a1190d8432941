/** Lines that lose packets at random, the same for every name: the times that pairs of downloads take on them. */
import { buildCase, type Case } from '../../../shared/rules/index.ts';
import type { ChainAppraisal, CounterfactualKind, Observation } from '../../../shared/model/index.ts';
import { GOLDEN_CONTEXT, MIRROR } from '../../golden/context.ts';
import { HOST, HTTPS_URL, MIRROR_NOTE } from '../../golden/scenes.ts';

/** mulberry32: small, seeded, good enough to lose packets with. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Line {
  /** Share of packets lost; doubled and more while the line is in a bad spell. */
  readonly loss: number;
  readonly roundTripS: number;
  readonly bytesPerSecond: number;
  /** Share of time that bad spells take; in one, `loss` is ten times as high, at most 0.3. */
  readonly badSpells: number;
}

/** From a clean fixed line to a mobile one at the edge of its cell. */
export function anyLine(r: () => number): Line {
  return {
    loss: r() < 0.2 ? 0 : 0.3 * r() ** 2,
    roundTripS: 0.02 + 0.78 * r() ** 2,
    bytesPerSecond: 10 ** (4 + 2.7 * r()),
    badSpells: r() < 0.5 ? 0 : 0.6 * r(),
  };
}

const SEGMENT = 1400;
const FIRST_TIMEOUT_S = 1;
const MIN_TIMEOUT_S = 0.2;

/** One flight that has to arrive before anything else happens; each loss doubles the wait, as TCP does. */
function flight(r: () => number, loss: number, line: Line, timeout: number): number {
  let seconds = line.roundTripS;
  for (let wait = timeout; r() < loss; wait *= 2) seconds += wait;
  return seconds;
}

export interface Times {
  readonly handshake: number;
  readonly download: number;
}

/** Two flights of handshake after the connect, then segments in growing windows, some losses costing a timeout. */
export function exchange(r: () => number, line: Line, bytes: number): Times {
  const loss = r() < line.badSpells ? Math.min(0.3, line.loss * 10) : line.loss;
  const handshake =
    flight(r, loss * 2, line, FIRST_TIMEOUT_S) + flight(r, loss * 2, line, MIN_TIMEOUT_S + line.roundTripS);
  let seconds = handshake;
  for (let left = Math.ceil(bytes / SEGMENT), window = 10; left > 0; left -= window, window *= 2) {
    const sent = Math.min(left, window);
    seconds += Math.max(line.roundTripS, (sent * SEGMENT) / line.bytesPerSecond);
    for (let i = 0; i < sent; i++)
      if (r() < loss) {
        const quick = sent > 4 && r() >= loss;
        seconds += quick ? line.roundTripS : flight(r, loss, line, MIN_TIMEOUT_S + line.roundTripS);
        if (!quick) window = 1;
      }
  }
  return { handshake, download: seconds };
}

const NO_NETWORK: Parameters<typeof buildCase>[0]['network'] = {
  probeAsn: 'AS0', probeCc: 'KZ', resolverAsn: 'AS0', resolverAddress: '', networkType: '', tunnel: false,
  clockOffsetMinutes: null, statement: null,
}; // prettier-ignore

const TRUSTED: ChainAppraisal = {
  pathToRoot: true, trusted: true, expired: false, notYetValid: false, wrongName: false, selfSigned: false,
  unknownAuthority: false, unreadable: [], leafSha256: null, leafSpkiSha256: null, authoritySpkiSha256: null,
  authorityName: null, certificates: [], followed: [], failure: null,
}; // prettier-ignore

export interface Made {
  readonly times: Times;
  readonly bytes: number;
  /** The body stopped coming after so many bytes. */
  readonly stopped?: true;
}

/** A case of nothing but one pair of downloads, made in turn with the reflector's name and the target's. */
export function downloadsCase(
  steps: readonly Made[],
  kind: CounterfactualKind = 'throughput.sni_at_reflector',
): Case {
  const [address] = MIRROR_NOTE.addresses;
  let clock = 1;
  const common = { vantage: 'probe', depth: 0, counterfactual: 'p1', failure: null } as const;
  const observations = steps.flatMap((step, i): Observation[] => {
    const startedAt = clock;
    clock += step.times.download + 0.1;
    const link = { ...common, transaction: i + 1 };
    return [
      {
        ...link,
        id: `tls-${i + 1}-${i}`,
        kind: 'tls',
        startedAt,
        duration: step.times.handshake,
        address: address!,
        port: 443,
        serverName: i % 2 === 0 ? MIRROR : HOST,
        alpn: null,
        splitClientHello: false,
        chain: [],
        appraisal: TRUSTED,
      },
      {
        ...link,
        id: `http-${i + 1}-${i}`,
        kind: 'http',
        startedAt: startedAt + step.times.handshake,
        duration: step.times.download - step.times.handshake,
        failure: step.stopped === true ? 'generic_timeout_error' : null,
        url: `https://${MIRROR}/bytes`,
        host: MIRROR,
        encrypted: true,
        address: address!,
        status: 200,
        title: null,
        headers: [['x-kuager-reflector', MIRROR]],
        bodyLength: step.bytes,
        bodySha256: null,
        truncated: false,
        bodyText: null,
      },
    ];
  });
  const hop: Observation = {
    ...common,
    counterfactual: null,
    id: 'dns-99-0',
    kind: 'dns',
    transaction: 99,
    startedAt: 0,
    duration: 0.01,
    path: 'system',
    hostname: HOST,
    queryType: 'ANY',
    resolver: null,
    addresses: ['11.0.0.10'],
    late: false,
    extendedError: null,
  };
  const record = {
    id: 'p1',
    kind,
    suspicion: null,
    where: 'reflector',
    reflector: MIRROR,
    innocuous: MIRROR,
    suspect: HOST,
    steps: steps.map((_, i) => i + 1),
    distance_s: 1,
    outcome: 'inconclusive',
  } as const;
  return buildCase(
    {
      ours: true,
      input: HTTPS_URL,
      startedAt: 0,
      observations: [hop, ...observations],
      controlState: 'absent',
      diary: [],
      controlChain: [],
      network: NO_NETWORK,
      controlClockMinutes: null,
      controlExtras: { parent: null, siblings: {}, earlierAddresses: [], networks: {}, httpSeconds: null },
      counterfactuals: [record],
      reflectors: [MIRROR_NOTE],
      device: null,
      chainsRemoved: false,
    },
    GOLDEN_CONTEXT,
  );
}
