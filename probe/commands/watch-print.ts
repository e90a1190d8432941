/** What an unattended probe prints: with --json one object an event on stdout, else few lines for a person on stderr. */
import { fold } from '../../shared/i18n/fold.ts';
import { watchMessage, type WatchMessageId } from '../../shared/i18n/watch.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

export interface WatchPrinter {
  /** `quiet`: a machine wants it, a person doesn't. */
  event(
    name: string,
    facts: Readonly<Record<string, string | number | boolean | null>>,
    said?: { readonly id: WatchMessageId; readonly values?: Readonly<Record<string, string | number>> },
  ): void;
}

export function watchPrinter(
  { json, language }: Pick<RunSettings, 'json' | 'language'>,
  world: World,
): WatchPrinter {
  let last: string | null = null;
  return {
    event(name, facts, said) {
      if (json) world.out(JSON.stringify({ event: name, ...facts }));
      else if (said !== undefined) {
        const text = watchMessage(language, said.id, said.values);
        // Every five minutes the same line tells nobody anything.
        if (text === last) return;
        last = text;
        for (const line of fold(text, world.terminal.columns)) world.err(line);
      }
    },
  };
}
