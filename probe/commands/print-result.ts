/** What a run prints: one line a target on stdout (JSON with --json), everything else on stderr. */
import { explain } from '../../shared/judge/index.ts';
import { fold } from '../../shared/i18n/fold.ts';
import { message } from '../../shared/i18n/index.ts';
import { runMessage, type RunMessageId } from '../../shared/i18n/run.ts';
import type { Outcome, Verdict } from '../../shared/model/index.ts';
import type { Delivery } from '../report/upload.ts';
import type { RunEnd } from '../run/run-targets.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

export interface PrintedResult {
  readonly input: string;
  readonly verdict: Verdict;
  readonly measurementId: string;
  /** False: it stays on this device. */
  readonly uploads: boolean;
}

/** A mark that also works without colour, and the ANSI colour where there is one. */
const MARKS: Readonly<Record<Outcome, readonly [mark: string, ansi: string]>> = {
  accessible: ['✓', '32'],
  interfered: ['✗', '31'],
  suspected: ['?', '33'],
  refused: ['–', '36'],
  down: ['–', '36'],
  local: ['!', '35'],
  insufficient: ['·', '90'],
};

const ESCAPES = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text that came from the network must not move the cursor or turn the line round. */
export function printable(text: string): string {
  return text.replace(ESCAPES, '�');
}

const INDENT = '    ';

/** What was said of an interceptor, the worst last. */
const MET = ['local', 'untrusted', 'unsure', 'trusted'] as const;
type Met = (typeof MET)[number];

function metHow({ cause }: Verdict, trusted: boolean | null): Met {
  // Whatever it is stands on this device, and nobody on the way is accused.
  if (cause === 'local_interception') return 'local';
  if (trusted === null) return 'unsure';
  return trusted ? 'trusted' : 'untrusted';
}

export function printer(settings: RunSettings, world: World, total: number) {
  let done = 0;
  let kept = 0;
  let worst: Met | null = null;
  let pauseSaid = false;
  const say = (id: RunMessageId, values: Readonly<Record<string, number>> = {}): string =>
    runMessage(settings.language, id, values);
  const counts = new Map<Outcome, number>();
  const paint = (text: string, ansi: string): string =>
    world.terminal.color ? `\u001b[${ansi}m${text}\u001b[0m` : text;
  return {
    result({ input, verdict, measurementId, uploads }: PrintedResult): void {
      done++;
      if (!uploads) kept++;
      counts.set(verdict.outcome, (counts.get(verdict.outcome) ?? 0) + 1);
      if (settings.json) {
        world.out(JSON.stringify({ input, verdict, measurement_id: measurementId }));
        return;
      }
      const [mark, ansi] = MARKS[verdict.outcome];
      const word = message(settings.language, `outcome.${verdict.outcome}`);
      const what = verdict.method ?? verdict.cause ?? '';
      world.out(
        `${paint(mark, ansi)} ${printable(input)}  ${paint(word, ansi)}${what === '' ? '' : ` (${what})`}`,
      );
      for (const line of fold(
        printable(explain(verdict, settings.language)),
        world.terminal.columns - INDENT.length,
      ))
        world.out(INDENT + line);
    },
    /** Certificates were replaced; `trusted` by this device or not, null: not known. The worst is said at the end. */
    intercepted(verdict: Verdict, trusted: boolean | null): void {
      const met = metHow(verdict, trusted);
      if (worst === null || MET.indexOf(met) > MET.indexOf(worst)) worst = met;
    },
    /** Reflectors are waited for: said to somebody who sits before it, in whole seconds. */
    waiting(seconds: number): void {
      if (settings.json || !world.terminal.interactive) return;
      world.err(say('reflectors_silent', { seconds: Math.ceil(seconds) }));
    },
    /** Silent addresses are left alone before the last try: said once, to somebody who sits before it. */
    pausing(seconds: number): void {
      if (settings.json || !world.terminal.interactive || pauseSaid) return;
      pauseSaid = true;
      world.err(say('address_silent', { seconds: Math.ceil(seconds) }));
    },
    end(end: RunEnd): void {
      const parts = [...counts].map(
        ([outcome, n]) => `${n} ${message(settings.language, `outcome.${outcome}`)}`,
      );
      if (!settings.json)
        world.err(`${say('measured', { done, total })}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`);
      if (worst !== null)
        for (const line of fold(say(`met.${worst}`), world.terminal.columns)) world.err(line);
      if (end.reason === 'time') world.err(say('left_time', { left: end.left }));
      if (end.reason === 'bytes') world.err(say('left_bytes', { left: end.left }));
      if (end.reason === 'stopped') world.err(say('left_stopped', { left: end.left }));
      if (kept > 0 && settings.upload) world.err(say('kept', { kept }));
    },
    delivery(delivery: Delivery): void {
      if (delivery.stopped !== null) world.err(delivery.stopped.line);
      if (delivery.refused > 0)
        world.err(
          `${delivery.refused} refused by the collector and set aside; the reason is in the spool’s folder refused`,
        );
      if (delivery.deferred > 0)
        world.err(`${delivery.deferred} of another network wait for the next upload`);
      if (!settings.json) {
        const { delivered, waiting } = delivery;
        world.err(say('delivered', { delivered, waiting }));
      }
    },
  };
}
