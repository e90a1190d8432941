/** A piece of work that one process does: worlds of one family. */
import type { Count } from './figures.ts';

export interface Job {
  /** For `--only`, and to name it to a process. */
  readonly id: string;
  /** How many worlds a full run takes. */
  readonly worlds: number;
  /** Takes so long that `--quick` leaves it out. */
  readonly slow?: true;
  readonly run: (seeds: readonly number[]) => readonly Count[] | Promise<readonly Count[]>;
}
