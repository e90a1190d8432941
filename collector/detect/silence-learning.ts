/** What is usual of each group, learnt from its kept minutes hour by hour; a silence is what is not usual. */
import { parentsOf, groupKey } from '../member-groups.ts';
import type { MemberGroup } from '../../shared/model/index.ts';
import type { BeatStore } from '../store/beats.ts';
import { liesWithin } from './silence/extent.ts';
import { emptyUsual, FOLD_DELAY_MS, foldHour, leftOut } from './silence/usual.ts';
import type { UsualTable } from './silence/usual.ts';

const HOUR_MS = 3_600_000;
const MARK = 'learnt-until';
/** Hours that are learnt in one go; after a long time without the collector there is little in them. */
const MAX_HOURS_AT_ONCE = 24;
/** Silences of one hour that are left out of what is usual. */
const MAX_SILENCES = 1_000;

export interface SilenceLearning {
  /** The group's own table first, then its parents', the narrowest first; those never learnt of are empty. */
  tablesOf(group: MemberGroup): readonly UsualTable[];
  /** Learns the hours that are old enough; true: all of them. */
  learn(now: number): boolean;
}

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;

export function createSilenceLearning(store: BeatStore, startMs: number): SilenceLearning {
  const tables = new Map<string, UsualTable>(
    store.learnt().map(({ key, learnt }) => [key, JSON.parse(learnt) as UsualTable]),
  );
  const empty = emptyUsual();

  const learnHour = (hour: number): void => {
    const silences = store.silencesSince(hour, MAX_SILENCES).map(({ event }) => event);
    const rows = store.groupsIn(hour).map((group) => {
      const key = groupKey(group);
      const mine = silences.filter((e) => liesWithin(group, e.group) || liesWithin(e.group, group));
      const counts = store.counts(key, hour, hour + HOUR_MS);
      const table = foldHour(tables.get(key) ?? empty, hour, counts, leftOut(mine));
      tables.set(key, table);
      return { key, learnt: JSON.stringify(table) };
    });
    store.putLearnt(rows);
    store.setMark(MARK, String(hour + HOUR_MS));
  };

  return {
    tablesOf: (group) => [group, ...parentsOf(group)].map((g) => tables.get(groupKey(g)) ?? empty),
    learn(now) {
      const until = hourOf(now - FOLD_DELAY_MS);
      const mark = store.mark(MARK);
      // At first there is nothing older than this start.
      let next = mark === null ? hourOf(startMs) : Number(mark);
      // A clock that was wrong by years must not make the future the past.
      if (next > hourOf(now) + HOUR_MS) next = until;
      if (mark === null) store.setMark(MARK, String(next));
      for (let done = 0; next < until; next += HOUR_MS, done += 1) {
        if (done >= MAX_HOURS_AT_ONCE) return false;
        learnHour(next);
      }
      return true;
    },
  };
}
