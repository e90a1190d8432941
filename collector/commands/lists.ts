/**
 * `lists add-root`: an authority that intercepts, from its certificate into an operator's own list, in the form of
 * testlists/fingerprints/interception.json. What is on such a list accuses whoever uses that key, so it refuses whatever
 * may be somebody's ordinary certificate.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parsePem } from '../../shared/codec/pem.ts';
import { INTERCEPTION_FILE, ROOTS_FILE } from '../../shared/model/index.ts';
import { createRoots } from '../../shared/observe/chain/index.ts';
import {
  addAuthorities,
  readCandidates,
  type AddRefused,
  type Candidate,
} from '../../shared/rules/add-authority.ts';
import { readAsset } from '../assets.ts';
import { CollectorError } from '../errors.ts';
import type { CommandIo, GlobalFlags } from './io.ts';

/** In the folder of `serve --data`, which reads it. */
const OPERATOR_LIST = 'interception.json';
/** A certificate is some kilobytes, a list with a thousand authorities some megabytes. */
const MAX_PEM_BYTES = 1024 * 1024;
const MAX_LIST_BYTES = 8 * 1024 * 1024;
const DAY_LENGTH = 'YYYY-MM-DD'.length;

export interface AddRootFlags {
  readonly note: string;
  readonly source: string;
  readonly id?: string;
  readonly data?: string;
  readonly file?: string;
  /** All certificates of the PEM file are meant. */
  readonly all: boolean;
}

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function readBounded(path: string, maxBytes: number): string {
  try {
    const info = statSync(path);
    // A pipe or a device has no size, and may have no end.
    if (!info.isFile()) throw new Error(`${path} is no file`);
    if (info.size > maxBytes) throw new Error(`${path} is longer than ${maxBytes} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CollectorError('FILE_UNREADABLE', detailOf(error), { cause: error });
  }
}

/** Null: nothing is there. Throws FILE_UNREADABLE where that can't be told. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    // Below a file there is nothing either: what wants a folder there says so itself.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw new CollectorError('FILE_UNREADABLE', detailOf(error), { cause: error });
  }
}

/** The list in the folder of `serve --data`, unless it is named by hand as well; null: there is none. */
export function operatorList(data: string, named: readonly string[]): string | null {
  const path = join(data, OPERATOR_LIST);
  if (named.some((other) => resolve(other) === resolve(path))) return null;
  return statOf(path) === null ? null : readBounded(path, MAX_LIST_BYTES);
}

/** Where the list is: exactly one of the two flags says so. */
function listPath({ data, file }: AddRootFlags): string {
  if ((data === undefined) === (file === undefined))
    throw new CollectorError('USAGE', 'give either --data DIR or --file PATH');
  if (file !== undefined) return file;
  if (statOf(data!)?.isDirectory() !== true)
    throw new CollectorError('DIR_MISSING', `there is no folder ${data!}`);
  return join(data!, OPERATOR_LIST);
}

function refused({ refused: why, list }: AddRefused): CollectorError {
  return new CollectorError(list === true ? 'LIST_INVALID' : 'CERTIFICATE_REFUSED', why);
}

function candidatesIn(path: string, all: boolean): readonly Candidate[] {
  const { blocks, errors } = parsePem(readBounded(path, MAX_PEM_BYTES));
  if (errors[0] !== undefined) throw new CollectorError('CERTIFICATE_REFUSED', `${path}: ${errors[0]}`);
  if (blocks.length === 0) throw new CollectorError('CERTIFICATE_REFUSED', `${path}: no certificate in PEM`);
  if (blocks.length > 1 && !all)
    throw new CollectorError(
      'CERTIFICATE_REFUSED',
      `${path}: ${blocks.length} certificates; give one, or --all if each of them is meant`,
    );
  const read = readCandidates(blocks, {
    roots: createRoots(readAsset(ROOTS_FILE)),
    shipped: readAsset(INTERCEPTION_FILE),
  });
  if ('refused' in read) throw refused(read);
  return read;
}

/**
 * Whole or not at all: written beside, then moved into place. The file beside is the lock as well. `before` is what the
 * new text was made from.
 */
function replaceFile(path: string, make: (before: string | null) => string): void {
  const beside = `${path}.new`;
  let fd: number;
  try {
    fd = openSync(beside, 'wx', 0o644);
  } catch (error) {
    const detail =
      codeOf(error) === 'EEXIST'
        ? `${beside} exists: another add is under way, or was cut short`
        : detailOf(error);
    throw new CollectorError('OUT_UNWRITABLE', detail, { cause: error });
  }
  try {
    const text = make(statOf(path) === null ? null : readBounded(path, MAX_LIST_BYTES));
    try {
      writeSync(fd, text);
      fsyncSync(fd);
      renameSync(beside, path);
    } catch (error) {
      throw new CollectorError('OUT_UNWRITABLE', detailOf(error), { cause: error });
    }
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Throws USAGE, FILE_UNREADABLE, DIR_MISSING, CERTIFICATE_REFUSED, LIST_INVALID, OUT_UNWRITABLE. */
export function addRootCommand(pem: string, flags: AddRootFlags, global: GlobalFlags, io: CommandIo): void {
  const path = listPath(flags);
  const candidates = candidatesIn(pem, flags.all);
  const today = new Date().toISOString().slice(0, DAY_LENGTH);
  let added: readonly Readonly<Record<string, unknown>>[] = [];
  replaceFile(path, (before) => {
    const result = addAuthorities(candidates, {
      before,
      shipped: readAsset(INTERCEPTION_FILE),
      today,
      note: flags.note,
      source: flags.source,
      ...(flags.id === undefined ? {} : { id: flags.id }),
    });
    if ('refused' in result) throw refused(result);
    added = result.entries;
    return result.text;
  });
  for (const entry of added)
    io.out(global.json ? JSON.stringify(entry) : `${String(entry['id'])}  ${String(entry['sha256'])}`);
  if (!global.json)
    io.out(
      flags.data === undefined
        ? `${path}: counts where --fingerprints names it: serve, inbound, kuager run, kuager doctor`
        : `${path}: counts from the next start of serve --data ${flags.data}`,
    );
}
