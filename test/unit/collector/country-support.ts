/** Members of several networks and regions, and the collector's heartbeats with real databases, minute by minute. */
import { explainSilenceAlert } from '../../../collector/explain-silence.ts';
import { keepBeats, type KeptBeats } from '../../../collector/keep-beats.ts';
import { emptyUsual, foldHour } from '../../../collector/detect/silence/usual.ts';
import { groupKey, groupsOf } from '../../../collector/member-groups.ts';
import type { Alert } from '../../../collector/store/alerts.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import type { LineOfMember, OutageJournal, SilenceEvent } from '../../../shared/model/index.ts';
import { temporaryFolder } from './support.ts';
import { journal, MINUTE_MS, span, START } from './watch-support.ts';

const HOUR_MS = 60 * MINUTE_MS;
/** A week, and the little of it that fades. */
const WEEK_HOURS = 7 * 24 + 1;
/** After the minute, as the collector's timer comes. */
const TICK_MS = 50;
const MAX_ALERTS = 500;

export interface Line {
  readonly asn: number;
  readonly access: 'mobile' | 'fixed';
  readonly region: string;
  readonly count: number;
  /** Minutes. */
  readonly period?: number;
}
const OWNERS: Readonly<Record<number, string>> = { 9198: 'A', 29355: 'A', 21299: 'B', 48503: 'C' };
const lineOf = ({ asn, access, region }: Line): LineOfMember => ({
  cc: 'KZ',
  asn: `AS${asn}`,
  access,
  region,
});

/** A week in which a member of each group now and then was late. */
function learn(store: ReturnType<typeof openBeats>, lines: readonly Line[]): void {
  const sizes = new Map<string, number>();
  for (const line of lines)
    for (const group of groupsOf(lineOf(line), OWNERS[line.asn] ?? null)) {
      const key = groupKey(group);
      sizes.set(key, (sizes.get(key) ?? 0) + line.count);
    }
  const first = Math.floor(START / HOUR_MS) * HOUR_MS - WEEK_HOURS * HOUR_MS;
  const learnt = new Map<number, string>();
  const tableOf = (active: number): string => {
    let table = emptyUsual();
    for (let hour = first; hour < first + WEEK_HOURS * HOUR_MS; hour += HOUR_MS) {
      const counts = Array.from({ length: 60 }, (_, i) => ({
        minute: hour + i * MINUTE_MS,
        active,
        overdue: i % 20 === 0 ? 1 : 0,
        observed: true,
      }));
      table = foldHour(table, hour, counts, []);
    }
    const text = JSON.stringify(table);
    learnt.set(active, text);
    return text;
  };
  store.putLearnt([...sizes].map(([key, n]) => ({ key, learnt: learnt.get(n) ?? tableOf(n) })));
}

export interface Country {
  readonly now: () => number;
  /** `cut`: lines of which nothing comes through but from the first `heard` members. */
  live(minutes: number, cut?: (line: Line) => boolean, heard?: number): Promise<void>;
  /** Journals of these lines' first members: cut off from `from` to now. */
  journals(from: number, lines: (line: Line) => boolean, members: number): void;
  restart(awayMinutes: number): Promise<void>;
  events(): Promise<readonly SilenceEvent[]>;
  /** The oldest first. */
  alerts(): readonly { readonly state: string; readonly event: SilenceEvent }[];
  /** What does not follow again of what was announced. */
  unexplained(): readonly string[];
  close(): Promise<void>;
}

/** `known`: its groups were watched for a week. */
export function openCountry(lines: readonly Line[], known = true): Country {
  const folder = temporaryFolder();
  let now = START - (START % MINUTE_MS);
  const faults: unknown[] = [];
  const first = openBeats({ folder: folder.path });
  if (known) learn(first, lines);
  first.close();
  const open = () => {
    const store = openBeats({ folder: folder.path });
    const archive = openArchive({ folder: folder.path });
    const beats: KeptBeats = keepBeats({
      store,
      alerts: archive,
      nowMs: () => now,
      monotonicMs: () => now,
      ownerOf: (asn) => OWNERS[asn] ?? null,
      ownUplink: async () => 'up',
      onFault: (error) => void faults.push(error),
    });
    return { store, archive, beats };
  };
  let running = open();
  let notes = 0;
  const take = (note: Parameters<KeptBeats['take']>[1]): void => {
    running.beats.take(`${(notes += 1)}`.padStart(64, '0'), note);
    running.beats.heardSomebody();
  };
  const keyOf = (line: Line, member: number): string => JSON.stringify([line.asn, line.region, member]);
  const close = async (): Promise<void> => {
    await running.beats.close();
    running.store.close();
    running.archive.close();
  };
  const stored = (): readonly Alert[] =>
    running.archive.alerts({ kind: 'silence' }, { offset: 0, limit: MAX_ALERTS }).toReversed();

  return {
    now: () => now,
    async live(minutes, cut = () => false, heard = 0) {
      for (let i = 0; i < minutes; i += 1) {
        const minute = Math.round(now / MINUTE_MS);
        for (const line of lines)
          for (let member = 0; member < (cut(line) ? heard : line.count); member += 1) {
            const period = line.period ?? 5;
            if (minute % period !== member % period) continue;
            take({
              kind: 'heartbeat',
              x_key: keyOf(line, member),
              ...lineOf(line),
              period_s: period * 60,
              sequence: minute,
              leaving: false,
            });
          }
        now = (minute + 1) * MINUTE_MS + TICK_MS;
        await running.beats.tick();
        if (faults.length > 0) throw faults[0];
      }
    },
    journals(from, whose, members) {
      const down = { domestic: 'down', foreign: 'down', dns: 'down', collector: 'down' } as const;
      for (const line of lines.filter(whose))
        for (let member = 0; member < members; member += 1) {
          const note: OutageJournal = journal(1, now, [
            span(from - 10 * MINUTE_MS, from, now, {}),
            span(from, now, now, down),
          ]);
          take({ ...note, ...lineOf(line), x_key: keyOf(line, member) });
        }
    },
    async restart(awayMinutes) {
      await close();
      now += awayMinutes * MINUTE_MS;
      running = open();
    },
    events: () => running.store.silenceEvents({}, { offset: 0, limit: 100 }),
    alerts: () =>
      stored().map(({ state, inputs }) => ({
        state,
        event: (JSON.parse(inputs) as { event: SilenceEvent }).event,
      })),
    unexplained: () =>
      stored().flatMap((alert) =>
        explainSilenceAlert(alert, { archive: running.archive }).differences.map(
          (difference) => `${alert.state}: ${difference}`,
        ),
      ),
    async close() {
      await close();
      folder.remove();
    },
  };
}
