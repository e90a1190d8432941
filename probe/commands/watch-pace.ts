/** How often heartbeats come, by what they are found to cost here; and the booking of what this process used. */
import { HEARTBEAT_PERIOD_SECONDS } from '../../shared/model/index.ts';
import { beatPeriod, learnBeatCost, type BeatCost } from '../watch/timing.ts';
import type { Uplink } from './uplink.ts';
import type { UsageBook } from './usage.ts';
import type { WatchSettings } from './watch-options.ts';
import type { WatchPrinter } from './watch-print.ts';

const DAYS_PER_MONTH = 30;
const DAY_MS = 24 * 60 * 60_000;
const BOOK_EVERY_MS = 60 * 60_000;
/** Link, IP and TCP headers of a packet, with the time stamps that most systems add. Bytes. */
const PACKET_HEADER_BYTES = 66;
/** Packets of a heartbeat on an open connection: question, answer, two acknowledgements, and what keeps it open meanwhile. */
const PACKETS_PER_BEAT = 8;
/** Packets that open and close a connection with TLS. */
const PACKETS_PER_CONNECTION = 16;

const NOTHING_YET: BeatCost = { beats: 0, mean: 0 };

export interface Pace {
  /** Seconds. */
  period(): number;
  /** A heartbeat was sent; its cost counts when it arrived. */
  sent(heard: boolean): void;
  book(all?: boolean): Promise<void>;
}

export function createPace(parts: {
  readonly settings: WatchSettings;
  readonly uplink: Uplink;
  readonly usage: UsageBook;
  readonly print: WatchPrinter;
  readonly now: () => number;
}): Pace {
  const { settings, uplink, usage, print, now } = parts;
  const { usual, sparing } = HEARTBEAT_PERIOD_SECONDS;
  let cost: BeatCost = NOTHING_YET;
  let begun = false;
  let sparingSince: number | null = null;
  let [seenBytes, seenConnections, packets] = [0, 0, 0];
  let [booked, bookedAt] = [0, now()];
  const total = (): number => uplink.bytesUsed() + packets * PACKET_HEADER_BYTES;

  const period = (): number => {
    if (settings.period !== null) return settings.period;
    // Each heartbeat of the long period opens a connection, so what it costs says nothing of the short one: tried again after a day.
    if (sparingSince !== null && Math.abs(now() - sparingSince) < DAY_MS) return sparing;
    if (sparingSince !== null) [cost, sparingSince] = [NOTHING_YET, null];
    if (beatPeriod(cost, settings.budget / DAYS_PER_MONTH) === usual) return usual;
    sparingSince = now();
    const minutes = sparing / 60;
    print.event('sparing', { period: sparing }, { id: 'sparing', values: { minutes } });
    return sparing;
  };

  const book = async (all = false): Promise<void> => {
    if (!all && Math.abs(now() - bookedAt) < BOOK_EVERY_MS) return;
    const bytes = total() - booked;
    [booked, bookedAt] = [total(), now()];
    if (bytes > 0) await usage.add({ what: 'watch', bytes, targets: 0 }, now());
  };

  return {
    period,
    book,
    sent(heard) {
      const connections = uplink.connections() - seenConnections;
      packets += PACKETS_PER_BEAT + connections * PACKETS_PER_CONNECTION;
      const bytes = total() - seenBytes;
      [seenBytes, seenConnections] = [total(), uplink.connections()];
      // Before the first one stands what a start costs, once.
      if (begun && heard && sparingSince === null) cost = learnBeatCost(cost, bytes);
      begun ||= heard;
    },
  };
}
