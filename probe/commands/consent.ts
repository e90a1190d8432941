/** `kuager consent`: the risk texts, of a run and of watching unattended, always readable again; nothing is asked. */
import { fold } from '../../shared/i18n/fold.ts';
import { riskTextLines } from '../consent/ask.ts';
import { WATCH_TEXTS } from '../consent/watch-text.ts';
import { EXIT } from '../errors.ts';
import { languageOf } from './run-options.ts';
import type { World } from './world.ts';

/** Wider lines are hard to read. */
const MAX_COLUMNS = 100;

export function consentCommand(flags: { readonly lang?: string }, world: World): number {
  const columns = Math.min(world.terminal.columns, MAX_COLUMNS);
  const language = languageOf(flags.lang, world.locale);
  const paragraphs = [...riskTextLines(language), ...riskTextLines(language, WATCH_TEXTS)];
  world.out(paragraphs.map((text) => fold(text, columns).join('\n')).join('\n\n'));
  return EXIT.ok;
}
