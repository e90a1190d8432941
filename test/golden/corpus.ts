/** Every golden case by the id of its rule, read from the folder: a file that is there is a case. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GoldenCase } from './case.ts';

const FOLDER = join(import.meta.dirname, 'rules');

export interface NamedCase extends GoldenCase {
  readonly rule: string;
}

export const GOLDEN_CASES: readonly NamedCase[] = await Promise.all(
  readdirSync(FOLDER)
    .sort()
    .map(async (file) => {
      const { golden } = (await import(join(FOLDER, file))) as { golden: GoldenCase };
      return { rule: file.replace(/\.ts$/, ''), ...golden };
    }),
);

/** All documents, told apart by rule and side. */
export const GOLDEN_DOCUMENTS = GOLDEN_CASES.flatMap(({ rule, fires, lookAlike }) => [
  { name: `${rule}: ${fires.story}`, document: fires.document },
  { name: `${rule}, look-alike: ${lookAlike.story}`, document: lookAlike.document },
]);
