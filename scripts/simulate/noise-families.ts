/**
 * What happens in networks where nobody blocks anything. None of it is the detector's own assumption (independent errors
 * at a steady rate): errors come in bursts, from one device, from the site, from us, or change their meaning on a day.
 */
import type { Draw } from './draw.ts';
import { DAY_MS, HOUR_MS, localMidnight, LOCAL_OFFSET_MS, MINUTE_MS, type Habit } from './habits.ts';
import { DOWN, INSUFFICIENT, INTERFERED, LOCAL, OK, SUSPECTED, type Condition, type Said } from './votes.ts';

export interface NoiseFamily {
  readonly name: string;
  /** The conditions of one world of it, over `from` to `to`. */
  readonly conditions: (draw: Draw, from: number, to: number) => readonly Condition[];
  readonly habit?: Habit;
  readonly liars?: number;
  /** The liars measure far more often than the others. */
  readonly eager?: boolean;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}
const within = (at: number, stretch: Stretch): boolean => at >= stretch.from && at < stretch.to;

/** `mean` days apart on average, `low` to `high` hours long. */
function stretches(draw: Draw, span: Stretch, meanDays: number, low: number, high: number): Stretch[] {
  const found: Stretch[] = [];
  for (let at = span.from + draw.gap(meanDays * DAY_MS); at < span.to; at += draw.gap(meanDays * DAY_MS))
    found.push({ from: at, to: at + draw.between(low, high) * HOUR_MS });
  return found;
}

const during =
  (when: readonly Stretch[], say: (draw: Draw, since: number) => Said | null): Condition =>
  (_who, at, draw) => {
    const stretch = when.find((s) => within(at, s));
    return stretch === undefined ? null : say(draw, at - stretch.from);
  };

/** Seen by all; until the control has noticed, half of it looks like interference, later what flaps looks so, or works. */
const siteOutage: NoiseFamily['conditions'] = (draw, from, to) => {
  const notices = draw.between(10, 60) * MINUTE_MS;
  return [
    during(stretches(draw, { from, to }, 12, 1, 30), (d, since) =>
      d.chance(since < notices ? 0.5 : 0.03) ? SUSPECTED : d.chance(0.05) ? OK : DOWN,
    ),
  ];
};

/** One person's line or router spoils a third of what it measures, in a way that pairs don't see through. */
const oneFails: NoiseFamily['conditions'] = (draw) => {
  const interfered = draw.share();
  return [
    (who, _at, d) =>
      who.device === 0 && d.chance(0.3) ? (d.chance(interfered) ? INTERFERED : SUSPECTED) : null,
  ];
};

/** Its addresses move, or it begins to dislike us: unlike what the control gets, everywhere, for hours. */
const cdnChange: NoiseFamily['conditions'] = (draw, from, to) => {
  const share = draw.between(0.2, 0.6);
  return [during(stretches(draw, { from, to }, 20, 2, 12), (d) => (d.chance(share) ? SUSPECTED : null))];
};

/** From a day on the same measurement is called something else, and old ones stay as they were. */
const rulesetChange: NoiseFamily['conditions'] = (draw, from, to) => {
  const day = draw.between(from + (to - from) / 3, to);
  const share = draw.between(0.01, 0.08);
  const more = draw.chance(0.5);
  return [(_who, at, d) => (at >= day === more && d.chance(share) ? SUSPECTED : null)];
};

/** Our own second opinion is gone; when it is back it looks on a site that has changed meanwhile. */
const controlOutage: NoiseFamily['conditions'] = (draw, from, to) => {
  const when = stretches(draw, { from, to }, 10, 1, 48);
  const after = when.map((s) => ({ from: s.to, to: s.to + HOUR_MS }));
  return [
    during(when, (d) => (d.chance(0.98) ? INSUFFICIENT : SUSPECTED)),
    during(after, (d) => (d.chance(0.1) ? SUSPECTED : null)),
  ];
};

