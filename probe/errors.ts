/**
 * Our own faults, as opposed to network failures, which are data. Each code has one exit status and a message of one
 * line that says what to do; `probe/main.ts` turns them into both. The table in probe/README.md lists them all.
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** `verify`: intact, but the signer is not one you said you trust. */
  unknownSigner: 3,
  /** `verify`: intact, but made with rules that this version does not have. */
  notJudgedAgain: 4,
  /** Measured and kept on this device, not delivered. */
  notDelivered: 5,
  /** `doctor`: an interception authority on record is trusted here. */
  interceptorTrusted: 6,
  /** `doctor`: nothing on record was found, but not everything could be read. */
  notAllRead: 7,
  interrupted: 130,
} as const;

export type ProbeErrorCode =
  | 'BAD_ARGUMENT'
  | 'BAD_URL'
  | 'LIST_UNREADABLE'
  | 'LIST_EMPTY'
  | 'CONSENT_NEEDED'
  | 'NO_COLLECTOR'
  | 'ALREADY_WATCHING'
  | 'BAD_ROOTS'
  | 'OUTPUT_NOT_WRITABLE'
  | 'FILE_UNREADABLE';

export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly code: ProbeErrorCode;

  constructor(code: ProbeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
