/** Which signals speak of the place and time of an event: to be shown beside it, or to agree with a silence. Pure. */
import type { BlockingEvent, MemberGroup, OutsideSignal, SilenceEvent } from '../../shared/model/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An outage that began earlier or later than this from the silence is another one. */
const BEGAN_BEFORE_MS = HOUR_MS;
const BEGAN_AFTER_MS = 3 * HOUR_MS;
/** Shown beside an event; the nearest places first. */
const MAX_SHOWN = 50;
/** Shown too: what lies so near before or after it. */
const AROUND_SILENCE_MS = 6 * HOUR_MS;
const AROUND_BLOCKING_MS = 2 * DAY_MS;

/** An end that is not known is one that has not come. */
const overlaps = (signal: OutsideSignal, since: number, until: number): boolean =>
  signal.from < until && (signal.to ?? Number.POSITIVE_INFINITY) > since;

/** The group lies in its place, or is its place. */
function contains({ cc, asn, region }: OutsideSignal, group: MemberGroup): boolean {
  if (cc === null && asn === null) return false;
  return (
    (cc === null || cc === group.cc) &&
    (asn === null || asn === group.asn) &&
    (region === null || region === group.region)
  );
}

/** Others can't tell mobile from fixed lines: that is not compared. */
const isPlace = (signal: OutsideSignal, group: MemberGroup): boolean =>
  contains(signal, group) &&
  (signal.asn !== null || (group.asn === null && group.owner === null)) &&
  signal.region === group.region;

/** Of an owner with several networks: one of them that fell silent too. */
function isNetworkOf(signal: OutsideSignal, { group, parts }: SilenceEvent): boolean {
  if (group.owner === null || group.asn !== null || signal.asn === null) return false;
  return parts.some((part) => part.owner === group.owner && isPlace(signal, part));
}

function speaksOf(signal: OutsideSignal, event: SilenceEvent): boolean {
  if (signal.weight === 'none') return false;
  if (isPlace(signal, event.group) || isNetworkOf(signal, event)) return true;
  return signal.weight !== 'weak' && contains(signal, event.group);
}

/** Names of sources that show an outage of that place, begun when the silence did; none where one of them knows an innocent cause. */
export function agreeing(
  signals: readonly OutsideSignal[],
  event: SilenceEvent,
  now: number,
): readonly string[] {
  const { after, before } = event.onset;
  const speaking = signals.filter(
    (signal) =>
      signal.domain === null &&
      overlaps(signal, before, Math.max(before + 1, event.endedAt ?? now)) &&
      signal.from >= after - BEGAN_BEFORE_MS &&
      signal.from <= before + BEGAN_AFTER_MS &&
      speaksOf(signal, event),
  );
  if (speaking.some(({ weight }) => weight === 'against')) return [];
  return [...new Set(speaking.map(({ source }) => source))].sort();
}

export interface Beside {
  readonly signals: readonly OutsideSignal[];
  /** How many there are, shown or not. */
  readonly count: number;
}

function nearestFirst(signals: readonly OutsideSignal[], isNear: (signal: OutsideSignal) => boolean): Beside {
  const near = signals.filter(isNear);
  const far = signals.filter((signal) => !isNear(signal));
  const shown = [near, far].flatMap((some) => some.toSorted((a, b) => a.from - b.from));
  return { signals: shown.slice(0, MAX_SHOWN), count: signals.length };
}

/** Outages of the same country or network around that time, agreeing or not. */
export function besideSilence(signals: readonly OutsideSignal[], event: SilenceEvent, now: number): Beside {
  const { group, onset, endedAt, parts } = event;
  const networks = new Set([group, ...parts].flatMap(({ asn }) => (asn === null ? [] : [asn])));
  const since = onset.after - AROUND_SILENCE_MS;
  const until = (endedAt ?? now) + AROUND_SILENCE_MS;
  return nearestFirst(
    signals.filter(
      (signal) =>
        signal.domain === null &&
        (signal.cc === group.cc || (signal.cc === null && signal.asn !== null && networks.has(signal.asn))) &&
        overlaps(signal, since, until),
    ),
    (signal) => contains(signal, group) || isNetworkOf(signal, event),
  );
}

const plainName = (domain: string): string => domain.toLowerCase().replace(/^www\./, '');

/** What others measured of the domain around that time, in its networks or in no network in particular. */
export function besideBlocking(signals: readonly OutsideSignal[], event: BlockingEvent, now: number): Beside {
  const openings = event.episodes.map(({ openedAt }) => openedAt);
  const began = event.onset.after ?? event.onset.before ?? Math.min(now, ...openings);
  const ended = event.restored === null ? now : (event.restored.before ?? event.restored.after ?? now);
  const networks = new Set(event.episodes.map(({ network }) => network.asn));
  const domain = plainName(event.domain);
  return nearestFirst(
    signals.filter(
      (signal) =>
        signal.domain !== null &&
        plainName(signal.domain) === domain &&
        overlaps(signal, began - AROUND_BLOCKING_MS, ended + AROUND_BLOCKING_MS),
    ),
    ({ asn }) => asn !== null && networks.has(asn),
  );
}
