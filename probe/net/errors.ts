import { failureFromErrorCode, scrubAddresses } from '../../shared/failure/failure.ts';
import { MAX_DETAIL_CHARS } from './limits.ts';
import type { StopReason } from './stop.ts';

export interface Failed {
  readonly failure: string;
  readonly detail: string;
}

interface SystemError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
}

/** Any error of a socket, parser or TLS stack → failure of the vocabulary and its cause in the system's words. */
export function failedBy(error: unknown): Failed {
  const e = (typeof error === 'object' && error !== null ? error : {}) as SystemError;
  const code = typeof e.code === 'string' ? e.code : undefined;
  const message = typeof e.message === 'string' ? e.message : String(error);
  // OpenSSL's message starts with a thread id and a line number; its reason is the same thing in words.
  const text = typeof e.reason === 'string' ? e.reason : message;
  const detail = scrubAddresses(text).slice(0, MAX_DETAIL_CHARS);
  // Node also says ECONNRESET for a stream that merely ended too early; only a real reset names the system call.
  if (code === 'ECONNRESET' && e.syscall === undefined) return { failure: 'eof_error', detail };
  return { failure: failureFromErrorCode(code, text), detail };
}

export function stoppedBy(reason: StopReason): Failed {
  return { failure: reason, detail: reason === 'interrupted' ? 'stopped by the run' : 'no answer in time' };
}

/** For a driver whose stream was closed without an error and without an answer. */
export function endedEarly(): Error {
  return Object.assign(new Error('closed before the answer was whole'), { code: 'ECONNRESET' });
}
