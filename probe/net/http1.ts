import { request as httpRequest } from 'node:http';
import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ownHeaders, toPairs } from './http-driver.ts';
import type { HttpDriver } from './http-driver.ts';
import { MAX_HEADER_BYTES } from './limits.ts';
import { TlsStream } from './tls-stream.ts';
import { OpenTcp } from './tcp.ts';

const DECIDED: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/** In the middle of the Host header's value; 0 where there is none. */
function insideHost(head: Buffer): number {
  const field = head.indexOf('\r\nHost: ');
  const start = field < 0 ? 0 : field + '\r\nHost: '.length;
  const end = field < 0 ? 0 : head.indexOf('\r\n', start);
  return field < 0 ? 0 : Math.floor((start + end) / 2);
}

/**
 * HTTP/1.1 (RFC 9112) over an open connection that ends with the response. Header names and their order are kept both
 * ways. The parser is lenient, as browsers are: a sloppy server is not an interfered one.
 */
export const requestHttp1: HttpDriver = (connection, request, events) => {
  const headers = [['Host', request.url.host], ...ownHeaders(request, DECIDED), ['Connection', 'close']];
  if (request.body !== undefined) headers.push(['Content-Length', String(request.body.length)]);
  const outgoing = httpRequest({
    createConnection: () =>
      request.splitHost === true && connection instanceof OpenTcp
        ? new TlsStream(connection, insideHost)
        : connection.socket,
    method: request.method,
    path: request.url.pathname + request.url.search,
    headers: headers.flat(),
    insecureHTTPParser: true,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  const onResponse = (response: IncomingMessage): void => {
    // The loop over the body reports the error too; without this listener one before the loop would be uncaught.
    response.on('error', () => undefined);
    events.head({
      status: response.statusCode ?? 0,
      headers: toPairs(response.rawHeaders),
      body: response,
      complete: () => response.complete,
    });
  };
  outgoing.on('response', onResponse);
  outgoing.on('upgrade', (response) => {
    onResponse(response);
    response.push(null); // what follows a 101 is not HTTP
  });
  outgoing.on('error', (error) => events.fail(error));
  outgoing.end(request.body);
  return () => {
    outgoing.destroy();
    connection.close();
  };
};
