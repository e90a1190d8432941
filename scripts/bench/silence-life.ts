/**
 * A world's heartbeats through the collector's roll call, its learning and its decision, minute by minute, for one group. The
 * same steps as collector/detect/silence-events.ts takes, without disk and words. Pure.
 */
import { createMembers } from '../../collector/beats/members.ts';
import { createMinutes, type Minutes } from '../../collector/beats/minutes.ts';
import { countMembers } from '../../collector/beats/roster.ts';
import {
  COUNTS_BACK_MINUTES,
  decideSilence,
  MIN_ACTIVE,
  rejoins,
} from '../../collector/detect/silence/decide.ts';
import { SILENT_SHARE } from '../../collector/detect/silence/levels.ts';
import {
  emptyUsual,
  FOLD_DELAY_MS,
  foldHour,
  leftOut,
  unlearntSilences,
  usualAt,
  type UsualMisses,
  type UsualTable,
} from '../../collector/detect/silence/usual.ts';
import type { GroupCount, Heartbeat, SilenceEvent } from '../../shared/model/index.ts';
import { createDraw } from '../simulate/draw.ts';
import { HOUR_MS, MINUTE_MS } from '../simulate/habits.ts';
import { createBeatStream, type Beat } from '../simulate/members.ts';
import type { Cut, SilenceWorld } from '../simulate/silence-worlds.ts';

/** Minutes that are kept until they are learnt. */
const KEPT_MINUTES = (FOLD_DELAY_MS + 3 * HOUR_MS) / MINUTE_MS;

type Silence = Pick<SilenceEvent, 'state' | 'onset' | 'openedAt' | 'endedAt'>;

export interface Opened {
  readonly openedAt: number;
  readonly onset: SilenceEvent['onset'];
  readonly active: number;
  readonly overdue: number;
  /** Goes on with one that had ended shortly before. */
  readonly again: boolean;
}

export interface Life {
  readonly opened: readonly Opened[];
  /** Each silence with its end; a rejoined one is one. */
  readonly silences: readonly Silence[];
  /** Time in which the group was large enough to be judged, milliseconds. */
  readonly judgedMs: number;
}

const heartbeatOf = ({ member, pseudonym, sequence, leaving }: Beat): Heartbeat => ({
  kind: 'heartbeat',
  x_key: pseudonym,
  ...member.line,
  period_s: member.periodS,
  sequence,
  leaving,
});

/** What is usual, learnt as it goes; the wider groups of a world with one line are the same people. */
function createLearning(from: number) {
  let table: UsualTable = emptyUsual();
  let next = Math.floor(from / HOUR_MS) * HOUR_MS;
  let known: { readonly hour: number; readonly unlearnt: number; readonly usual: UsualMisses } | null = null;
  return {
    learn(minute: number, counts: readonly GroupCount[], silences: readonly Silence[]): void {
      for (; next + HOUR_MS <= minute - FOLD_DELAY_MS; next += HOUR_MS) {
        const inHour = counts.filter((c) => c.minute >= next && c.minute < next + HOUR_MS);
        const near = silences.filter((s) => s.endedAt === null || s.endedAt >= next);
        table = foldHour(table, next, inHour, leftOut(near));
        known = null;
      }
    },
    usual(minute: number, silences: readonly Silence[]): UsualMisses {
      const hour = Math.floor(minute / HOUR_MS);
      const unlearnt = unlearntSilences(silences, table.through);
      if (known?.hour !== hour || known.unlearnt !== unlearnt)
        known = { hour, unlearnt, usual: usualAt(minute, [table, table, table], unlearnt) };
      return known.usual;
    },
  };
}

/** Of a beat in a cut, whether it comes through. */
function throughCut(cuts: readonly Cut[], share: () => number) {
  return ({ member, at }: Beat): boolean => {
    const cut = cuts.find((c) => at >= c.from && at < c.to);
    return cut === undefined || share() < cut.through(member);
  };
}

export function live(world: SilenceWorld): Life {
  const draw = createDraw(world.seed, 5000);
  const passes = throughCut(world.cuts, draw.share);
  const stream = createBeatStream(draw, world.members, world.from);
  const owner = world.members[0]?.owner ?? null;
  const members = createMembers([]);
  const learning = createLearning(world.from);
  const silences: Silence[] = [];
  const opened: Opened[] = [];
  let counts: GroupCount[] = [];
  let minutes: Minutes | null = null;
  let judgedMs = 0;
  const ongoing = (): Silence | null => (silences.at(-1)?.endedAt === null ? silences.at(-1)! : null);

  for (let minute = world.from; minute < world.to; minute += MINUTE_MS) {
    const now = minute + MINUTE_MS + 50;
    const beats = stream.minute(minute);
    if (world.collector(minute) === 'stopped') {
      minutes = null;
      continue;
    }
    minutes ??= createMinutes(minute, minute);
    for (const beat of beats)
      if (world.arrives(beat) && passes(beat)) {
        const leaving = beat.leaving || world.leaves(beat);
        members.hear(heartbeatOf({ ...beat, leaving }), Math.floor(beat.at));
      }
    const tick = minutes.tick(now, now);
    if (tick === null) continue;
    const [group] = countMembers(members.all(), {
      now,
      listeningSince: tick.listeningSince,
      ownerOf: () => owner,
      silentSince: () => ongoing()?.onset.before ?? null,
    }).filter((g) => g.group.region !== null && g.group.asn !== null);
    if (minute % HOUR_MS === 0) {
      learning.learn(minute, counts, silences);
      counts = counts.slice(-KEPT_MINUTES);
      members.forget(now - 14 * 24 * HOUR_MS);
    }
    if (group === undefined || group.active < MIN_ACTIVE) continue;
    const { active, overdue } = group;
    counts.push({ minute, active, overdue, observed: tick.observed });
    judgedMs += MINUTE_MS;
    const open = ongoing();
    if (!tick.observed || (open === null && overdue < SILENT_SHARE * active)) continue;
    const step = decideSilence({
      group: group.group,
      counts: counts.slice(-COUNTS_BACK_MINUTES),
      usual: learning.usual(minute, silences),
      open,
    });
    if (step.kind === 'ends') {
      // When a cut is over its members' journals come and confirm it; without one it stays unconfirmed.
      const cut = world.cuts.some((c) => c.from < step.endedAt && c.to > open!.openedAt);
      const state = cut ? 'shutdown_confirmed' : open!.state;
      silences[silences.length - 1] = { ...open!, state, endedAt: step.endedAt };
    }
    if (step.kind !== 'opens') continue;
    if (world.collector(minute) === 'deaf') {
      // It looks before it says something: its own line is down.
      counts[counts.length - 1] = { minute, active, overdue, observed: false };
      continue;
    }
    const { onset, openedAt } = step;
    const last = silences.at(-1);
    const again = last?.endedAt != null && rejoins(last.endedAt, onset.before);
    if (again) silences[silences.length - 1] = { ...last!, endedAt: null };
    else silences.push({ state: 'silence', onset, openedAt, endedAt: null });
    opened.push({ openedAt, onset, active: step.active, overdue: step.overdue, again });
  }
  return { opened, silences, judgedMs };
}
