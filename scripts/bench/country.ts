/**
 * Members of a whole country and the collector's real keeper of heartbeats: real databases, minute by minute on an injected
 * clock. Members who were cut off hand in their journals when they are heard again.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepBeats } from '../../collector/keep-beats.ts';
import { openArchive } from '../../collector/store/sqlite/archive.ts';
import { openBeats } from '../../collector/store/sqlite/beats.ts';
import type { JournalSpan, LineOfMember, OutageJournal, SilenceEvent } from '../../shared/model/index.ts';
import { createDraw, type Draw } from '../simulate/draw.ts';
import { MINUTE_MS } from '../simulate/habits.ts';
import { createBeatStream, createMembers, type Beat, type Member } from '../simulate/members.ts';
import { ALMATY, ASTANA, ATYRAU, type OutageStretch, type Replay } from '../simulate/outages.ts';
import { NETWORKS } from './networks.ts';

/** No disk to wait for, where there is one in memory. */
const MEMORY = '/dev/shm';
const MAX_EVENTS = 100;
/** Of those cut off, who runs a program that keeps a journal and hands it in. */
const JOURNAL_SHARE = 0.7;

const LINES: readonly (readonly [Omit<LineOfMember, 'cc' | 'region'>, string])[] = [
  [{ asn: 'AS9198', access: 'fixed' }, 'Kazakhtelecom'],
  [{ asn: 'AS21299', access: 'fixed' }, 'Kar-Tel'],
  [{ asn: 'AS29355', access: 'mobile' }, 'Kazakhtelecom'],
  [{ asn: 'AS21299', access: 'mobile' }, 'Kar-Tel'],
];
const REGIONS: readonly string[] = [ALMATY, ASTANA, ATYRAU];

function population(draw: Draw, { from, to }: Replay): readonly Member[] {
  return LINES.flatMap(([line, owner]) =>
    REGIONS.flatMap((region) =>
      createMembers(draw, {
        count: region === ATYRAU ? 6 : 9,
        line: { ...line, cc: 'KZ', region },
        owner,
        from,
        to,
        habits: ['always', 'always', 'phone'],
        periodsS: [300, 300, 900],
      }),
    ),
  );
}

const minuteOf = (at: number): string => new Date(Math.floor(at / MINUTE_MS) * MINUTE_MS).toISOString();

function journal(beat: Beat, stretch: OutageStretch, now: number): OutageJournal {
  const { gateway, domestic, foreign } = stretch.seen;
  const ages = {
    from_age_s: Math.round((now - stretch.from) / 1000),
    to_age_s: Math.round((now - stretch.to) / 1000),
  };
  const span: JournalSpan = {
    from: minuteOf(stretch.from),
    to: minuteOf(stretch.to),
    ...ages,
    looks: Math.round((stretch.to - stretch.from) / MINUTE_MS),
    gateway,
    domestic,
    foreign,
    dns: domestic,
    collector: 'down',
  };
  return {
    kind: 'journal',
    x_key: beat.pseudonym,
    ...beat.member.line,
    sealed_at: minuteOf(now),
    clock_offset_minutes: 0,
    over: true,
    spans: [span],
  };
}

export interface Observed {
  readonly events: readonly SilenceEvent[];
  /** The events as they stood at the moments asked for, in their order. */
  readonly at: readonly (readonly SilenceEvent[])[];
}

export async function replayCountry(replay: Replay, seed: number): Promise<Observed> {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'kuager-replay-'));
  const [store, archive] = [openBeats({ folder }), openArchive({ folder })];
  const draw = createDraw(seed, 6000);
  const members = population(draw, replay);
  const stream = createBeatStream(draw, members, replay.from);
  let now = replay.from;
  const faults: unknown[] = [];
  const beats = keepBeats({
    store,
    alerts: archive,
    nowMs: () => now,
    monotonicMs: () => now,
    ownerOf: (asn, at) => NETWORKS.ownerOf(asn, at),
    ownUplink: async () => 'up',
    onFault: (error) => void faults.push(error),
  });
  const owes = new Map<string, OutageStretch[]>();
  const keeps = new Map(members.map((m) => [m, draw.chance(JOURNAL_SHARE)]));
  let notes = 0;
  const take = (note: Parameters<typeof beats.take>[1]): void =>
    void beats.take(`${(notes += 1)}`.padStart(64, '0'), note);

  const hear = (beat: Beat): void => {
    const { member, pseudonym, at, sequence, leaving } = beat;
    const mine = replay.stretches.filter((s) => s.whom(member.line));
    const cut = mine.find((s) => at >= s.from && at < s.to);
    if (cut !== undefined && !draw.chance(cut.through)) {
      const known = owes.get(pseudonym) ?? [];
      if (keeps.get(member) === true && !known.includes(cut)) owes.set(pseudonym, [...known, cut]);
      return;
    }
    now = Math.floor(at);
    take({
      kind: 'heartbeat',
      x_key: pseudonym,
      ...member.line,
      period_s: member.periodS,
      sequence,
      leaving,
    });
    beats.heardSomebody();
    if (cut !== undefined) return;
    for (const stretch of owes.get(pseudonym) ?? []) take(journal(beat, stretch, now));
    owes.delete(pseudonym);
  };

  const at: (readonly SilenceEvent[])[] = [];
  const all = (): Promise<readonly SilenceEvent[]> =>
    store.silenceEvents({}, { offset: 0, limit: MAX_EVENTS });
  try {
    for (let minute = replay.from; minute < replay.to; minute += MINUTE_MS) {
      stream.minute(minute).forEach(hear);
      now = minute + MINUTE_MS + 50;
      await beats.tick();
      for (const { at: asked } of replay.says)
        if (asked >= minute && asked < minute + MINUTE_MS) at.push(await all());
    }
    if (faults.length > 0) throw faults[0];
    return { events: await all(), at };
  } finally {
    await beats.close();
    store.close();
    archive.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
