/** `kuager consent`: the risk text, always readable again; nothing is asked. */
import { riskTextLines } from '../consent/ask.ts';
import { EXIT } from '../errors.ts';
import { languageOf } from './run-options.ts';
import type { World } from './world.ts';

export function consentCommand(flags: { readonly lang?: string }, world: World): number {
  world.out(riskTextLines(languageOf(flags.lang)).join('\n\n'));
  return EXIT.ok;
}
