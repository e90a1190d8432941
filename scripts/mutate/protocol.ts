/** What the runner (in Stryker's child process) and the thread that holds the tests say to each other. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';

export const CHANNEL = 'kuager-mutate';

/** Why a mutant of no sample has no result. */
export const NOT_DRAWN = 'not drawn';

/** What a mutant is known by from run to run. */
export interface Place {
  readonly fileName: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
  readonly mutatorName: string;
  readonly replacement?: string | undefined;
}

/** The same mutants each time, as long as they stand where they stand. */
export function isDrawn(
  { fileName, location, mutatorName, replacement = '' }: Place,
  percent: number,
): boolean {
  const { line, column } = location.start;
  const text = JSON.stringify([basename(fileName), line, column, mutatorName, replacement]);
  return (100 * createHash('sha256').update(text).digest().readUInt32BE()) / 2 ** 32 < percent;
}

/** Mutant id → how often it was reached. */
export type Hits = Record<string, number>;

export interface Mutant {
  readonly id: string;
  /** Ids of the tests that reach it. */
  readonly tests: readonly string[];
  /** A loop that a mutant made endless ends here. Null: no limit. */
  readonly hitLimit: number | null;
}

export interface TestOutcome {
  readonly id: string;
  readonly ms: number;
  /** Null when it passed. */
  readonly failure: string | null;
}

export type Request =
  | { readonly ask: 'first-run' }
  | { readonly ask: 'mutant'; readonly mutant: Mutant }
  | { readonly ask: 'stop' };

export type Reply =
  | { readonly tell: 'ready' }
  | {
      readonly tell: 'first-run';
      readonly tests: readonly TestOutcome[];
      readonly reached: { readonly static: Hits; readonly perTest: Readonly<Record<string, Hits>> };
    }
  | {
      readonly tell: 'mutant';
      readonly ran: number;
      readonly killer: TestOutcome | null;
      readonly endless: boolean;
      /** The test that failed goes on failing without the mutant: nothing in this thread can be relied on any more. */
      readonly spoilt: boolean;
    };
