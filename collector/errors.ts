/**
 * Our own faults, and the operator's. A network failure inside a measurement is data and never appears here.
 * Each code has one exit code and one piece of advice; README.md has the same table, and a test compares them.
 */
export const COLLECTOR_ERRORS = {
  INTERNAL: { exit: 1, advice: 'run again with --debug and report what it prints' },
  USAGE: { exit: 2, advice: 'see --help' },
  FILE_UNREADABLE: { exit: 3, advice: 'check the path and its permissions' },
  NETWORKS_UNREADABLE: { exit: 3, advice: 'give a whole .mmdb file, or rows of prefix,asn,cc' },
  REFLECTOR_ENTRY_INVALID: {
    exit: 3,
    advice: 'give the file with the one line that kuager-collector reflector prints',
  },
  CERTIFICATE_REFUSED: {
    exit: 3,
    advice: 'give the certificate of an authority that intercepts, in PEM, with a note and a source',
  },
  LIST_INVALID: { exit: 3, advice: 'correct the list; testlists/README.md has its form' },
  DIR_MISSING: { exit: 3, advice: 'give a folder that exists' },
  NOTIFY_INVALID: { exit: 3, advice: 'correct the file of --notify; README.md has its form' },
  NOTIFY_RIGHTS: { exit: 3, advice: 'take it from the others: chmod 600' },
  NOTHING_READABLE: { exit: 3, advice: 'give a folder with OONI measurements (.json, .jsonl, .jsonl.gz)' },
  OUT_EXISTS: { exit: 4, advice: 'choose another --out; evidence build --force writes over it' },
  OUT_UNWRITABLE: { exit: 4, advice: 'check that the folder exists, is writable and has room' },
  UNKNOWN_MEASUREMENT: { exit: 5, advice: 'list ids with GET /api/v1/measurements' },
  UNKNOWN_EVENT: { exit: 5, advice: 'list ids with GET /api/v2/interception' },
  UNKNOWN_ALERT: { exit: 5, advice: 'list ids with GET /api/v2/alerts' },
  NO_VERDICT: { exit: 5, advice: 'run rebuild, then try again' },
  MIXED_SNAPSHOTS: { exit: 5, advice: 'build one bundle for each set, or run rebuild --latest first' },
  DATA_IN_USE: { exit: 6, advice: 'stop the other kuager-collector, or give another --data' },
  DATA_MISSING: { exit: 6, advice: 'give the --data folder of a collector that has run' },
  KEYS_MISSING: {
    exit: 7,
    advice: 'restore keys/ from the backup; new keys would disown everything archived',
  },
  KEYS_DAMAGED: { exit: 7, advice: 'restore keys/ from the backup' },
  DATA_DAMAGED: { exit: 8, advice: 'restore archive.db from the backup' },
  DATA_TOO_NEW: {
    exit: 8,
    advice: 'use the kuager-collector version that wrote this folder, or a later one',
  },
  PORT_IN_USE: { exit: 9, advice: 'stop the program that uses it, or choose another port' },
  LISTEN_FAILED: { exit: 9, advice: 'check the address, and whether this user may bind the port' },
  STORAGE_FULL: { exit: 10, advice: 'free space on the disk of --data, then start again' },
  STORAGE_BUSY: { exit: 10, advice: 'wait for the other program that uses the database, then try again' },
} as const;

export type CollectorErrorCode = keyof typeof COLLECTOR_ERRORS;

export class CollectorError extends Error {
  override readonly name = 'CollectorError';
  readonly code: CollectorErrorCode;

  constructor(code: CollectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const STORAGE_CODES: Readonly<Record<string, CollectorErrorCode>> = {
  SQLITE_FULL: 'STORAGE_FULL',
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
  // A commit that can't extend the write-ahead log or its index reports an I/O error, and room is what it lacks.
  SQLITE_IOERR_WRITE: 'STORAGE_FULL',
  SQLITE_IOERR_SHMSIZE: 'STORAGE_FULL',
  SQLITE_BUSY: 'STORAGE_BUSY',
  SQLITE_BUSY_RECOVERY: 'STORAGE_BUSY',
  SQLITE_BUSY_SNAPSHOT: 'STORAGE_BUSY',
  SQLITE_LOCKED: 'STORAGE_BUSY',
  SQLITE_CORRUPT: 'DATA_DAMAGED',
  SQLITE_NOTADB: 'DATA_DAMAGED',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What a database or file system error means to the operator; null for anything else. */
export function storageError(error: unknown): CollectorErrorCode | null {
  if (error instanceof CollectorError) return error.code;
  return STORAGE_CODES[codeOf(error)] ?? null;
}

/** One line without a stack, and the exit code. */
export function describeError(error: unknown): { readonly line: string; readonly exit: number } {
  const code = storageError(error) ?? 'INTERNAL';
  const { exit, advice } = COLLECTOR_ERRORS[code];
  const message = error instanceof Error ? error.message : String(error);
  return { line: `${code}: ${message.replaceAll(/\s+/g, ' ').trim()}; ${advice}`, exit };
}
