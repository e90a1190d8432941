export type ReportErrorCode =
  | 'BAD_OWN_ADDRESS'
  | 'CREDENTIALS_IN_INPUT'
  | 'BAD_START_TIME'
  | 'MEASUREMENT_TOO_LARGE'
  | 'SPOOL_DISK_FULL'
  | 'STATE_NOT_WRITABLE'
  | 'STATE_DAMAGED'
  | 'COLLECTOR_URL_INVALID'
  | 'COLLECTOR_UNREACHABLE'
  | 'COLLECTOR_KEY_CHANGED'
  | 'COLLECTOR_UNTRUSTED'
  | 'DESCRIPTOR_INVALID';

/** A fault on our side of the network; the message is one line that says what to do and holds no address. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code: ReportErrorCode;

  constructor(code: ReportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
