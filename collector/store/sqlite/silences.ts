/** Silence events: their part of beats.db. */
import type { Database } from 'better-sqlite3';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import type { BeatStore, KeptSilence } from '../beats.ts';
import type { SilenceFilter, SilenceReader } from '../events.ts';
import type { Statements } from './statements.ts';

const CONDITIONS: Readonly<Record<keyof SilenceFilter, string>> = {
  state: 'state = @state',
  ongoing: "(ended_at IS NULL AND state <> 'withdrawn') = @ongoing",
  since: '(ended_at IS NULL OR ended_at >= @since)',
  until: 'since < @until',
};
const KEYS = Object.keys(CONDITIONS) as (keyof SilenceFilter)[];

function where(filter: SilenceFilter): string {
  const given = KEYS.filter((key) => filter[key] !== undefined).map((key) => CONDITIONS[key]);
  return given.length === 0 ? '' : `WHERE ${given.join(' AND ')}`;
}

function values(filter: SilenceFilter): Record<string, string | number> {
  const out: Record<string, string | number> = {};
  for (const key of KEYS) {
    const value = filter[key];
    if (value !== undefined) out[key] = typeof value === 'boolean' ? Number(value) : value;
  }
  return out;
}

const toEvent = (row: unknown): SilenceEvent => JSON.parse((row as { event: string }).event) as SilenceEvent;

const toKept = (row: unknown): KeptSilence => ({
  event: toEvent(row),
  basis: (row as { basis: string }).basis,
});

type SilenceTable = SilenceReader & Pick<BeatStore, 'putSilence' | 'keptSilence' | 'silencesSince'>;

export function createSilenceTable(db: Database, sql: Statements): SilenceTable {
  return {
    silenceEvents: async (filter, page) =>
      db
        .prepare(
          `${sql.text('selectSilences')} ${where(filter)} ORDER BY ended_at IS NOT NULL, since DESC, event_id LIMIT @limit OFFSET @offset`,
        )
        .all({ ...values(filter), ...page })
        .map(toEvent),
    silenceEventCount: async (filter) =>
      (db.prepare(`${sql.text('countSilences')} ${where(filter)}`).get(values(filter)) as { count: number })
        .count,
    silenceEvent: async (id) => {
      const row = sql.get('silence').get(id);
      return row === undefined ? null : toEvent(row);
    },
    putSilence({ event, basis }) {
      const { id, state, onset, endedAt } = event;
      const text = JSON.stringify(event);
      sql.get('putSilence').run({ id, state, since: onset.after, endedAt, event: text, basis });
    },
    keptSilence: (id) => {
      const row = sql.get('silence').get(id);
      return row === undefined ? null : toKept(row);
    },
    silencesSince: (ended, limit) => sql.get('silencesSince').all({ ended, limit }).map(toKept),
  };
}
