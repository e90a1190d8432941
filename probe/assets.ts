import { readFileSync } from 'node:fs';

/** Set by the one-file build: path from the project's root → text. Absent when the sources run as they are. */
declare const __KUAGER_ASSETS__: Readonly<Record<string, string>> | undefined;

/** Text of a file that belongs to the program (lists, roots, fingerprints), by its path from the project's root. */
export function readAsset(path: string): string {
  if (typeof __KUAGER_ASSETS__ !== 'undefined') {
    const text = __KUAGER_ASSETS__[path];
    if (text === undefined) throw new Error(`the build left out ${path}`);
    return text;
  }
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** Lists that ship with the program; a result for a URL on one of them may be published. */
export const KNOWN_LISTS = {
  kz: 'testlists/lists/kz.csv',
  'global-min': 'testlists/lists/global-min.csv',
} as const;
export type KnownList = keyof typeof KNOWN_LISTS;
