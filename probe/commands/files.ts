/** Files that a person named on the command line: read with a bound, written without overwriting by accident. */
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProbeError, type ProbeErrorCode } from '../errors.ts';

const MEBIBYTE = 1024 * 1024;

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'no right to open it',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
  };
  return known[code] ?? (code === '' ? 'it can’t be used' : code);
}

export async function readNamedFile(
  path: string,
  maxMebibytes: number,
  code: ProbeErrorCode,
): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maxMebibytes * MEBIBYTE)
      throw new ProbeError(code, `${path}: larger than ${maxMebibytes} MiB`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    throw new ProbeError(code, `${path}: ${reasonOf(error)}`, { cause: error });
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
