import { connect } from 'node:http2';
import { endedEarly } from './errors.ts';
import { ownHeaders, toPairs } from './http-driver.ts';
import type { HttpDriver } from './http-driver.ts';
import { MAX_HEADER_BYTES } from './limits.ts';
import { OpenTls } from './tls.ts';

/** Bytes in flight before we must acknowledge: the default of 64 KiB would make every far server look slow. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Between looks at whether the reader has taken what arrived before the connection ended. */
const DRAIN_POLL_MS = 10;

/** RFC 9113 section 8.2.2: fields of the connection have no place in HTTP/2. */
const DECIDED: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** HTTP/2 (RFC 9113) over an open TLS connection: one stream, no push. Names come in lower case, as they were sent. */
export const requestHttp2: HttpDriver = (connection, request, events) => {
  const session = connect(request.url.origin, {
    createConnection: () => connection.socket,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
  });
  session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  session.on('error', (error) => events.fail(error));
  const fields: Record<string, string | string[]> = {
    ':method': request.method,
    ':scheme': request.url.protocol.slice(0, -1),
    ':authority': request.url.host,
    ':path': request.url.pathname + request.url.search,
  };
  for (const [name, value] of ownHeaders(request, DECIDED)) {
    const key = name.toLowerCase();
    const before = fields[key];
    fields[key] = before === undefined ? value : [...[before].flat(), value];
  }
  const stream = session.request(fields, { endStream: request.body === undefined });
  // Node passes the fields as received, in order, as a third argument; its type leaves it out.
  stream.on('response', (...args: unknown[]) => {
    const flat = Array.isArray(args[2]) ? (args[2] as string[]) : [];
    const pairs = toPairs(flat);
    events.head({
      status: Number(pairs.find(([name]) => name === ':status')?.[1] ?? 0),
      headers: pairs.filter(([name]) => !name.startsWith(':')),
      body: stream,
      complete: () => !stream.aborted && stream.rstCode === 0,
    });
  });
  stream.on('error', (error) => events.fail(error));
  stream.on('close', () => events.fail(endedEarly()));
  if (request.body !== undefined) stream.end(request.body);
  // Node's session doesn't notice the end of a socket that isn't its own kind: say it, but let what came be read.
  let poll: NodeJS.Timeout | undefined;
  const endAfterReading = (): void => {
    if (stream.readableLength > 0) poll = setTimeout(endAfterReading, DRAIN_POLL_MS);
    else if (!stream.readableEnded) stream.destroy(endedEarly());
  };
  const socket = connection instanceof OpenTls ? connection.tcp.socket : connection.socket;
  const onClose = (): void => {
    poll = setTimeout(endAfterReading, DRAIN_POLL_MS);
  };
  socket.once('close', onClose);
  return () => {
    socket.off('close', onClose);
    clearTimeout(poll);
    session.destroy();
    connection.close();
  };
};
