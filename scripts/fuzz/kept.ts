/** Cases that once failed, as files: bytes, not seeds, so that they outlive changes to how cases are made. */
import type { FuzzCase } from './make-case.ts';

interface Kept {
  /** What was wrong. */
  readonly problem: string;
  readonly edits: readonly string[];
  /** Base64 of DER. */
  readonly chain: readonly string[];
  readonly host: string | null;
  readonly at: number;
}

export function keptCase({ edits, chain, host, at }: FuzzCase, problem: string): string {
  const kept: Kept = {
    problem,
    edits,
    chain: chain.map((der) => Buffer.from(der).toString('base64')),
    host,
    at,
  };
  return `${JSON.stringify(kept, null, 2)}\n`;
}

export function readKept(text: string): FuzzCase {
  const { edits, chain, host, at } = JSON.parse(text) as Kept;
  return { edits, chain: chain.map((each) => new Uint8Array(Buffer.from(each, 'base64'))), host, at };
}
