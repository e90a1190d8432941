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

/** The SYN and its answer. Seconds. */
export const connectTime = (r: () => number, line: Line): number =>
  flight(r, Math.min(0.3, line.loss * 2), line, FIRST_TIMEOUT_S);

/** What a site's server does to everybody, and how far it is. */
export interface Server {
  /** Beyond what the line has to a reflector. */
  readonly furtherS: number;
  readonly thinksS: number;
  readonly bytesPerSecond: number;
  /** Packets lost before its door, whoever asks. */
  readonly loss: number;
  readonly fromControlS: number;
}

/** From a neighbour with a fast server to an overloaded one at the end of the world. */
export function anyServer(r: () => number): Server {
  return {
    furtherS: 0.6 * r() ** 2,
    thinksS: r() < 0.5 ? 0 : 6 * r() ** 3,
    bytesPerSecond: 10 ** (3.5 + 3.5 * r()),
    loss: r() < 0.7 ? 0 : 0.15 * r() ** 2,
    fromControlS: 0.02 + 0.3 * r() ** 2,
  };
}

/** A page of the server over a line, after the connect. */
export function page(r: () => number, line: Line, server: Server, bytes: number): Times {
  const way = {
    ...line,
    loss: 1 - (1 - line.loss) * (1 - server.loss),
    roundTripS: line.roundTripS + server.furtherS,
    bytesPerSecond: Math.min(line.bytesPerSecond, server.bytesPerSecond),
  };
  const times = exchange(r, way, bytes);
  return { handshake: times.handshake, download: times.download + server.thinksS };
}

const CONTROL_LINE: Line = { loss: 0, roundTripS: 0, bytesPerSecond: 1e8, badSpells: 0 };

/** Seconds that the page takes the control. */
export const atControl = (r: () => number, server: Server, bytes: number): number =>
  page(r, CONTROL_LINE, { ...server, furtherS: server.fromControlS }, bytes).download;

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
  /** Seconds of the connect before; absent: none is on record. */
  readonly connect?: number;
}

const SITE_ADDRESS = '11.0.0.10';

function controlSaw(bytes: number): readonly Observation[] {
  const common = {
    vantage: 'control', depth: 0, counterfactual: null, transaction: null, startedAt: null, duration: null, failure: null,
  } as const; // prettier-ignore
  return [
    {
      ...common,
      id: 'control-dns',
      kind: 'dns',
      path: 'control',
      hostname: HOST,
      queryType: 'ANY',
      resolver: null,
      addresses: [SITE_ADDRESS],
      late: false,
      extendedError: null,
    },
    {
      ...common,
      id: 'control-http',
      kind: 'http',
      url: HTTPS_URL,
      host: HOST,
      encrypted: true,
      address: null,
      status: 200,
      title: null,
      headers: [],
      bodyLength: bytes,
      bodySha256: null,
      truncated: false,
      bodyText: null,
    },
  ];
}

/**
 * A case of nothing but one pair of downloads, made in turn with the reflector's name and the target's, or from the
 * reflector and the site's own address. `control`: what the page took it.
 */
export function downloadsCase(
  steps: readonly Made[],
  kind: CounterfactualKind = 'throughput.sni_at_reflector',
  control: { readonly seconds: number; readonly bytes: number } | null = null,
): Case {
  const atSite = kind === 'throughput.site_at_address';
  let clock = 1;
  const common = { vantage: 'probe', depth: 0, counterfactual: 'p1', failure: null } as const;
  const observations = steps.flatMap((step, i): Observation[] => {
    const startedAt = clock;
    clock += step.times.download + 0.1;
    const link = { ...common, transaction: i + 1 };
    const site = atSite && i % 2 === 1;
    const address = site ? SITE_ADDRESS : MIRROR_NOTE.addresses[0]!;
    const name = site ? HOST : MIRROR;
    const connect: Observation[] =
      step.connect === undefined
        ? []
        : [
            {
              ...link,
              id: `tcp-${i + 1}`,
              kind: 'tcp',
              startedAt,
              duration: step.connect,
              address,
              port: 443,
            },
          ];
    return [
      ...connect,
      {
        ...link,
        id: `tls-${i + 1}-${i}`,
        kind: 'tls',
        startedAt,
        duration: step.times.handshake,
        address,
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
        url: `https://${name}/bytes`,
        host: name,
        encrypted: true,
        address,
        status: 200,
        title: null,
        headers: site ? [] : [['x-kuager-reflector', MIRROR]],
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
    addresses: [SITE_ADDRESS],
    late: false,
    extendedError: null,
  };
  const record = {
    id: 'p1',
    kind,
    suspicion: null,
    where: atSite ? 'same_address' : 'reflector',
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
      observations: [hop, ...observations, ...(control === null ? [] : controlSaw(control.bytes))],
      controlState: control === null ? 'absent' : 'present',
      diary: [],
      controlChain: [],
      network: NO_NETWORK,
      controlClockMinutes: null,
      controlExtras: {
        parent: null,
        siblings: {},
        earlierAddresses: [],
        networks: {},
        httpSeconds: control?.seconds ?? null,
      },
      counterfactuals: [record],
      reflectors: [MIRROR_NOTE],
      device: null,
      chainsRemoved: false,
      asnInside: null,
      witnesses: [],
    },
    GOLDEN_CONTEXT,
  );
}
