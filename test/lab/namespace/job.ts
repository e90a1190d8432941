import type { Verdict } from '../../../shared/model/index.ts';

/** What the runner tells the process inside, as `job.json`; the scenario lies beside it as `scenario.json`. */
export interface Job {
  readonly mode: 'run' | 'shell';
  readonly seed: number;
  /** Command and first arguments of the two programs. */
  readonly probe: readonly string[];
  readonly collector: readonly string[];
  /** For programs of the lab itself. */
  readonly script: readonly string[];
}

/** What the world says when it stands. */
export interface WorldReady {
  /** `view address port` → what a SYN there gets. */
  readonly dead: Record<string, 'refused' | 'silent'>;
  /** Id of the authority in `fingerprints.json`. */
  readonly knownAuthority: string;
}

export interface ProbeRun {
  readonly exitCode: number;
  /** Null when it printed no result. */
  readonly verdict: Verdict | null;
  readonly measurementId: string | null;
  readonly seconds: number;
  /** What a volunteer would have read. */
  readonly messages: readonly string[];
}

/** Written by the process inside as `result.json`. */
export interface InsideResult {
  readonly probes: readonly ProbeRun[];
  /** The collector's own verdicts by measurement id, once it had all. */
  readonly collector: Readonly<Record<string, Verdict>>;
  readonly knownAuthority: string;
  /** Packets that the path program took in, and its processor time. */
  readonly packets: number;
  readonly cpuSeconds: number;
  readonly setUpSeconds: number;
}
