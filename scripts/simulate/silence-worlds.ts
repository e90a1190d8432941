/** Months in the life of groups of members: what is heard of them, and what becomes of it when nothing is cut, or something is. */
import type { LineOfMember } from '../../shared/model/index.ts';
import { createDraw, type Draw } from './draw.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Habit } from './habits.ts';
import { createMembers, type Beat, type Member, type MembersOptions } from './members.ts';

/** A Monday after the change of Kazakhstan's clocks; worlds begin here. */
const FIRST_DAY = Date.parse('2026-01-05T00:00:00Z');

export interface Cut {
  readonly from: number;
  readonly to: number;
  /** Of its beats, those that come through all the same; 0: cut off, 1: not meant. */
  readonly through: (member: Member) => number;
}

export interface SilenceWorld {
  readonly family: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly members: readonly Member[];
  readonly cuts: readonly Cut[];
  /** `lost`: the beat was sent and never came. Cuts are asked apart. */
  readonly arrives: (beat: Beat) => boolean;
  /** It says goodbye though its session goes on: a restart. */
  readonly leaves: (beat: Beat) => boolean;
  /** `stopped`: not running. `deaf`: running, and its own line is down. */
  readonly collector: (minute: number) => 'hears' | 'stopped' | 'deaf';
}

export interface SilenceFamily {
  readonly name: string;
  readonly world: (seed: number, days: number) => SilenceWorld;
}

export const LINE: LineOfMember = { cc: 'KZ', asn: 'AS9198', access: 'fixed', region: 'KZ-75' };
const OWNER = 'Kazakhtelecom';

interface Stretch {
  readonly from: number;
  readonly to: number;
}
const covers = (when: readonly Stretch[], at: number): boolean => when.some((s) => at >= s.from && at < s.to);

/** `meanDays` apart on average, each `low` to `high` minutes. */
function stretches(draw: Draw, span: Stretch, meanDays: number, low: number, high: number): Stretch[] {
  const found: Stretch[] = [];
  for (let at = span.from + draw.gap(meanDays * DAY_MS); at < span.to; at += draw.gap(meanDays * DAY_MS))
    found.push({ from: at, to: at + draw.between(low, high) * MINUTE_MS });
  return found;
}

const MIXED: readonly Habit[] = ['always', 'always', 'phone', 'evening', 'office', 'night'];
const USUAL_PERIODS: readonly number[] = [300, 300, 300, 900];
const SIZES = [7, 10, 15, 20, 30] as const;

type Parts = Partial<Pick<SilenceWorld, 'arrives' | 'leaves' | 'collector' | 'cuts'>> & {
  readonly members: readonly Member[];
};

const seeds = new Map<string, number>();
/** Each family draws from a stream of its own. */
const streamOf = (name: string): number => {
  const known = seeds.get(name) ?? 1000 + seeds.size;
  seeds.set(name, known);
  return known;
};

function family(name: string, parts: (draw: Draw, span: Stretch) => Parts): SilenceFamily {
  streamOf(name);
  return {
    name,
    world(seed, days) {
      const draw = createDraw(seed, streamOf(name));
      const from = FIRST_DAY + draw.whole(0, 200) * DAY_MS;
      const to = from + days * DAY_MS;
      const made = parts(draw, { from, to });
      return {
        family: name,
        seed,
        from,
        to,
        cuts: [],
        arrives: () => true,
        leaves: () => false,
        collector: () => 'hears',
        ...made,
      };
    },
  };
}

const crowd = (draw: Draw, span: Stretch, more: Partial<MembersOptions> = {}): readonly Member[] =>
  createMembers(draw, {
    count: draw.pick(SIZES),
    line: LINE,
    owner: OWNER,
    ...span,
    habits: MIXED,
    periodsS: USUAL_PERIODS,
    stayDays: 200,
    ...more,
  });

/** So many of a group share one flat, whose line is gone for an hour or an evening. */
const FLAT_MEMBERS = 3;
/** The new version comes to a device within this time after it is out; the restart takes minutes. */
const UPDATE_WITHIN_MS = HOUR_MS;
const NO_GOODBYE_AT_UPDATE = 0.3;
/** Months whose mobile budget ends before they do. */
const BUDGET_ENDS_SHARE = 0.3;

/** One draw for each place in the group. */
function byNumber<T>(members: readonly Member[], make: () => T): (member: Member) => T {
  const made = new Map<number, T>();
  for (const { number } of members) if (!made.has(number)) made.set(number, make());
  return ({ number }) => made.get(number)!;
}

function update(draw: Draw, members: readonly Member[], span: Stretch): Parts {
  const released = stretches(draw, span, 14, 1, 2).map((s) => s.from);
  const off = byNumber(members, () =>
    released.map((at) => {
      const begins = at + draw.share() * UPDATE_WITHIN_MS;
      return { from: begins, to: begins + draw.between(1, 20) * MINUTE_MS };
    }),
  );
  const silently = byNumber(members, () => draw.chance(NO_GOODBYE_AT_UPDATE));
  // A goodbye for the restart is the beat before it; the member that gives none is just not heard.
  return {
    members,
    arrives: ({ member, at }) => !covers(off(member), at),
    leaves: ({ member, at }) => !silently(member) && covers(off(member), at + member.periodS * 1000),
  };
}

function budgets(draw: Draw, members: readonly Member[]): Parts {
  const ends = byNumber(members, () => (draw.chance(BUDGET_ENDS_SHARE) ? draw.whole(26, 31) : 99));
  return { members, arrives: ({ member, at }) => new Date(at).getUTCDate() < ends(member) };
}

