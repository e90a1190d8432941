import { describeKeys, loadKeys, trustFile } from '../archive/keys.ts';
import { existsSync, writeFileSync } from 'node:fs';
import { CollectorError } from '../errors.ts';
import type { CommandIo, GlobalFlags } from './io.ts';

/** `keys`: the public halves, for comparing. Throws KEYS_MISSING, KEYS_DAMAGED. */
export function keysCommand(data: string, flags: GlobalFlags, io: CommandIo): void {
  const keys = loadKeys(data);
  if (flags.json) io.out(JSON.stringify(trustFile(keys)));
  else describeKeys(keys).forEach(io.out);
}

/** `keys trust --out FILE`: what verifiers need. Throws OUT_EXISTS, OUT_UNWRITABLE. */
export function trustCommand(data: string, out: string, force: boolean, io: CommandIo): void {
  const keys = loadKeys(data);
  if (existsSync(out) && !force) throw new CollectorError('OUT_EXISTS', `${out} exists`);
  try {
    writeFileSync(out, `${JSON.stringify(trustFile(keys), null, 1)}\n`, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('OUT_UNWRITABLE', detail, { cause: error });
  }
  io.out(`${out}: hand it to verifiers by another way than the bundles`);
}
