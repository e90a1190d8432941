import type { Database, Statement } from 'better-sqlite3';
import { readAsset } from '../../assets.ts';

/** SQL files hold several statements, each under a line `-- name: something`. */
const NAME_LINE = /^-- name: (\w+)$/;

/** Name → SQL text. Throws for text before the first name and for a repeated name: both are mistakes in our own file. */
export function parseNamedSql(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string[]>();
  let current: string[] | null = null;
  for (const line of text.split('\n')) {
    const name = NAME_LINE.exec(line.trim())?.[1];
    if (name !== undefined) {
      if (found.has(name)) throw new Error(`two statements are named ${name}`);
      current = [];
      found.set(name, current);
    } else if (current !== null) current.push(line);
    else if (line.trim() !== '') throw new Error(`SQL before the first name: ${line.trim()}`);
  }
  return new Map([...found].map(([name, lines]) => [name, lines.join('\n').trim()]));
}

export interface Statements {
  /** The prepared statement of that name; prepared once. */
  get(name: string): Statement<unknown[]>;
  /** The text of that name, for statements that get a WHERE appended. */
  text(name: string): string;
}

/** Statements of a named-SQL file, prepared on first use and kept. */
export function loadStatements(db: Database, path: string): Statements {
  const texts = parseNamedSql(readAsset(path));
  const prepared = new Map<string, Statement<unknown[]>>();
  const text = (name: string): string => {
    const sql = texts.get(name);
    if (sql === undefined) throw new Error(`${path} has no statement named ${name}`);
    return sql;
  };
  return {
    text,
    get(name) {
      let statement = prepared.get(name);
      if (statement === undefined) {
        statement = db.prepare(text(name));
        prepared.set(name, statement);
      }
      return statement;
    },
  };
}
