import { randomBytes } from 'node:crypto';
import { createPipeline } from '../pipeline.ts';
import { lockDataFolder } from '../store/sqlite/lock.ts';
import type { CommandIo, GlobalFlags } from './io.ts';
import { existsSync } from 'node:fs';
import { CollectorError } from '../errors.ts';
import { openFolder } from './store.ts';

export interface RebuildOptions {
  readonly data: string;
  /** Judge everything with the newest snapshots instead of those of each arrival. */
  readonly latest: boolean;
}

/** `rebuild`: derived.db anew from the archive. Throws DATA_IN_USE while a collector runs on the folder. */
export async function rebuildCommand(
  options: RebuildOptions,
  flags: GlobalFlags,
  io: CommandIo,
): Promise<void> {
  if (!existsSync(options.data))
    throw new CollectorError('DATA_MISSING', `there is no folder ${options.data}`);
  const lock = lockDataFolder(options.data);
  try {
    const folder = openFolder(options.data);
    try {
      const pipeline = createPipeline({
        ...folder,
        nowMs: Date.now,
        random: (n) => new Uint8Array(randomBytes(n)),
        onFault: (error, what) =>
          io.err(`${what}: ${error instanceof Error ? error.message : String(error)}`),
      });
      const judged = await pipeline.rebuild({ latest: options.latest });
      io.out(flags.json ? JSON.stringify({ judged }) : `${judged} measurement(s) judged again`);
    } finally {
      await folder.close();
    }
  } finally {
    lock.release();
  }
}
