/** Slow at the site's own address: one vantage can’t tell a box on the way from a slow way, so all of this only suspects. */
import type { Case, Hop } from './case.ts';
import { controlRefused } from './control-refused.ts';
import { controlReached } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import { allSlower, smallest, TRIES, whereAllAgree } from './throughput-compare.ts';
import {
  connectOf,
  downloadPairs,
  fromReflector,
  gaveOut,
  isWhole,
  secondsPerByte,
  STILL_TRICKLING_S,
  type Download,
  type DownloadPair,
} from './throughput-facts.ts';

/** Slowest innocuous download to fastest page, per byte: another server may simply be slower. */
const SLOWER = 8;
/** The same where the line's own round trips are most of a download, and leave less room for a factor. */
const SLOWER_ON_LONG_LINE = 3;
/** What takes so much longer than the line at its slowest is no matter of a few round trips. Seconds. */
const TRICKLE_LONGER_S = 5;
/** TCP begins with ten full segments a round trip (RFC 6928); on a line that is in order even a far-away server's page keeps above four. Bytes. */
const FEW_SEGMENTS_BYTES = 4 * 1_460;
/** A connect that took longer than any usual round trip was held up itself, and must not excuse what followed. */
const LONGEST_ROUND_TRIP_S = 0.5;
/** On a short way one lost packet costs many round trips: no less is asked of the line than this. Seconds. */
const RETRANSMISSION_S = 0.1;
/** The same to the innocuous ones' own differences: a line that comes and goes. */
const LONGER_TO_SPREAD = 3;
/** Shorter than a clock's own uncertainty. Seconds. */
const MIN_BODY_S = 0.001;
/** Of a page's tries, those that may have stopped altogether: more of them are no trickle. */
const MAX_STOPPED = 1;

/** The control got the page, `SLOWER` times as fast per byte as every try here. What is slow for everybody is the site's doing. */
function fastElsewhere(c: Case, hop: Hop, { suspect }: DownloadPair): boolean {
  const { httpSeconds } = c.controlExtras;
  const page = c.control?.http;
  if (page === undefined || httpSeconds === null || !controlReached(c, hop) || controlRefused(c))
    return false;
  const elsewhere = httpSeconds / Math.max(1, page.bodyLength ?? 0);
  return Math.min(...suspect.map(secondsPerByte)) >= SLOWER * elsewhere;
}

function slowByAddress(c: Case, hop: Hop, found: DownloadPair): boolean {
  const { innocuous, suspect } = found;
  if (!suspect.every(isWhole) || !fastElsewhere(c, hop, found) || !fromReflector(c, found)) return false;
  return allSlower(innocuous.map(secondsPerByte), suspect.map(secondsPerByte), SLOWER, smallest(found));
}

/** Seconds of the shortest connect before one of these: the way's own round trip; null when none is on record. */
function roundTrip(c: Case, found: DownloadPair, downloads: readonly Download[]): number | null {
  const connects = downloads.flatMap((d) => connectOf(found, c, d)?.duration ?? []);
  return connects.length === 0 ? null : Math.min(LONGEST_ROUND_TRIP_S, ...connects);
}

const bytesPer = (seconds: number, d: Download): number =>
  (d.bytes / Math.max(MIN_BODY_S, d.http.duration ?? 0)) * seconds;

/** Less in each round trip than TCP begins with, so that the way's length is no reason; and the line itself carries more. */
function fewSegments(c: Case, found: DownloadPair): boolean {
  const here = roundTrip(c, found, found.innocuous);
  const there = roundTrip(c, found, found.suspect);
  if (here === null || there === null) return false;
  return (
    found.innocuous.every((d) => bytesPer(Math.max(here, RETRANSMISSION_S), d) >= FEW_SEGMENTS_BYTES) &&
    found.suspect.every((d) => bytesPer(there, d) < FEW_SEGMENTS_BYTES)
  );
}

/** Each time far longer than the line does for as many bytes at its slowest; whole, or given up. */
function trickles({ innocuous, suspect }: DownloadPair): boolean {
  if (innocuous.length < TRIES || suspect.length < TRIES) return false;
  const times = innocuous.map(secondsPerByte);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const stopped = suspect.filter((d) => !isWhole(d) && (d.http.duration ?? 0) < STILL_TRICKLING_S);
  if (stopped.length > MAX_STOPPED) return false;
  return suspect.every((d) => {
    const usual = most * d.bytes;
    const longer = d.seconds - usual;
    const apart = longer >= TRICKLE_LONGER_S && longer >= LONGER_TO_SPREAD * (most - least) * d.bytes;
    return (isWhole(d) || gaveOut(d)) && apart && d.seconds >= SLOWER_ON_LONG_LINE * usual;
  });
}

const pageTrickles = (c: Case, hop: Hop, found: DownloadPair): boolean =>
  trickles(found) && fewSegments(c, found) && fastElsewhere(c, hop, found) && fromReflector(c, found);

const SUSPECTED = {
  outcome: 'suspected',
  method: 'throughput.address_throttling',
  evidence: 'weak',
} as const;

const heldBack = (c: Case): Finding[] =>
  whereAllAgree(c, 'throughput.site_at_address', (hop, found) => slowByAddress(c, hop, found), SUSPECTED);
const trickling = (c: Case): Finding[] =>
  whereAllAgree(
    c,
    'throughput.site_at_address',
    (hop, found) => pageTrickles(c, hop, found),
    SUSPECTED,
    (found) => [...found.innocuous, ...found.suspect].flatMap((d) => connectOf(found, c, d) ?? []),
  );

/** Too slow each time that the name was said to be called accessible, where no rule about names accuses. */
function nameTrickles(c: Case, hop: Hop): boolean {
  const made = downloadPairs(c, 'throughput.sni_at_reflector', hop.host);
  return made.length > 0 && made.every((found) => trickles(found) && fromReflector(c, found));
}

/** A page that trickles in is no plain "accessible": it is suspected, or left open. */
export const isHeldBack = (c: Case, hop: Hop): boolean =>
  [...heldBack(c), ...trickling(c)].some(({ host }) => host === hop.host) || nameTrickles(c, hop);

export const ADDRESS_THROUGHPUT_RULES: readonly Rule[] = [
  {
    id: 'throughput.address_throttling',
    layer: 'throughput',
    claim:
      'The page comes at least eight times slower per byte than a reflector’s download, each time, and the control gets it fast.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['slow_line', 'origin_filters_country', 'server_far_away'],
    fires: heldBack,
  },
  {
    id: 'throughput.page_trickles',
    layer: 'throughput',
    claim:
      'Each time, the page takes at least three times as long per byte as a reflector’s download and five seconds longer, at less than four segments a round trip, whole or given up; the line carries more, and the control gets it fast.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['slow_line', 'origin_filters_country', 'server_far_away'],
    fires: trickling,
  },
];
