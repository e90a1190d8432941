/** Files that a person named on the command line: read with a bound, written without overwriting by accident. */
import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ProbeError, type ProbeErrorCode } from '../errors.ts';

const MEBIBYTE = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** Why a file can’t be used, in one clause. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'no right to open it',
    EEXIST: 'a file of that name is in the way',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
  };
  return known[code] ?? (code === '' ? 'it can’t be used' : code);
}

/** Everything up to the end; null when there is more than `maxBytes`. A pipe or a device doesn't say its size. */
async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
    if (bytesRead === 0) return new Uint8Array(Buffer.concat(chunks));
    length += bytesRead;
    if (length > maxBytes) return null;
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

export async function readNamedFile(
  path: string,
  maxMebibytes: number,
  code: ProbeErrorCode,
): Promise<Uint8Array> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, 'r');
    const bytes = await readUpTo(handle, maxMebibytes * MEBIBYTE);
    if (bytes === null) throw new ProbeError(code, `${path}: larger than ${maxMebibytes} MiB`);
    return bytes;
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    throw new ProbeError(code, `${path}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await handle?.close();
  }
}

export async function readNamedText(
  path: string,
  maxMebibytes: number,
  code: ProbeErrorCode,
): Promise<string> {
  return new TextDecoder().decode(await readNamedFile(path, maxMebibytes, code));
}

/** Makes the folder and proves that it can be written, before anything is measured. */
export async function prepareOutputFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const path = join(folder, '.kuager-write-test');
    const handle = await open(path, 'w');
    await handle.close();
    const { unlink } = await import('node:fs/promises');
    await unlink(path);
  } catch (error) {
    throw new ProbeError(
      'OUTPUT_NOT_WRITABLE',
      `${folder}: ${reasonOf(error)}; choose another folder with --out`,
      {
        cause: error,
      },
    );
  }
}

export async function writeOutput(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(join(folder, name), bytes);
  } catch (error) {
    throw new ProbeError('OUTPUT_NOT_WRITABLE', `${join(folder, name)}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
