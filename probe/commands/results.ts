/** `kuager results`: what was measured on this device in the last days. `kuager show ID`: one of them in full. */
import { explain, explainInterception } from '../../shared/judge/index.ts';
import { fold } from '../../shared/i18n/fold.ts';
import { isMessageId, message } from '../../shared/i18n/index.ts';
import type { Verdict } from '../../shared/model/index.ts';
import { EXIT, ProbeError } from '../errors.ts';
import { printable } from './print-result.ts';
import { languageOf } from './run-options.ts';
import { openState } from './state.ts';
import type { World } from './world.ts';

export interface ResultsFlags {
  readonly json?: boolean;
  readonly lang?: string;
}

const INDENT = '  ';
/** Digits of an id that a person types. */
const MIN_ID_CHARS = 6;

export async function resultsCommand(flags: ResultsFlags, world: World): Promise<number> {
  const lang = languageOf(flags.lang, world.locale);
  const state = await openState(world);
  await state.destroyExpired(world.now());
  for (const result of await state.results.list()) {
    const verdict = result.verdict as Verdict;
    if (flags.json === true)
      world.out(
        JSON.stringify({
          input: result.input,
          verdict,
          measurement_id: result.measurementId,
          day: result.day,
        }),
      );
    else
      world.out(
        `${result.day}  ${result.measurementId.slice(0, 12)}  ${message(lang, `outcome.${verdict.outcome}`)}  ${verdict.method ?? verdict.cause ?? ''}  ${printable(result.input)}`,
      );
  }
  return EXIT.ok;
}

export async function showCommand(id: string, flags: ResultsFlags, world: World): Promise<number> {
  const lang = languageOf(flags.lang, world.locale);
  const state = await openState(world);
  const found = (await state.results.list()).filter((r) => r.measurementId.startsWith(id));
  const [result] = found;
  if (id.length < MIN_ID_CHARS)
    throw new ProbeError(
      'BAD_ARGUMENT',
      `give at least ${MIN_ID_CHARS} digits of the id; \`kuager results\` lists them`,
    );
  if (result === undefined || found.length > 1)
    throw new ProbeError(
      'BAD_ARGUMENT',
      `no single result begins with "${id.slice(0, 64)}"; \`kuager results\` lists them`,
    );
  const verdict = result.verdict as Verdict;
  if (flags.json === true) {
    world.out(
      JSON.stringify({ input: result.input, verdict, measurement_id: result.measurementId, day: result.day }),
    );
    return EXIT.ok;
  }
  world.out(printable(result.input));
  world.out(`${message(lang, `outcome.${verdict.outcome}`)}  ${verdict.method ?? verdict.cause ?? ''}`);
  const tell = (text: string, indent = ''): void => {
    for (const line of fold(printable(text), world.terminal.columns - indent.length))
      world.out(indent + line);
  };
  tell(explain(verdict, lang));
  for (const line of explainInterception(verdict, lang)) tell(line, INDENT);
  for (const rule of verdict.rules) world.out(`  ${rule.id}: ${rule.outcome}, ${rule.evidence}`);
  for (const id_ of verdict.alternatives) {
    const key = `alternative.${id_}`;
    if (isMessageId(key)) tell(`? ${message(lang, key)}`, INDENT);
  }
  world.out(result.measurementId);
  return EXIT.ok;
}
