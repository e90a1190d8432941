/**
 * Carries alerts to channels: at least once, in their order. What a channel has been told is on the disk before the next
 * message goes, so that a crash repeats one message at most, under the same id.
 */
import { publishedAlert } from '../published-alert.ts';
import type { AlertReader } from '../store/alerts.ts';
import type { NotifyStore } from '../store/notify.ts';
import type { Channel } from './channel.ts';
import { HOUR_MS, nextStep } from './limits.ts';

/** How often the archive is asked for something new. Milliseconds. */
export const LOOK_EVERY_MS = 5_000;
/** Alerts that are looked at at once; what is behind them comes with the next message. */
const MAX_WAITING = 1_000;
/** After the first failure, doubled with each. Milliseconds. */
const RETRY_FIRST_MS = 30_000;
const RETRY_MOST_MS = HOUR_MS;
/** About a day of attempts: then what waits is given up, loudly, so that a receiver that refuses one alert gets the next. */
const MAX_ATTEMPTS = 30;

export interface NotifierOptions {
  readonly archive: AlertReader;
  readonly store: NotifyStore;
  readonly channels: readonly Channel[];
  readonly perHour: number;
  /** Without a final slash. */
  readonly publicUrl: () => string;
  readonly nowMs: () => number;
  /** What the operator must see. */
  readonly warn: (line: string) => void;
  readonly onFault: (error: unknown, what: string) => void;
}

export interface Notifier {
  /** Looks once at every channel and sends what is due; when it is done. */
  look(): Promise<void>;
  /** Ends what is being sent, or cuts it off. */
  stop(): Promise<void>;
}

/** Faults of ours count no higher than this: they alone never make a channel pass an alert over. */
const MAX_FAULTS = 8;

interface Trouble {
  readonly attempts: number;
  readonly notBefore: number;
}

const waitAfter = (attempts: number): number => Math.min(RETRY_FIRST_MS * 2 ** (attempts - 1), RETRY_MOST_MS);

export function createNotifier(options: NotifierOptions): Notifier {
  const { archive, store, channels, nowMs, warn } = options;
  const stopping = new AbortController();
  const troubles = new Map<string, Trouble>();
  const busy = new Map<string, Promise<void>>();

  channels.forEach(({ id }) => store.begin(id, archive.lastAlert()));

  const failed = (channel: Channel, why: string, lastId: number): void => {
    if (stopping.signal.aborted) return;
    const attempts = (troubles.get(channel.id)?.attempts ?? 0) + 1;
    if (attempts >= MAX_ATTEMPTS) {
      store.skipped(channel.id, lastId);
      troubles.delete(channel.id);
      warn(
        `${channel.label}: ${why}; given up after ${attempts} attempts, alerts up to ${lastId} were not sent there`,
      );
      return;
    }
    troubles.set(channel.id, { attempts, notBefore: nowMs() + waitAfter(attempts) });
    if (attempts === 1) warn(`${channel.label}: ${why}; it will be tried again`);
  };

  /** True: something was sent or passed over, and there may be more. */
  const step = async (channel: Channel): Promise<boolean> => {
    const now = nowMs();
    const progress = store.progress(channel.id, now - HOUR_MS);
    if (progress === null) return false;
    const rows = archive.alertsSince(progress.alertId, MAX_WAITING);
    const wanted = rows.filter(({ kind }) => channel.kinds.includes(kind));
    const last = rows.at(-1);
    if (wanted.length === 0) {
      if (last !== undefined) store.skipped(channel.id, last.id);
      return last !== undefined;
    }
    if ((troubles.get(channel.id)?.notBefore ?? 0) > now) return false;
    const next = nextStep(wanted, progress.sentAt, options.perHour, now);
    if (next.kind !== 'send') return false;
    const batch = wanted.slice(0, next.count);
    const lastId = batch.at(-1)?.id ?? progress.alertId;
    const alerts = batch.map(publishedAlert);
    const delivery = await channel.deliver({ alerts, publicUrl: options.publicUrl() }, stopping.signal);
    if (!delivery.ok) {
      failed(channel, delivery.why, lastId);
      return false;
    }
    store.told(channel.id, lastId, nowMs());
    if (troubles.delete(channel.id)) warn(`${channel.label}: it works again`);
    return true;
  };

  const serveChannel = async (channel: Channel): Promise<void> => {
    try {
      while (!stopping.signal.aborted && (await step(channel)));
    } catch (error) {
      // A fault of ours, the disk's or the database's: what waits is not given up for it.
      const attempts = (troubles.get(channel.id)?.attempts ?? 0) + 1;
      troubles.set(channel.id, {
        attempts: Math.min(attempts, MAX_FAULTS),
        notBefore: nowMs() + waitAfter(attempts),
      });
      options.onFault(error, `notifying ${channel.label}`);
    }
  };

  /** A slow receiver keeps nobody else waiting: each channel is served apart, and once at a time. */
  const start = (channel: Channel): Promise<void> => {
    const running = busy.get(channel.id);
    if (running !== undefined) return running;
    const work = serveChannel(channel).finally(() => busy.delete(channel.id));
    busy.set(channel.id, work);
    return work;
  };

  return {
    async look() {
      if (!stopping.signal.aborted) await Promise.all(channels.map(start));
    },
    async stop() {
      stopping.abort(new Error('the collector stops'));
      await Promise.all(busy.values());
    },
  };
}
