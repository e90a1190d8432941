/** `replay DIR`: judges a folder of OONI measurements with the rules and snapshots of this version. Writes nothing. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { JudgeContext } from '../../shared/judge/index.ts';
import { explain, judgeMeasurement } from '../../shared/judge/index.ts';
import type { Verdict } from '../../shared/model/index.ts';
import { bundledContext } from '../archive/snapshots.ts';
import { CollectorError } from '../errors.ts';
import { jsonDepth } from '../ingest/json-depth.ts';
import type { CommandIo, GlobalFlags } from './io.ts';

/** Bytes of one file (.json), or of one line (.jsonl), once inflated. */
const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_FOLDER_DEPTH = 16;
const NAMES = /\.(json|jsonl)(\.gz)?$/;
const FILE_COLUMN_CHARS = 72;
const INPUT_COLUMN_CHARS = 40;
const REASON_CHARS = 200;

interface Row {
  readonly file: string;
  readonly verdict: Verdict;
  readonly why: string;
}
interface Malformed {
  readonly file: string;
  readonly reason: string;
}

function listFiles(folder: string, depth = 0): string[] {
  if (depth > MAX_FOLDER_DEPTH) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path, depth + 1);
    // Links are not followed: they may lead out of the folder, or round in it.
    return entry.isFile() && NAMES.test(entry.name) ? [path] : [];
  });
}

function requireFolder(folder: string): void {
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (error) {
    throw new CollectorError('DIR_MISSING', `there is no folder ${folder}`, { cause: error });
  }
  throw new CollectorError('DIR_MISSING', `${folder} is not a folder`);
}

function openText(path: string): NodeJS.ReadableStream {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file;
  const inflated = createGunzip();
  file.on('error', (error) => inflated.destroy(error));
  return file.pipe(inflated);
}

async function readWhole(path: string): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of openText(path)) {
    size += piece.length;
    if (size > MAX_DOCUMENT_BYTES) throw new Error(`more than ${MAX_DOCUMENT_BYTES} bytes`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** One document a file, or one a line: with the name under which it is reported. */
async function* documents(
  path: string,
  name: string,
): AsyncGenerator<{ readonly name: string; readonly text: string }> {
  if (!/\.jsonl(\.gz)?$/.test(path)) {
    yield { name, text: await readWhole(path) };
    return;
  }
  let line = 0;
  const lines = createInterface({ input: openText(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== '') yield { name: `${name}:${line}`, text };
  }
}

function parseDocument(text: string): unknown {
  if (text.length > MAX_DOCUMENT_BYTES) throw new Error(`more than ${MAX_DOCUMENT_BYTES} bytes`);
  if (jsonDepth(new TextEncoder().encode(text), MAX_DEPTH) > MAX_DEPTH)
    throw new Error(`nested deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
}

function judgeText(
  name: string,
  text: string,
  context: JudgeContext,
  lang: GlobalFlags['lang'],
): Row | Malformed {
  const judged = judgeMeasurement(parseDocument(text), context);
  if ('verdict' in judged) return { file: name, verdict: judged.verdict, why: explain(judged.verdict, lang) };
  const reason = judged.problems.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  return { file: name, reason };
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');

async function* judgeFolder(
  folder: string,
  context: JudgeContext,
  lang: GlobalFlags['lang'],
): AsyncGenerator<Row | Malformed> {
  for (const path of listFiles(folder)) {
    const file = relative(folder, path).split(sep).join('/');
    let last = file;
    try {
      for await (const { name, text } of documents(path, file)) {
        last = name;
        try {
          yield judgeText(name, text, context, lang);
        } catch (error) {
          yield { file: name, reason: oneLine(error) };
        }
      }
    } catch (error) {
      yield { file: last, reason: oneLine(error) };
    }
  }
}

/** Text of others in a terminal: no control characters, a bounded width. */
function cell(text: string, width: number): string {
  const shown = text.replaceAll(/\p{Cc}/gu, '\ufffd');
  return (shown.length > width ? `${shown.slice(0, width - 1)}…` : shown).padEnd(width);
}

function tableLine({ file, verdict, why }: Row): string {
  const how = verdict.method ?? verdict.cause ?? '';
  const columns = [
    cell(file, FILE_COLUMN_CHARS),
    cell(verdict.target, INPUT_COLUMN_CHARS),
    cell(verdict.outcome, 12),
    cell(how, 26),
  ];
  return `${columns.join('  ')}  ${why.replaceAll(/\p{Cc}/gu, '\ufffd')}`;
}

function jsonLine({ file, verdict, why }: Row): string {
  return JSON.stringify({ file, input: verdict.target, verdict, explanation: why });
}

/** Throws DIR_MISSING, or NOTHING_READABLE when not one document could be judged. */
export async function replayCommand(folder: string, flags: GlobalFlags, io: CommandIo): Promise<void> {
  requireFolder(folder);
  const context = bundledContext({
    extraRootsPem: [],
    extraInterceptionEntries: [],
    servers: { controlKeys: [], reflectors: [] },
  });
  if (!flags.json) {
    const head = [cell('file', FILE_COLUMN_CHARS), cell('input', INPUT_COLUMN_CHARS), cell('outcome', 12)];
    io.out(`${[...head, cell('method or cause', 26)].join('  ')}  why`);
  }
  const outcomes = new Map<string, number>();
  let malformed = 0;
  for await (const result of judgeFolder(folder, context, flags.lang)) {
    if ('reason' in result) {
      malformed += 1;
      const reason = result.reason.replaceAll(/\p{Cc}/gu, '\ufffd').slice(0, REASON_CHARS);
      if (flags.json) io.out(JSON.stringify({ file: result.file, error: reason }));
      else io.out(`${result.file}: ${reason}`);
      continue;
    }
    const { outcome } = result.verdict;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    io.out(flags.json ? jsonLine(result) : tableLine(result));
  }
  const judged = [...outcomes.values()].reduce((sum, n) => sum + n, 0);
  const parts = [...outcomes].sort().map(([outcome, n]) => `${outcome} ${n}`);
  const counts = `${judged} judged${parts.length === 0 ? '' : ` (${parts.join(', ')})`}, ${malformed} left out`;
  // Between JSON lines it would have to be parsed around.
  (flags.json ? io.err : io.out)(counts);
  if (judged === 0) throw new CollectorError('NOTHING_READABLE', `no measurement could be read in ${folder}`);
}
