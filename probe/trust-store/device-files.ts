/** All that the readers of trust stores may reach: files, the environment, and on some systems the system's own tool. */

/** Why a store stays unread; each is a message of shared/i18n/doctor.ts. */
export const UNREAD_REASONS = [
  'no_permission',
  'too_large',
  'damaged',
  'in_use',
  'encrypted',
  'unknown_form',
  'no_tool',
  'tool_failed',
  'timed_out',
] as const;
export type UnreadReason = (typeof UNREAD_REASONS)[number];

/** A store that is there and can't be read. Anything that is not there is no error. */
export class UnreadStore extends Error {
  override readonly name = 'UnreadStore';
  readonly reason: UnreadReason;

  constructor(reason: UnreadReason, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

export interface DeviceFile {
  readonly bytes: Uint8Array;
  /** Last change, milliseconds since 1970. */
  readonly modified: number;
}

export interface DeviceFiles {
  /** As `process.platform` has it. */
  readonly platform: string;
  /** Absolute. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Null: no such file. Throws {@link UnreadStore}. */
  read(path: string, maxBytes: number): Promise<DeviceFile | null>;
  /** Names in a folder, sorted; null: no such folder. Throws {@link UnreadStore}. */
  list(path: string): Promise<readonly string[] | null>;
  /** Standard output of one of the system's tools, by its absolute path. Throws {@link UnreadStore}. */
  run(program: string, args: readonly string[]): Promise<string>;
}
