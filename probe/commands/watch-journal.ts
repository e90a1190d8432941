/** The outage journal of an unattended probe: when it is begun, when another line begins another one, when it is handed over. */
import type { LineOfMember } from '../../shared/model/index.ts';
import { looksIn, type Look, type Moment } from '../watch/journal.ts';
import type { Members } from './member.ts';
import type { RunSettings } from './run-options.ts';
import type { Voice } from './voice.ts';
import type { WatchPrinter } from './watch-print.ts';
import type { WatchState } from './watch-state.ts';

export interface JournalKeeper {
  /** Durable when it returns. */
  keep(look: Look): Promise<void>;
  over(): Promise<void>;
  /** Something beyond the router answered at the last look, or none was needed. */
  lineThere(): boolean;
}

export function createJournalKeeper(parts: {
  readonly watchState: WatchState;
  readonly members: Members;
  readonly voice: Voice;
  readonly print: WatchPrinter;
  readonly clock: () => Moment;
  readonly settings: RunSettings;
  /** Of the member that spoke last. */
  readonly lastLine: () => LineOfMember | null;
}): JournalKeeper {
  const { watchState, members, voice, print, clock, settings, lastLine } = parts;
  let there = true;
  let lineKey: string | null = null;

  const end = async (over: boolean): Promise<void> => {
    const journal = watchState.journal();
    const clockOffsetMinutes = over && journal !== null ? await voice.clockOffset(journal.beginning) : null;
    await watchState.endJournal({ ...clock(), clockOffsetMinutes, over });
    const looks = looksIn(watchState.journal()?.stretches ?? []);
    print.event('outage_over', { looks, over }, { id: 'outage_over', values: { looks } });
    await voice.handOver();
  };

  return {
    lineThere: () => there,
    async keep(look) {
      const { reach } = look;
      there = reach.domestic === 'up' || reach.foreign === 'up';
      const key = members.lineKey();
      // Without a next hop nobody can say that it is another line.
      const moved = lineKey !== null && key !== lineKey && reach.gateway !== 'down';
      if (watchState.journal() !== null && moved) await end(false);
      if (reach.gateway !== 'down') lineKey = key;
      if (watchState.journal() === null) {
        const { vantage, region } = settings;
        const { cc, asn, networkType: access } = vantage;
        const line = moved ? null : lastLine();
        await watchState.beginJournal({ line: line ?? { cc, asn, access, region }, at: look.wall });
        print.event('outage_began', {}, { id: 'outage_began' });
      }
      await watchState.keepLook(look);
      print.event('look', { ...reach });
    },
    async over() {
      there = true;
      lineKey = null;
      await end(true);
    },
  };
}