/** A congested evening in the whole network: timeouts where nothing is blocked, worse on some lines. */
const badEvenings: NoiseFamily['conditions'] = (draw, from, to) => {
  const when = stretches(draw, { from, to }, 9, 1, 5);
  return [
    (who, at, d) =>
      when.some((s) => within(at, s)) && d.chance(Math.min(0.3, 0.08 * who.badness))
        ? d.chance(0.6)
          ? SUSPECTED
          : LOCAL
        : null,
  ];
};

/** Two devices behind one router whose filter comes and goes. Both `interfered` at once would be what a block looks like. */
const household: NoiseFamily['conditions'] = (draw, from, to) => {
  const when = stretches(draw, { from, to }, 10, 2, 10);
  return [
    (who, at, d) =>
      who.device <= 1 && when.some((s) => within(at, s)) && d.chance(0.5)
        ? d.chance(0.1)
          ? INTERFERED
          : d.chance(0.5)
            ? LOCAL
            : SUSPECTED
        : null,
  ];
};

/** A challenge page for whoever comes too often, on the first of each month when quotas begin anew. */
const firstOfMonth: NoiseFamily['conditions'] = () => [
  (_who, at, d) => {
    const day = new Date(localMidnight(at)).getUTCDate();
    return day === 1 && d.chance(0.15) ? SUSPECTED : null;
  },
];

/** A new version on all devices within hours, whose first runs come to nothing or to a doubtful verdict. */
const probeUpdate: NoiseFamily['conditions'] = (draw, from, to) => {
  const when = stretches(draw, { from, to }, 14, 3, 9);
  return [during(when, (d) => (d.chance(0.3) ? INSUFFICIENT : d.chance(0.08) ? SUSPECTED : null))];
};

/** Maintenance each night, local time: those who measure then see it, and nobody else does. */
const nightlyWork: NoiseFamily['conditions'] = (draw) => {
  const hour = draw.whole(0, 5);
  const share = draw.between(0.05, 0.2);
  return [
    (_who, at, d) =>
      Math.floor(((at + LOCAL_OFFSET_MS) % DAY_MS) / HOUR_MS) === hour && d.chance(share) ? SUSPECTED : null,
  ];
};

const liarsFrom =
  (since: 'start' | 'day'): NoiseFamily['conditions'] =>
  (draw, from, to) => {
    const day = since === 'start' ? from : draw.between(from + (to - from) / 3, to - 2 * DAY_MS);
    return [(who, at) => (who.liar && at >= day ? INTERFERED : null)];
  };

const LIARS = 0.2;

export const NOISE_FAMILIES: readonly NoiseFamily[] = [
  { name: 'quiet', conditions: () => [] },
  { name: 'site outage', conditions: siteOutage },
  { name: 'one fails 30 %', conditions: oneFails },
  { name: 'CDN change', conditions: cdnChange },
  { name: 'ruleset change', conditions: rulesetChange },
  { name: 'control outage', conditions: controlOutage },
  { name: 'night-only users', conditions: nightlyWork, habit: 'night' },
  { name: 'bad evenings', conditions: badEvenings },
  { name: 'household filter', conditions: household },
  { name: 'first of the month', conditions: firstOfMonth },
  { name: 'probe update', conditions: probeUpdate },
];

/** Counted apart: a fifth of the network's voters lie together. */
export const LIAR_FAMILIES: readonly NoiseFamily[] = [
  { name: 'liars from the start', conditions: liarsFrom('start'), liars: LIARS },
  { name: 'liars from one day on', conditions: liarsFrom('day'), liars: LIARS },
];

/** Only told: they are a fifth of the people and half of the day's voices. */
export const EAGER_FAMILIES: readonly NoiseFamily[] = [
  { name: 'eager liars from one day on', conditions: liarsFrom('day'), liars: LIARS, eager: true },
];
