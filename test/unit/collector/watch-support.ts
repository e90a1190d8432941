/** Heartbeats, journals and a collector whose minutes a test turns by hand. */
import { randomBytes } from 'node:crypto';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../../shared/codec/dsse.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { hpkeKeyId, sealTo } from '../../../shared/codec/sealed.ts';
import type { Heartbeat, JournalSpan, LineOfMember, OutageJournal } from '../../../shared/model/index.ts';
import { emptyUsual, foldHour } from '../../../collector/detect/silence/usual.ts';
import { groupKey, groupsOf } from '../../../collector/member-groups.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import type { CollectorOptions, RunningCollector } from '../../../collector/serve.ts';
import { startTestCollector } from './support.ts';

export const MINUTE_MS = 60_000;
/** A Wednesday, noon in Almaty. */
export const START = Date.parse('2026-11-18T07:00:30Z');

export const seedOf = (n: number): Uint8Array => {
  const seed = new Uint8Array(32).fill(1);
  new DataView(seed.buffer).setUint32(0, n);
  return seed;
};
const keys = new Map<number, string>();
export function keyOf(n: number): string {
  const key = keys.get(n) ?? toBase64(publicKeyOf(seedOf(n)));
  keys.set(n, key);
  return key;
}

/** As testlists/networks.csv has it. */
const OWNER = 'Kazakhtelecom';
export const LINE: LineOfMember = { cc: 'KZ', asn: 'AS9198', access: 'fixed', region: 'KZ-75' };

export function heartbeat(n: number, sequence: number, more: Partial<Heartbeat> = {}): Heartbeat {
  const { cc, asn, access, region } = LINE;
  return {
    kind: 'heartbeat',
    x_key: keyOf(n),
    cc,
    asn,
    access,
    region,
    period_s: 300,
    sequence,
    leaving: false,
    ...more,
  };
}

export const minuteText = (ms: number): string =>
  `${new Date(Math.floor(ms / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16)}:00Z`;

/** One stretch from `from` to `to`, as its monotonic clock has it too. */
export function span(
  from: number,
  to: number,
  sealed: number,
  seen: Partial<Pick<JournalSpan, 'gateway' | 'domestic' | 'foreign' | 'dns' | 'collector'>>,
): JournalSpan {
  return {
    from: minuteText(from),
    to: minuteText(to),
    from_age_s: Math.round((sealed - from) / 1000),
    to_age_s: Math.round((sealed - to) / 1000),
    looks: Math.max(1, Math.round((to - from) / MINUTE_MS)),
    gateway: 'up',
    domestic: 'up',
    foreign: 'up',
    dns: 'up',
    collector: 'up',
    ...seen,
  };
}

export function journal(
  n: number,
  sealed: number,
  spans: readonly JournalSpan[],
  more: Partial<OutageJournal> = {},
): OutageJournal {
  const { cc, asn, access, region } = LINE;
  return {
    kind: 'journal',
    x_key: keyOf(n),
    cc,
    asn,
    access,
    region,
    sealed_at: minuteText(sealed),
    clock_offset_minutes: 0,
    over: true,
    spans,
    ...more,
  };
}

/** The signed envelope's JSON. */
export function signNote(note: Heartbeat | OutageJournal, seed: Uint8Array): string {
  const payloadType = PAYLOAD_TYPES[note.kind];
  return signEnvelope({ payloadType, payload: utf8(JSON.stringify(note)), seed });
}

export function sealNote(
  hpkeKey: Uint8Array,
  envelope: string,
  replyKey: Uint8Array | null = new Uint8Array(32).fill(9),
): Uint8Array {
  const reply = replyKey === null ? '' : `,"reply_key":"${toBase64(replyKey)}"`;
  return sealTo({
    keyid: hpkeKeyId(hpkeKey),
    hpkeKey,
    plaintext: utf8(`{"envelope":${envelope}${reply}}`),
    ephemeralSeed: new Uint8Array(randomBytes(32)),
  });
}

const HOUR_MS = 60 * MINUTE_MS;
const WEEK_HOURS = 7 * 24;

/** A folder whose groups were watched for a week, in which a member now and then was late. */
export function learnAWeek(folder: string, until: number, active: number): void {
  const store = openBeats({ folder });
  try {
    const first = Math.floor(until / HOUR_MS) * HOUR_MS - WEEK_HOURS * HOUR_MS;
    let table = emptyUsual();
    for (let hour = first; hour < first + WEEK_HOURS * HOUR_MS; hour += HOUR_MS) {
      const counts = Array.from({ length: 60 }, (_, i) => {
        const minute = hour + i * MINUTE_MS;
        return { minute, active, overdue: i % 20 === 0 ? 1 : 0, observed: true };
      });
      table = foldHour(table, hour, counts, []);
    }
    const learnt = JSON.stringify(table);
    store.putLearnt(groupsOf(LINE, OWNER).map((group) => ({ key: groupKey(group), learnt })));
  } finally {
    store.close();
  }
}

/** Both clocks of a collector, in a test's hands. */
export function testClock(start = START) {
  let wall = start;
  let monotonic = 0;
  return {
    nowMs: () => wall,
    monotonicMs: () => monotonic,
    /** Time passes. */
    pass(ms: number) {
      wall += ms;
      monotonic += ms;
    },
    /** Somebody sets the wall clock. */
    set(ms: number) {
      wall += ms;
    },
  };
}
export type TestClock = ReturnType<typeof testClock>;

export interface WatchedCollector {
  readonly collector: RunningCollector;
  send(note: Heartbeat | OutageJournal, seed: Uint8Array): Promise<Response>;
  close(): Promise<void>;
}

export async function startWatched(
  data: string,
  clock: TestClock,
  more: Partial<CollectorOptions> = {},
): Promise<WatchedCollector> {
  const collector = await startTestCollector(data, {
    nowMs: clock.nowMs,
    monotonicMs: clock.monotonicMs,
    ...more,
  });
  return {
    collector,
    send: (note, seed) =>
      fetch(`${collector.url}/api/v1/submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.kuager.sealed' },
        body: Buffer.from(sealNote(collector.keys.hpke.publicKey, signNote(note, seed))),
      }),
    close: () => collector.close(),
  };
}
