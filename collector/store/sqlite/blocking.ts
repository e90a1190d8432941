/** Votes and blocking events: their part of derived.db. */
import type { Database } from 'better-sqlite3';
import { createThinning, VOTING_OUTCOMES } from '../../../shared/judge/thin-votes.ts';
import type { BlockingEvent, CellNetwork, Vote } from '../../../shared/model/index.ts';
import type { BlockingFilter, VoteFilter } from '../events.ts';
import type { BlockingStore } from '../votes.ts';
import { loadStatements } from './statements.ts';

/** Written into the statement: a bound number is not a whole one to SQLite. */
const HOUR_MS = 3600 * 1000;
/** Votes read at a time. */
const READ_AT_ONCE = 5_000;
const QUERIES = 'collector/store/sqlite/blocking-queries.sql';

type VoteRow = Omit<Vote, 'network'> & Pick<CellNetwork, 'asn' | 'access'>;
const toVote = (row: unknown): Vote => {
  const { asn, access, ...rest } = row as VoteRow;
  return { ...rest, network: { asn, access } };
};
const toRow = ({ network, ...rest }: Vote): VoteRow => ({ ...rest, ...network });
const isSame = (a: VoteRow, b: VoteRow): boolean =>
  (Object.keys(a) as (keyof VoteRow)[]).every((key) => a[key] === b[key]);

const EVENT_CONDITIONS: Readonly<Record<keyof BlockingFilter, string>> = {
  state: 'state = @state',
  basis: 'basis = @basis',
  domain: 'domain = @domain',
  asn: "EXISTS (SELECT 1 FROM json_each(event, '$.episodes') WHERE value ->> '$.network.asn' = @asn)",
  since: '(until IS NULL OR until >= @since)',
  until: 'onset < @until',
};

function eventWhere(filter: BlockingFilter): string {
  const given = (Object.keys(EVENT_CONDITIONS) as (keyof BlockingFilter)[]).filter(
    (key) => filter[key] !== undefined,
  );
  return given.length === 0 ? '' : `WHERE ${given.map((key) => EVENT_CONDITIONS[key]).join(' AND ')}`;
}
const eventValues = (filter: BlockingFilter): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(filter).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );

function voteWhere({ network, asOf }: VoteFilter): string {
  return [
    'WHERE domain = @domain AND at >= @since AND at < @until',
    ...(network === undefined ? [] : ['asn = @asn AND access = @access']),
    ...(asOf === undefined ? [] : ['received_at <= @asOf']),
  ].join(' AND ');
}
const voteValues = ({
  domain,
  since,
  until,
  network,
  asOf,
}: VoteFilter): Record<string, string | number> => ({
  domain,
  since,
  until,
  ...(network === undefined ? {} : { asn: network.asn, access: network.access }),
  ...(asOf === undefined ? {} : { asOf }),
});

const toEvent = (row: unknown): BlockingEvent =>
  JSON.parse((row as { event: string }).event) as BlockingEvent;
/** Where it stands in lists, and which times find it. */
const placeOf = ({ onset, restored }: BlockingEvent) => ({
  onset: onset.before ?? onset.after ?? 0,
  until: restored === null ? null : (restored.before ?? restored.after),
});

export interface BlockingTables extends BlockingStore {
  /** Within the transaction that stores the entry: replaces its vote, and makes due what that changes. */
  put(index: number, vote: Vote | null): void;
  /** Entries below `size` whose vote has not been derived yet, ascending. */
  deriveAgain(size: number, limit: number): readonly number[];
}

