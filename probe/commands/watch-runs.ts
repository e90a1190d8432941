/** Measuring now and then, in a process that ends: which share of the list depends on what is left of the budget. */
import { EXIT } from '../errors.ts';
import { runShare, targetBytes, leftToday } from '../watch/budget.ts';
import { runGapMs } from '../watch/timing.ts';
import { randomFraction } from './random.ts';
import type { UsageBook } from './usage.ts';
import { runArguments, type WatchFlags, type WatchSettings } from './watch-options.ts';
import type { WatchPrinter } from './watch-print.ts';
import type { WatchState } from './watch-state.ts';
import type { RunProgram, World } from './world.ts';

/** The wall clock is looked at so often: a timer stands still while the device sleeps. Milliseconds. */
const STEP_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;

export interface RunsParts {
  readonly world: World;
  readonly flags: WatchFlags;
  readonly settings: WatchSettings;
  readonly collectorUrl: string;
  readonly runProgram: RunProgram;
  readonly watchState: WatchState;
  readonly usage: UsageBook;
  readonly print: WatchPrinter;
  readonly sleep: (ms: number) => Promise<boolean>;
  /** False: nothing beyond the router answers now, so there is nothing to measure. */
  readonly lineThere: () => boolean;
  readonly afterRun: () => Promise<void>;
}

async function sleepUntil(wall: number, { world, sleep }: RunsParts): Promise<boolean> {
  const began = world.now();
  for (;;) {
    const now = world.now();
    // Set back behind the beginning: it may be a year until then. Begin anew.
    if (now >= wall || now < began - STEP_MS) return !world.stop.aborted;
    if (!(await sleep(Math.min(STEP_MS, wall - now)))) return false;
  }
}

/** Of one line that the run prints; null: none of its results. */
function outcomeIn(line: string): string | null {
  try {
    const { verdict } = JSON.parse(line) as { readonly verdict?: { readonly outcome?: unknown } };
    return typeof verdict?.outcome === 'string' ? verdict.outcome : null;
  } catch {
    return null;
  }
}

async function measure(parts: RunsParts): Promise<void> {
  const { world, settings, usage, print, flags, collectorUrl } = parts;
  const now = world.now();
  const used = await usage.read(now);
  const rotate = runShare(settings.budget, used, now, DAY_MS / settings.everyMs);
  if (rotate < targetBytes(used)) {
    print.event('budget_used', { today: used.today, month: used.before + used.today }, { id: 'budget_used' });
    return;
  }
  const maxBytes = leftToday(settings.budget, used, now);
  print.event('run_started', { bytes: Math.floor(rotate), at_most: Math.floor(maxBytes) });
  let measured = 0;
  const out = (line: string): void => {
    const outcome = outcomeIn(line);
    if (outcome === null) return;
    measured++;
    if (settings.run.json) world.out(line);
  };
  const args = runArguments(flags, { collector: collectorUrl, rotate, maxBytes });
  const status = await parts.runProgram(args, { out, err: (line) => world.err(line) }, world.stop);
  if (world.stop.aborted) return;
  const failed = status !== 0 && status !== EXIT.notDelivered;
  if (failed)
    print.event('run_failed', { status }, { id: 'run_failed', values: { status: status ?? 'killed' } });
  else print.event('run_ended', { measured, status }, { id: 'run_ended', values: { measured } });
}

/** Returns when it is to stop. */
export async function keepMeasuring(parts: RunsParts): Promise<void> {
  const { world, settings, watchState } = parts;
  const random = (): number => randomFraction(world);
  for (;;) {
    const { lastRunAt } = watchState.times();
    const now = world.now();
    const gap = runGapMs({ everyMs: settings.everyMs, lastRunAt, now }, random);
    if (!(await sleepUntil(now + gap, parts))) return;
    // Kept before it begins: a run that takes the device down with it must not begin at every start.
    await watchState.setTimes({ lastRunAt: world.now() });
    if (!parts.lineThere()) continue;
    await measure(parts);
    if (world.stop.aborted) return;
    await parts.afterRun();
  }
}
