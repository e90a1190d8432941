/**
 * The outage journal as it lies on the disk: a line for each thing that became known, appended and synced, so that a device may lose
 * its power at any moment. Pure. A line that was torn is left out. Read back, it gives what was written.
 */
import type { LineOfMember, Reach } from '../../shared/model/index.ts';
import { addLook, REACHES, type Look, type Moment, type Reaches, type Stretch } from './journal.ts';

/** Which member it was when the outage began; `at`: milliseconds since 1970. */
export interface Beginning {
  readonly line: LineOfMember;
  readonly at: number;
}

export interface Ending extends Moment {
  readonly clockOffsetMinutes: number | null;
  readonly over: boolean;
}

export interface StoredJournal {
  readonly beginning: Beginning;
  readonly stretches: readonly Stretch[];
  /** It was to be sealed; what comes after it belongs to another outage. */
  readonly ending: Ending | null;
  readonly lines: number;
}

/** Rewritten shorter beyond this: a look every five minutes for a week. */
export const MAX_LINES = 2_000;
/** Spans of the longest journal, rewritten, and MAX_LINES lines more. */
export const MAX_JOURNAL_FILE_BYTES = 1024 * 1024;

const LETTERS: Readonly<Record<Reach, string>> = { up: 'u', down: 'd', unknown: '-' };
const packed = (reach: Reaches): string => REACHES.map((what) => LETTERS[reach[what]]).join('');

function unpacked(text: unknown): Reaches | null {
  if (typeof text !== 'string' || !/^[ud-]{5}$/.test(text)) return null;
  const reach = (letter: string | undefined): Reach =>
    letter === 'u' ? 'up' : letter === 'd' ? 'down' : 'unknown';
  return Object.fromEntries(REACHES.map((what, i) => [what, reach(text[i])])) as Reaches;
}

export const beginningLine = (beginning: Beginning): string => JSON.stringify({ begin: beginning });
export const endingLine = (ending: Ending): string => JSON.stringify({ end: ending });
export const lookLine = ({ wall, uptime, boot, reach }: Look): string =>
  JSON.stringify({ look: { wall, uptime, boot }, reach: packed(reach) });

const stretchLine = ({ first, last, looks, reach }: Stretch): string =>
  JSON.stringify({ first, last, looks, reach: packed(reach) });

/** The whole file, shorter. */
export function journalText({ beginning, stretches, ending }: Omit<StoredJournal, 'lines'>): string {
  const lines = [beginningLine(beginning), ...stretches.map(stretchLine)];
  return `${[...lines, ...(ending === null ? [] : [endingLine(ending)])].join('\n')}\n`;
}

type Json = Readonly<Record<string, unknown>>;
const object = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
/** Milliseconds that `Date` knows. */
const isTime = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= 8.64e15;

function moment(value: unknown): Moment | null {
  const m = object(value);
  if (m === null || !isTime(m['wall']) || typeof m['uptime'] !== 'number') return null;
  if (typeof m['boot'] !== 'string') return null;
  return { wall: m['wall'], uptime: m['uptime'], boot: m['boot'] };
}

function beginning(value: unknown): Beginning | null {
  const b = object(value);
  const line = object(b?.['line']);
  if (b === null || line === null || !isTime(b['at'])) return null;
  const { cc, asn, access, region } = line;
  if (typeof cc !== 'string' || typeof asn !== 'string' || (region !== null && typeof region !== 'string'))
    return null;
  if (access !== 'mobile' && access !== 'fixed' && access !== 'unknown') return null;
  return { line: { cc, asn, access, region }, at: b['at'] };
}

function ending(value: unknown): Ending | null {
  const e = object(value);
  const at = moment(value);
  if (e === null || at === null || typeof e['over'] !== 'boolean') return null;
  const offset = e['clockOffsetMinutes'];
  if (offset !== null && typeof offset !== 'number') return null;
  return { ...at, clockOffsetMinutes: offset, over: e['over'] };
}

/** A look, or a whole stretch of a file that was rewritten. */
function withStretch(stretches: readonly Stretch[], line: Json): readonly Stretch[] {
  const reach = unpacked(line['reach']);
  if (reach === null) return stretches;
  const at = moment(line['look']);
  if (at !== null) return addLook(stretches, { ...at, reach });
  const [first, last, looks] = [moment(line['first']), moment(line['last']), line['looks']];
  if (first === null || last === null || typeof looks !== 'number' || !Number.isInteger(looks))
    return stretches;
  return [...stretches, { first, last, looks, reach }];
}

/** One line more; whatever can't be read leaves it as it was. */
export function withLine(journal: StoredJournal, line: string): StoredJournal {
  let value: Json | null = null;
  try {
    value = object(JSON.parse(line));
  } catch {
    // Torn by a crash.
  }
  const lines = journal.lines + 1;
  if (value === null || journal.ending !== null) return { ...journal, lines };
  if ('end' in value) return { ...journal, lines, ending: ending(value['end']) };
  return { ...journal, lines, stretches: withStretch(journal.stretches, value) };
}

/** Null: there is none, or its beginning can't be read. */
export function readJournal(text: string): StoredJournal | null {
  let journal: StoredJournal | null = null;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (journal !== null) journal = withLine(journal, line);
    else {
      const begun = readBeginning(line);
      if (begun !== null) journal = { beginning: begun, stretches: [], ending: null, lines: 1 };
    }
  }
  return journal;
}

function readBeginning(line: string): Beginning | null {
  try {
    return beginning(object(JSON.parse(line))?.['begin']);
  } catch {
    return null;
  }
}