export const CALM_FAMILIES: readonly SilenceFamily[] = [
  family('mixed habits', (draw, span) => ({ members: crowd(draw, span) })),
  family('offices', (draw, span) => ({
    members: crowd(draw, span, { habits: ['office', 'office', 'office', 'always'] }),
  })),
  family('night-only', (draw, span) => ({
    members: crowd(draw, span, { habits: ['night', 'night', 'evening', 'always'] }),
  })),
  family('few members', (draw, span) => ({
    members: crowd(draw, span, { count: draw.whole(5, 8), habits: ['always', 'always', 'phone'] }),
  })),
  family('three in one flat', (draw, span) => {
    const members = crowd(draw, span, { count: draw.whole(6, 8), habits: ['always', 'always', 'phone'] });
    const gone = stretches(draw, span, 7, 10, 240);
    return {
      members,
      arrives: ({ member, at }) => member.number >= FLAT_MEMBERS || !covers(gone, at),
    };
  }),
  family('flaky provider', (draw, span) => {
    const bad = stretches(draw, span, 2, 60, 600);
    return {
      members: crowd(draw, span, { loss: [0.05, 0.2] }),
      arrives: ({ at }) => !covers(bad, at) || draw.chance(0.7),
    };
  }),
  family('key changes', (draw, span) => ({
    members: crowd(draw, span, { stayDays: 30, loss: [0, 0.1] }),
  })),
  family('probe updates', (draw, span) => update(draw, crowd(draw, span), span)),
  family('first of the month', (draw, span) =>
    budgets(draw, crowd(draw, span, { habits: ['phone', 'evening', 'always'] })),
  ),
  family('relay down', (draw, span) => {
    const down = stretches(draw, span, 6, 5, 600);
    return {
      members: crowd(draw, span, { relayShare: 0.3 }),
      arrives: ({ member, at }) => !member.viaRelay || !covers(down, at),
    };
  }),
  family('collector restarts', (draw, span) => {
    const stopped = stretches(draw, span, 3, 0.2, 180);
    return {
      members: crowd(draw, span),
      arrives: ({ at }) => !covers(stopped, at),
      collector: (minute) => (covers(stopped, minute) ? 'stopped' : 'hears'),
    };
  }),
  family('collector deaf', (draw, span) => {
    const deaf = stretches(draw, span, 5, 3, 120);
    return {
      members: crowd(draw, span),
      arrives: ({ at }) => !covers(deaf, at),
      collector: (minute) => (covers(deaf, minute) ? 'deaf' : 'hears'),
    };
  }),
  family('liars stop together', (draw, span) => {
    const agreed = stretches(draw, span, 3, 30, 600);
    return {
      members: crowd(draw, span, { liars: 0.2, habits: ['always', 'always', 'phone'] }),
      arrives: ({ member, at }) => !member.liar || !covers(agreed, at),
    };
  }),
];

/** Cuts at any moment of the day, of hours; they come again within one to three days, as deliberate ones do. */
function cuts(draw: Draw, span: Stretch, through: Cut['through']): readonly Cut[] {
  const found: Cut[] = [];
  const afterLearning = span.from + 14 * DAY_MS;
  for (let at = afterLearning; at < span.to - DAY_MS; at += draw.between(1.2, 2.5) * DAY_MS)
    found.push({ from: at, to: at + draw.between(2, 8) * HOUR_MS, through });
  return found;
}

export interface CutFamily extends SilenceFamily {
  /** Within how long after the cut it must be said. */
  readonly withinMs: number;
}

const cutFamily = (
  name: string,
  withinMinutes: number,
  parts: (draw: Draw, span: Stretch) => Parts,
): CutFamily => ({
  ...family(name, parts),
  withinMs: withinMinutes * MINUTE_MS,
});
const none = (): number => 0;

export const CUT_FAMILIES: readonly CutFamily[] = [
  cutFamily('30 members, 5 min', 10, (draw, span) => ({
    members: crowd(draw, span, { count: 30, habits: ['always'], periodsS: [300] }),
    cuts: cuts(draw, span, none),
  })),
  cutFamily('30 members, 15 min', 35, (draw, span) => ({
    members: crowd(draw, span, { count: 30, habits: ['always'], periodsS: [900] }),
    cuts: cuts(draw, span, none),
  })),
  cutFamily('5–10 members, 5 min', 20, (draw, span) => ({
    members: crowd(draw, span, {
      count: draw.whole(5, 10),
      habits: ['always'],
      periodsS: [300],
      stayDays: 1e5,
    }),
    cuts: cuts(draw, span, none),
  })),
  cutFamily('mixed habits and periods', 35, (draw, span) => ({
    members: crowd(draw, span, { count: 30 }),
    cuts: cuts(draw, span, none),
  })),
  cutFamily('a tenth still heard', 10, (draw, span) => ({
    members: crowd(draw, span, { count: 30, habits: ['always'], periodsS: [300] }),
    cuts: cuts(draw, span, (member) => (member.number % 10 === 0 ? 1 : 0)),
  })),
  cutFamily('a fifth lies on', 10, (draw, span) => ({
    members: crowd(draw, span, { count: 30, habits: ['always'], periodsS: [300], liars: 0.2 }),
    cuts: cuts(draw, span, (member) => (member.liar ? 1 : 0)),
  })),
];
