import { CollectorError } from './errors.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;

/** `host:port` or `[v6]:port`. Throws USAGE. */
export function parseHostPort(text: string, flag: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? Number.NaN);
  if (host === undefined || !(port <= MAX_PORT))
    throw new CollectorError(
      'USAGE',
      `${flag} takes HOST:PORT, for example 127.0.0.1:8080; got ${JSON.stringify(text)}`,
    );
  return { host, port };
}

/** As it stands in a URL. */
export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** An error of `listen` in one line. */
export function listenError(error: unknown, { host, port }: HostPort): CollectorError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const where = `${urlHost(host)}:${port}`;
  return code === 'EADDRINUSE'
    ? new CollectorError('PORT_IN_USE', `${where} is taken by another program`, { cause: error })
    : new CollectorError('LISTEN_FAILED', `${where} can't be listened on (${String(code)})`, {
        cause: error,
      });
}
