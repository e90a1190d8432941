/** One file of the operator's, read again when it is another one. Bounded, and never waiting: a pipe is no file. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export type FileRead =
  | { readonly kind: 'same' }
  | { readonly kind: 'read'; readonly version: string; readonly text: string }
  | { readonly kind: 'bad'; readonly version: string; readonly problem: string };

/** `known`: the version that was read last. `bad` once for each version; a file that can't be opened has the error as its version. */
export async function readIfChanged(path: string, maxBytes: number, known: string | null): Promise<FileRead> {
  const bad = (version: string, problem: string): FileRead =>
    version === known ? { kind: 'same' } : { kind: 'bad', version, problem };
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      const version = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
      if (version === known) return { kind: 'same' };
      if (!stat.isFile()) return bad(version, 'it is no file');
      if (stat.size > maxBytes) return bad(version, `it has more than ${maxBytes} bytes`);
      const bytes = Buffer.alloc(stat.size);
      const { bytesRead } = await handle.read(bytes, 0, stat.size, 0);
      return { kind: 'read', version, text: bytes.toString('utf8', 0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return bad(problem, problem);
  }
}
