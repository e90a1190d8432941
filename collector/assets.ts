import { readFileSync } from 'node:fs';

/** Set by the one-file build: path from the project's root → text. Absent when the sources run as they are. */
declare const __KUAGER_ASSETS__: Readonly<Record<string, string>> | undefined;

/**
 * Text of a file that belongs to the program (SQL, snapshots), by its path from the project's root, for example
 * `collector/store/sqlite/archive.sql`. Throws when there is no such file: that is a broken build, not bad input.
 */
export function readAsset(path: string): string {
  if (typeof __KUAGER_ASSETS__ !== 'undefined') {
    const text = __KUAGER_ASSETS__[path];
    if (text === undefined) throw new Error(`the build left out ${path}`);
    return text;
  }
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}
