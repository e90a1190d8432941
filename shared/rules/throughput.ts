/**
 * Slow because of a name or an address? The row "slow" of the table of pairs. A line that loses packets makes any one
 * download slow, so every suspicious one has to be slower than every innocuous one, by a margin, and by more than the
 * innocuous ones differ among themselves.
 */
import type { TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { isReflectorAnswer } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import { ADDRESS_THROUGHPUT_RULES } from './throughput-address.ts';
import { allSlower, hostsOf, smallest, TRIES, whereAllAgree } from './throughput-compare.ts';
import {
  fromReflector,
  gaveOut,
  handshakeTimes,
  isWhole,
  secondsPerByte,
  STILL_TRICKLING_S,
  type DownloadPair,
} from './throughput-facts.ts';

/** Slowest innocuous download to fastest suspicious one, per byte. */
const SLOWER_BY_NAME = 3;
/** Slowest innocuous handshake to fastest suspicious one. */
const SLOWER_HANDSHAKE = 5;
/** Seconds longer, for a handshake, in which one lost packet costs a whole second (RFC 6298, 2.1). */
const HANDSHAKE_LONGER_S = 1.5;
/** Downloads that stop "at about the same bytes": their spread, and the same as a share of the largest. */
const SAME_BYTES = 4096;
const SAME_SHARE = 0.25;

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

export { isHeldBack } from './throughput-address.ts';

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
  ...ADDRESS_THROUGHPUT_RULES,
];
