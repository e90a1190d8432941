import type { Verdict } from '../../../shared/model/index.ts';
import type { Line } from '../../scenarios/scenario.ts';
import type { ArchivedFacts } from '../archived.ts';

/** One measurement of a lab's scenario: the path forgets what was, and its line and random numbers are these. */
export interface Run {
  /** Of the numbers that decide which packets are lost. */
  readonly seed: number;
  /** Laid over the scenario's own line; the rest of the line is a matter of the network that is built once. */
  readonly line?: Pick<Line, 'delayMs' | 'kbitPerSecond' | 'loss'>;
}

/** The lab's programs, each as a command and its first arguments. */
export interface Programs {
  readonly probe: readonly string[];
  readonly collector: readonly string[];
  readonly inside: readonly string[];
  readonly world: readonly string[];
  readonly diary: readonly string[];
}

/** What the runner tells the process inside, as `job.json`; the scenario lies beside it as `scenario.json`. */
export interface Job {
  readonly mode: 'run' | 'shell';
  /** One after the other. */
  readonly runs: readonly Run[];
  readonly programs: Programs;
}

/** Line on standard output of the process inside: the lab is built, and its runs begin. */
export const STANDS = 'stands';

/** What the world says when it stands. */
export interface WorldReady {
  /** `view address port` → what a SYN there gets. */
  readonly dead: Record<string, 'refused' | 'silent'>;
}

export interface ProbeRun {
  readonly exitCode: number;
  /** Null when it printed no result. */
  readonly verdict: Verdict | null;
  readonly measurementId: string | null;
  /** Of the document that the collector keeps; null: not looked at, or it keeps none. */
  readonly archived: ArchivedFacts | null;
  readonly seconds: number;
  /** What a volunteer would have read. */
  readonly messages: readonly string[];
}

/** A line of JSON on standard output of the process inside, as each run ends. */
export interface RunResult {
  /** In `Job.runs`. */
  readonly index: number;
  readonly probes: readonly ProbeRun[];
  /** Packets that the path program took in, and its processor time. */
  readonly packets: number;
  readonly cpuSeconds: number;
  /** How much later than they were due packets went out: the latest of each hundred, milliseconds. */
  readonly lateMs: number;
}

/** Written by the process inside as `result.json` when all runs are over. */
export interface InsideResult {
  /** The collector's own verdicts by measurement id, once it had all. */
  readonly collector: Readonly<Record<string, Verdict>>;
  readonly setUpSeconds: number;
}
