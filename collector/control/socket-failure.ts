/** Errors of sockets, TLS and HTTP parsers → the closed vocabulary of shared/failure. */
import { failureFromErrorCode } from '../../shared/failure/failure.ts';

/** The reason with which a deadline of ours aborts, as against a caller who went away. */
export const DEADLINE = 'deadline';

/** What an aborted operation is reported as. */
export function failureOfAbort(signal: AbortSignal): string {
  return signal.reason === DEADLINE ? 'generic_timeout_error' : 'interrupted';
}

/**
 * Node says ECONNRESET also when the peer closed in an orderly way before an answer ("socket hang up", "aborted",
 * "disconnected before secure TLS connection"); only an error of a system call is a reset on the wire.
 */
export function failureOfError(error: unknown): string {
  if (!(error instanceof Error)) return failureFromErrorCode(undefined, String(error));
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' && syscall === undefined) return 'eof_error';
  return failureFromErrorCode(code, error.message);
}
