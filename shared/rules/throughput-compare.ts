/** Downloads made in turn: is one name slower than the other, each time? Numbers in, a word out. */
import type { Observation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import type { Finding } from './rule.ts';
import { downloadPairs, type Download, type DownloadPair } from './throughput-facts.ts';

/** Seconds that the fastest suspicious download takes longer: a retransmission or two make no throttling. */
const LONGER_S = 1;
/** The gap between both names to the spread of the innocuous ones. */
const GAP_TO_SPREAD = 2;
/** Longest to shortest time of one name: what varies more is the line's doing. A held-back flow varies more by itself. */
const STEADY_FAST = 2;
/** Differences as small as one retransmission are steady enough. Seconds. */
const STEADY_S = 0.5;
const STEADY_SLOW = 4;
/** Tries of each name. */
export const TRIES = 3;

/** Every one of `slow` takes longer than every one of `fast`, by factor, seconds and spread, and each is steady. */
export function allSlower(
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
export const smallest = ({ innocuous, suspect }: DownloadPair): number =>
  Math.min(...[...innocuous, ...suspect].map((d) => Math.max(1, d.bytes)));

const observed = (d: Download) => (d.tls === null ? [d.http] : [d.tls, d.http]);
const because = ({ innocuous, suspect }: DownloadPair) => [...innocuous, ...suspect].flatMap(observed);

/** One hop for each host: a redirect to another path of it is the same name. */
export const hostsOf = (c: Case): readonly Hop[] =>
  c.hops.filter((hop, i) => c.hops.findIndex((other) => other.host === hop.host) === i);

/** The first pair's finding for each host, if every finished pair of the kind agrees; `further`: what else carries it. */
export function whereAllAgree(
  c: Case,
  kind: Parameters<typeof downloadPairs>[1],
  agrees: (hop: Hop, found: DownloadPair) => boolean,
  rest: Pick<Finding, 'outcome' | 'method' | 'evidence'>,
  further: (found: DownloadPair) => readonly Observation[] = () => [],
): Finding[] {
  return hostsOf(c).flatMap((hop): Finding[] => {
    const made = downloadPairs(c, kind, hop.host);
    const [first] = made;
    if (first === undefined || !made.every((found) => agrees(hop, found))) return [];
    const n = first.suspect.length;
    return [
      {
        ...rest,
        layer: 'throughput',
        host: hop.host,
        depth: hop.depth,
        because: [...further(first), ...because(first)],
        counterfactuals: [first.pair.record.id],
        repeats: { n, m: n },
      },
    ];
  });
}
