/**
 * Slow because of a name or an address? The row "slow" of the table of pairs. A line that loses packets makes any one
 * download slow, so every suspicious one has to be slower than every innocuous one, by a margin, and by more than the
 * innocuous ones differ among themselves.
 */
import type { TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { controlRefused } from './control-refused.ts';
import { controlReached, isReflectorAnswer } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import {
  downloadPairs,
  fromReflector,
  gaveOut,
  handshakeTimes,
  isWhole,
  secondsPerByte,
  type Download,
  type DownloadPair,
} from './throughput-facts.ts';

/** Slowest innocuous download to fastest suspicious one, per byte. */
const SLOWER_BY_NAME = 3;
/** The same for another server's address, which may simply be slower. */
const SLOWER_BY_ADDRESS = 8;
/** Slowest innocuous handshake to fastest suspicious one. */
const SLOWER_HANDSHAKE = 5;
/** Seconds that the fastest suspicious download takes longer: a retransmission or two make no throttling. */
const LONGER_S = 1;
/** The same for a handshake, in which one lost packet costs a whole second (RFC 6298, 2.1). */
const HANDSHAKE_LONGER_S = 1.5;
/** The gap between both names to the spread of the innocuous ones. */
const GAP_TO_SPREAD = 2;
/** Longest to shortest time of one name: what varies more is the line's doing. A held-back flow varies more by itself. */
const STEADY_FAST = 2;
/** Differences as small as one retransmission are steady enough. Seconds. */
const STEADY_S = 0.5;
const STEADY_SLOW = 4;
/** Tries of each name. */
const TRIES = 3;
/** Downloads that stop "at about the same bytes": their spread, and the same as a share of the largest. */
const SAME_BYTES = 4096;
const SAME_SHARE = 0.25;
/** A download that still trickles is ended at 20 s by the probe, one that has stopped 10 s after its last byte. Seconds. */
const STILL_TRICKLING_S = 18;

/** Every one of `slow` takes longer than every one of `fast`, by factor, seconds and spread, and each is steady. */
function allSlower(
  fast: readonly number[],
  slow: readonly number[],
  factor: number,
  scale: number,
  longerS = LONGER_S,
): boolean {
  if (fast.length < TRIES || slow.length < TRIES) return false;
  const [least, most] = [Math.min(...fast), Math.max(...fast)];
  const fastest = Math.min(...slow);
  const steady = most <= STEADY_FAST * least || (most - least) * scale <= STEADY_S;
  if (!steady || Math.max(...slow) > STEADY_SLOW * fastest) return false;
  const gap = fastest - most;
  return fastest >= factor * most && gap * scale >= longerS && gap >= GAP_TO_SPREAD * (most - least);
}

/** Smallest download of the pair: what turns time per byte back into seconds. Bytes. */
const smallest = ({ innocuous, suspect }: DownloadPair): number =>
  Math.min(...[...innocuous, ...suspect].map((d) => Math.max(1, d.bytes)));

const observed = (d: Download) => (d.tls === null ? [d.http] : [d.tls, d.http]);
const because = ({ innocuous, suspect }: DownloadPair) => [...innocuous, ...suspect].flatMap(observed);

function slowByName(c: Case, found: DownloadPair): boolean {
  const { pair, innocuous, suspect } = found;
  const came = suspect.every(
    (d) =>
      (isWhole(d) && isReflectorAnswer(d.http, pair.record.reflector)) ||
      (gaveOut(d) && d.bytes > 0 && (d.http.duration ?? 0) >= STILL_TRICKLING_S),
  );
  if (!came || !fromReflector(c, found)) return false;
  return allSlower(
    innocuous.map(secondsPerByte),
    suspect.map(secondsPerByte),
    SLOWER_BY_NAME,
    smallest(found),
  );
}

function stopsByName(c: Case, found: DownloadPair): boolean {
  const { innocuous, suspect } = found;
  if (suspect.length < TRIES || !fromReflector(c, found)) return false;
  const bytes = suspect.map((d) => d.bytes);
  const [least, most] = [Math.min(...bytes), Math.max(...bytes)];
  const whole = Math.min(...innocuous.map((d) => d.bytes));
  return (
    suspect.every((d) => gaveOut(d) && (d.http.duration ?? 0) < STILL_TRICKLING_S) &&
    most < whole &&
    most - least <= Math.max(SAME_BYTES, SAME_SHARE * most)
  );
}

function slowByAddress(c: Case, hop: Hop, found: DownloadPair): boolean {
  const { httpSeconds } = c.controlExtras;
  const page = c.control?.http;
  if (page === undefined || httpSeconds === null || !controlReached(c, hop) || controlRefused(c))
    return false;
  const { innocuous, suspect } = found;
  if (!fromReflector(c, found) || !suspect.every(isWhole)) return false;
  const pages = suspect.map(secondsPerByte);
  // Slow for everybody: the site's own doing.
  const elsewhere = httpSeconds / Math.max(1, page.bodyLength ?? 0);
  if (Math.min(...pages) < SLOWER_BY_ADDRESS * elsewhere) return false;
  return allSlower(innocuous.map(secondsPerByte), pages, SLOWER_BY_ADDRESS, smallest(found));
}

function finding(
  hop: Hop,
  found: DownloadPair,
  rest: Pick<Finding, 'outcome' | 'method' | 'evidence'>,
): Finding {
  const n = found.suspect.length;
  return {
    ...rest,
    layer: 'throughput',
    host: hop.host,
    depth: hop.depth,
    because: because(found),
    counterfactuals: [found.pair.record.id],
    repeats: { n, m: n },
  };
}

/** The first pair's finding, if every finished pair of the kind agrees. */
function whereAllAgree(
  c: Case,
  kind: Parameters<typeof downloadPairs>[1],
  agrees: (hop: Hop, found: DownloadPair) => boolean,
  rest: Pick<Finding, 'outcome' | 'method' | 'evidence'>,
): Finding[] {
  return hostsOf(c).flatMap((hop): Finding[] => {
    const made = downloadPairs(c, kind, hop.host);
    const [first] = made;
    if (first === undefined || !made.every((found) => agrees(hop, found))) return [];
    return [finding(hop, first, rest)];
  });
}

/** One hop for each host: a redirect to another path of it is the same name. */
const hostsOf = (c: Case): readonly Hop[] =>
  c.hops.filter((hop, i) => c.hops.findIndex((other) => other.host === hop.host) === i);

const HANDSHAKE_KINDS = [
  ['tls.sni_at_reflector', 'throughput.sni_at_reflector'],
  ['tls.sni_at_address'],
] as const;

function slowHandshakes(c: Case, hop: Hop): Finding[] {
  for (const kinds of HANDSHAKE_KINDS) {
    const { innocuous, suspect, ids } = handshakeTimes(c, kinds, hop.host);
    const seconds = (list: readonly TlsObservation[]): number[] => list.map((o) => o.duration ?? 0);
    if (!allSlower(seconds(innocuous), seconds(suspect), SLOWER_HANDSHAKE, 1, HANDSHAKE_LONGER_S)) continue;
    const n = suspect.length;
    return [
      {
        outcome: 'interfered',
        layer: 'throughput',
        method: 'throughput.sni_throttling',
        evidence: 'strong',
        host: hop.host,
        depth: hop.depth,
        because: [...innocuous, ...suspect],
        counterfactuals: ids,
        repeats: { n, m: n },
      },
    ];
  }
  return [];
}

/** The site's address is suspected of being held back: a page that trickles in is no plain "accessible". */
const heldBackByAddress = (c: Case): Finding[] =>
  whereAllAgree(c, 'throughput.site_at_address', (hop, found) => slowByAddress(c, hop, found), {
    outcome: 'suspected',
    method: 'throughput.address_throttling',
    evidence: 'weak',
  });
export const isHeldBack = (c: Case, hop: Hop): boolean =>
  heldBackByAddress(c).some((found) => found.host === hop.host);

export const THROUGHPUT_RULES: readonly Rule[] = [
  {
    id: 'throughput.sni_throttling',
    layer: 'throughput',
    claim:
      'Downloads from a reflector, made in turn, are at least three times as slow each time the target’s name was said, and fast with the reflector’s own.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      whereAllAgree(c, 'throughput.sni_at_reflector', (_, found) => slowByName(c, found), {
        outcome: 'interfered',
        method: 'throughput.sni_throttling',
        evidence: 'confirmed',
      }),
  },
  {
    id: 'throughput.freeze',
    layer: 'throughput',
    claim:
      'Downloads from a reflector stop after about the same number of bytes each time the target’s name was said, and come whole with the reflector’s own.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      whereAllAgree(c, 'throughput.sni_at_reflector', (_, found) => stopsByName(c, found), {
        outcome: 'interfered',
        method: 'throughput.freeze',
        evidence: 'confirmed',
      }),
  },
  {
    id: 'throughput.handshake_slow',
    layer: 'throughput',
    claim:
      'Handshakes at one place, made in turn, take at least five times as long and a second and a half longer each time the target’s name was said.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['origin_filters_name_for_country'],
    fires: (c) => hostsOf(c).flatMap((hop) => slowHandshakes(c, hop)),
  },
  {
    id: 'throughput.address_throttling',
    layer: 'throughput',
    claim:
      'The page comes at least eight times slower per byte than a reflector’s download, each time, and the control gets it fast.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['slow_line', 'origin_filters_country', 'server_far_away'],
    fires: heldBackByAddress,
  },
];
