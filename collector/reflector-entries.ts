/** Reflectors run by others, which this collector names in its descriptor and whose pairs count when it judges. */
import { readFileSync } from 'node:fs';
import type { ReflectorDescriptor } from '../shared/model/index.ts';
import { readReflector } from '../shared/schema/reflector.ts';
import { CollectorError } from './errors.ts';

/** As probes read a descriptor: longer lists are refused there. The collector's own reflector is one of them. */
const MAX_REFLECTORS = 64;

function readEntry(path: string): ReflectorDescriptor {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `--reflector-descriptor: ${detail}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CollectorError('REFLECTOR_ENTRY_INVALID', `${path} is not JSON`, { cause: error });
  }
  const reading = readReflector(value);
  if ('bad' in reading)
    throw new CollectorError(
      'REFLECTOR_ENTRY_INVALID',
      `${path}: missing or malformed: ${reading.bad.join(', ')}`,
    );
  // A probe without address or key can't use it, and nobody would notice.
  const empty = (['addresses', 'spkiSha256'] as const).filter((field) => reading.ok[field].length === 0);
  if (empty.length > 0)
    throw new CollectorError('REFLECTOR_ENTRY_INVALID', `${path}: empty: ${empty.join(', ')}`);
  return reading.ok;
}

/** Files as `kuager-collector reflector` prints them. Throws FILE_UNREADABLE or REFLECTOR_ENTRY_INVALID. */
export function readReflectorEntries(paths: readonly string[]): readonly ReflectorDescriptor[] {
  if (paths.length >= MAX_REFLECTORS)
    throw new CollectorError('REFLECTOR_ENTRY_INVALID', `more than ${MAX_REFLECTORS - 1} reflectors`);
  return paths.map(readEntry);
}

/** Pairs name their reflector, so two of one name could not be told apart. Throws REFLECTOR_ENTRY_INVALID. */
export function requireDistinctNames(reflectors: readonly ReflectorDescriptor[]): void {
  const seen = new Set<string>();
  for (const { name } of reflectors) {
    if (seen.has(name.toLowerCase()))
      throw new CollectorError('REFLECTOR_ENTRY_INVALID', `two reflectors are called ${name}`);
    seen.add(name.toLowerCase());
  }
}