export function createBlockingTables(db: Database): BlockingTables {
  const sql = loadStatements(db, QUERIES);
  const hasSay = `outcome IN (${VOTING_OUTCOMES.map((outcome) => `'${outcome}'`).join(', ')})`;

  /** A million domains that nobody, or one key alone, calls blocked cost no joining. */
  const makeDue = (domain: string): void => {
    const { yes } = sql.get('isContested').get({ domain }) as { yes: number };
    if (yes === 1) sql.get('insertBlockingDue').run(domain);
  };

  const selectVotes = (filter: VoteFilter, rest: string) =>
    db.prepare(`${sql.text('selectVotes')} ${voteWhere(filter)} ${rest}`);

  return {
    put(index, vote) {
      sql.get('deleteDeriveAgain').run(index);
      const before = sql.get('voteOfEntry').get(index) as VoteRow | undefined;
      const now = vote === null ? undefined : toRow(vote);
      if (before === undefined ? now === undefined : now !== undefined && isSame(before, now)) return;
      sql.get('deleteVote').run(index);
      if (now !== undefined) sql.get('insertVote').run({ index, ...now });
      if (now !== undefined) makeDue(now.domain);
      // It may have been the one that made the domain contested.
      if (before !== undefined) sql.get('insertBlockingDue').run(before.domain);
    },
    deriveAgain: (size, limit) =>
      (sql.get('deriveAgain').all({ size, limit }) as { index: number }[]).map(({ index }) => index),
    votes: async (filter, limit) =>
      selectVotes(filter, 'ORDER BY at DESC, measurement_id DESC LIMIT @limit')
        .all({ ...voteValues(filter), limit })
        .map(toVote)
        .reverse(),
    hourlyVotes: async (filter, limit) =>
      selectVotes(
        filter,
        `GROUP BY asn, access, at / ${HOUR_MS}, pseudonym, outcome, method ORDER BY at DESC, measurement_id DESC LIMIT @limit`,
      )
        .all({ ...voteValues(filter), limit })
        .map(toVote)
        .reverse(),
    decidingVotes: async (filter) => {
      const thinning = createThinning();
      const read = selectVotes(
        filter,
        `AND ${hasSay} AND (at, measurement_id) > (@at, @id) ORDER BY at, measurement_id LIMIT @limit`,
      );
      const bound = voteValues(filter);
      // No id is empty, so that the first moment is among them.
      let last = { at: filter.since, id: '' };
      for (;;) {
        const rows = read.all({ ...bound, ...last, since: last.at, limit: READ_AT_ONCE }).map(toVote);
        rows.forEach((row) => thinning.add(row));
        const end = rows.at(-1);
        if (end === undefined || rows.length < READ_AT_ONCE) return thinning.votes();
        last = { at: end.at, id: end.measurementId };
        // Requests are served in between.
        await new Promise(setImmediate);
      }
    },
    newestReceipt: async (domain, asOf) =>
      (sql.get('newestReceipt').get({ domain, asOf: asOf ?? null }) as { at: number | null }).at,
    dueDomains: async (limit) =>
      (sql.get('blockingDue').all(limit) as { domain: string }[]).map((row) => row.domain),
    putBlocking: async (domain, events, context) =>
      db
        .transaction(() => {
          sql.get('deleteBlockingEvents').run(domain);
          for (const event of events) {
            const { id, state, basis } = event;
            const row = { id, domain, state, basis, rank: state === 'open' ? 0 : 1, ...placeOf(event) };
            sql.get('putBlockingEvent').run({ ...row, context, event: JSON.stringify(event) });
          }
          sql.get('deleteBlockingDue').run(domain);
        })
        .immediate(),
    makeBlockingDue: async (exceptContext) => void sql.get('blockingDueForContext').run(exceptContext),
    markDomainsDue: async (domains) =>
      domains.forEach((domain) => void sql.get('insertBlockingDue').run(domain)),
    blockingEvents: async (filter, page) =>
      db
        .prepare(
          `${sql.text('selectBlockingEvents')} ${eventWhere(filter)} ORDER BY rank, onset DESC, event_id LIMIT @limit OFFSET @offset`,
        )
        .all({ ...eventValues(filter), ...page })
        .map(toEvent),
    blockingEventCount: async (filter) =>
      (
        db.prepare(`${sql.text('countBlockingEvents')} ${eventWhere(filter)}`).get(eventValues(filter)) as {
          count: number;
        }
      ).count,
    blockingEvent: async (id) => {
      const row = sql.get('blockingEvent').get(id);
      return row === undefined ? null : toEvent(row);
    },
  };
}
