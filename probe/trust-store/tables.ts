/** What readers of browser databases ask for; who reads the file is nobody's business. */
export type Value = Uint8Array | string | number | null;
export type Row = ReadonlyMap<string, Value>;

export interface DatabaseFile {
  readonly main: Uint8Array;
  /** Pages that were written and not yet moved into the file (`-wal`). */
  readonly wal: Uint8Array | null;
  /** Non-empty while somebody writes (`-journal`). */
  readonly journal: Uint8Array | null;
}

export interface Tables {
  /** All rows by column name; null: no such table. Throws {@link DatabaseError}. */
  rows(table: string): readonly Row[] | null;
}

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}
