import { fromBase64, toBase64 } from './base64.ts';

/** Longest text that is searched: a full trust store is about 0.3 MB. */
const MAX_PEM_CHARS = 8 * 1024 * 1024;
const LINE_CHARS = 64;
const BEGIN = '-----BEGIN ';
const DASHES = '-----';

interface PemBlocks {
  readonly blocks: readonly Uint8Array[];
  /** One sentence per block that could not be decoded, with its running number among the blocks of this label. */
  readonly errors: readonly string[];
}

/**
 * The blocks of one label in a text (RFC 7468). Text between blocks (names, comments, other labels) is skipped, and line
 * breaks inside a block are free, but the base64 itself is read strictly.
 */
export function parsePem(text: string, label = 'CERTIFICATE'): PemBlocks {
  const blocks: Uint8Array[] = [];
  const errors: string[] = [];
  if (text.length > MAX_PEM_CHARS)
    return { blocks, errors: [`text longer than ${MAX_PEM_CHARS} characters`] };
  const begin = `${BEGIN}${label}${DASHES}`;
  const end = `${DASHES}END ${label}${DASHES}`;
  let number = 0;
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
    number += 1;
    at += begin.length;
    const stop = text.indexOf(end, at);
    const next = text.indexOf(BEGIN, at);
    if (stop < 0 || (next >= 0 && next < stop)) {
      errors.push(`block ${number} has no end`);
      continue;
    }
    const bytes = fromBase64(text.slice(at, stop).replace(/[ \t\r\n]+/g, ''));
    if (bytes === null || bytes.length === 0) errors.push(`block ${number} is not base64`);
    else blocks.push(bytes);
    at = stop + end.length;
  }
  return { blocks, errors };
}

/** Bytes → one block with its newline at the end. */
export function toPem(bytes: Uint8Array, label = 'CERTIFICATE'): string {
  const lines = toBase64(bytes).match(new RegExp(`.{1,${LINE_CHARS}}`, 'g')) ?? [];
  return `${BEGIN}${label}${DASHES}\n${lines.join('\n')}\n${DASHES}END ${label}${DASHES}\n`;
}
