import { pino } from 'pino';
import { storageError } from '../errors.ts';
import type { RequestLog } from '../web/options.ts';
import type { CommandIo } from './io.ts';

export interface OperatorLog {
  readonly notice: (line: string, loud: boolean) => void;
  readonly request: (line: RequestLog) => void;
  readonly fault: (error: unknown, what: string) => void;
}

/**
 * What a running collector says, on stderr. A line about a request has its route, status and duration and never who asked
 * or for what; texts of errors come from our own code and from the database, not from requests.
 */
export function createOperatorLog(json: boolean, io: CommandIo): OperatorLog {
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => io.err(line.trimEnd()) },
  );
  return {
    notice(line, loud) {
      if (json) log[loud ? 'warn' : 'info']({ notice: line });
      else io.err(loud ? `!!! ${line}` : line);
    },
    request: (line) => log.info(line),
    fault(error, what) {
      const message = error instanceof Error ? error.message : String(error);
      log.error({ what, code: storageError(error) ?? 'INTERNAL', message });
    },
  };
}
