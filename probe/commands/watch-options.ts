/** Flags of `kuager watch` → checked settings, and the flags that the runs it starts get. */
import { HEARTBEAT_PERIOD_SECONDS } from '../../shared/model/index.ts';
import { MONTHLY_BYTES } from '../watch/budget.ts';
import { RUN_EVERY_MINUTES } from '../watch/timing.ts';
import { integer, runSettings, type RunFlags, type RunSettings } from './run-options.ts';

export interface WatchFlags extends RunFlags {
  readonly budgetMb?: string;
  readonly anchors?: string;
  readonly period?: string;
  readonly every?: string;
}

export interface WatchSettings {
  readonly run: RunSettings;
  /** Bytes a month. */
  readonly budget: number;
  readonly anchorsFile: string | null;
  /** Seconds between heartbeats; null: as the budget allows. */
  readonly period: number | null;
  /** Mean time between runs, milliseconds. */
  readonly everyMs: number;
}

const MEGABYTE = 1e6;
const MAX_BUDGET_MB = 1_000_000;
const MINUTE_MS = 60_000;

export function watchSettings(flags: WatchFlags, locale: string): WatchSettings {
  const run = runSettings(flags, locale);
  const megabytes = integer('--budget-mb', flags.budgetMb, 1, MAX_BUDGET_MB);
  const { min, max } = HEARTBEAT_PERIOD_SECONDS;
  const every = integer('--every', flags.every, RUN_EVERY_MINUTES.min, RUN_EVERY_MINUTES.max);
  return {
    run,
    budget: megabytes === null ? MONTHLY_BYTES[run.vantage.networkType] : megabytes * MEGABYTE,
    anchorsFile: flags.anchors ?? null,
    period: integer('--period', flags.period, min, max),
    everyMs: (every ?? RUN_EVERY_MINUTES.usual) * MINUTE_MS,
  };
}

/** Flags of `run` by their name on the command line; the rest is watch's own, or said by it. */
const PASSED_ON = {
  url: '--url',
  inputFile: '--input-file',
  list: '--list',
  descriptor: '--descriptor',
  exclude: '--exclude',
  out: '--out',
  concurrency: '--concurrency',
  maxRuntime: '--max-runtime',
  resolver: '--resolver',
  doh: '--doh',
  control: '--control',
  reflector: '--reflector',
  extraRoot: '--extra-root',
  fingerprints: '--fingerprints',
  cc: '--cc',
  asn: '--asn',
  networkType: '--network-type',
  region: '--region',
  lang: '--lang',
} as const satisfies Partial<Record<keyof RunFlags, string>>;

/** The command line of one run. `rotate`, `maxBytes`: what it may take by estimate, and at most. */
export function runArguments(
  flags: WatchFlags,
  { collector, rotate, maxBytes }: { collector: string; rotate: number; maxBytes: number },
): readonly string[] {
  const args = ['run', '--json', '--collector', collector];
  for (const [key, flag] of Object.entries(PASSED_ON)) {
    const value = flags[key as keyof typeof PASSED_ON];
    const values: readonly string[] = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    // One word each: a value that begins with a dash would be taken for a flag.
    args.push(...values.map((text) => `${flag}=${text}`));
  }
  if (flags.upload === false) args.push('--no-upload');
  if (flags.publish === true) args.push('--publish');
  if (flags.risky === true) args.push('--risky');
  const own = flags.maxBytes === undefined ? Number.POSITIVE_INFINITY : Number(flags.maxBytes);
  const bytes = (n: number): string => String(Math.max(1, Math.floor(n)));
  return [...args, '--rotate', bytes(rotate), '--max-bytes', bytes(Math.min(own, maxBytes))];
}
