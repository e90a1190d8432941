/** The HTTP edge: limits, headers, errors. What the addresses do is in routes/. */
import type { Socket } from 'node:net';
import Fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SEALED_MEDIA_TYPE } from '../../shared/codec/sealed.ts';
import { storageError } from '../errors.ts';
import { trackMethods } from './methods.ts';
import { ENVELOPE_MEDIA_TYPES } from './port.ts';
import type { ProblemCode, ProblemDetails } from './problems.ts';
import { PROBLEM_MEDIA_TYPE, ProblemError, PROBLEMS, problemDocument, sendProblem } from './problems.ts';
import { CSP } from './pages/layout.ts';
import type { WebOptions } from './options.ts';
import { addRoutes } from './routes/index.ts';

/** Bytes of a body as sent; the largest sealed submission. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** A socket without traffic is closed after this. */
const IDLE_TIMEOUT_MS = 60_000;
/** A request, body included, must have arrived by then. */
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Those who send heartbeats may wait longer, see long-waits.ts. */
const KEEP_ALIVE_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are overdue. */
const OVERDUE_CHECK_MS = 5_000;
/** Of these, MAX_WAITING may be waiting for the next heartbeat. */
const MAX_CONNECTIONS = 5_000;
const MAX_REQUESTS_PER_SOCKET = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_PARAM_CHARS = 128;

const STORAGE_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  STORAGE_FULL: 'storage-full',
  STORAGE_BUSY: 'storage-busy',
};
const FRAMEWORK_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-damaged',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
};
/** Errors before there is a request: the parser's, and overdue clients. */
const CONNECTION_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'headers-too-large',
  HPE_INVALID_EOF_STATE: 'body-damaged',
};

interface ProblemOfError {
  readonly code: ProblemCode;
  readonly details?: ProblemDetails;
  readonly fault: boolean;
}

function problemOf(error: unknown): ProblemOfError {
  if (error instanceof ProblemError) return { code: error.code, details: error.details, fault: false };
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  const known = FRAMEWORK_PROBLEMS[code];
  if (known !== undefined) return { code: known, fault: false };
  const storage = STORAGE_PROBLEMS[storageError(error) ?? ''];
  if (storage !== undefined) return { code: storage, fault: true };
  const clientsFault = statusCode >= 400 && statusCode < 500;
  return { code: clientsFault ? 'bad-request' : 'internal', fault: !clientsFault };
}

/** Path without the query, which may name a target and has no place in a log or a pattern. */
const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none';

function answerBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = CONNECTION_PROBLEMS[error.code ?? ''] ?? 'bad-request';
  const body = problemDocument(code);
  const head = [
    `HTTP/1.1 ${PROBLEMS[code].status} Error`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function addErrorHandling(app: FastifyInstance, options: WebOptions): void {
  const methods = trackMethods(app);
  app.setErrorHandler(async (error, request, reply) => {
    const { code, details, fault } = problemOf(error);
    if (fault) options.onFault(error, routeOf(request));
    return sendProblem(reply, code, details);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const allowed = methods.allowed(pathOf(request));
    if (allowed.length === 0) return sendProblem(reply, 'not-found');
    return sendProblem(reply.header('allow', allowed.join(', ')), 'method-not-allowed');
  });
}

function addHeadersAndLog(app: FastifyInstance, options: WebOptions): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': CSP,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });
  app.addHook('onResponse', async (request, reply) => {
    options.onRequest({
      route: routeOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
  });
}

/** The server, not yet listening. */
export function createWebServer(options: WebOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    connectionTimeout: IDLE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxRequestsPerSocket: MAX_REQUESTS_PER_SOCKET,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: OVERDUE_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    clientErrorHandler: answerBrokenConnection,
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      void sendProblem(reply, problemOf(error).code);
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  // Bodies stay bytes: a signature is checked over what came, not over what a parser made of it.
  app.removeAllContentTypeParsers();
  const types = [SEALED_MEDIA_TYPE, ...ENVELOPE_MEDIA_TYPES];
  app.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addErrorHandling(app, options);
  addHeadersAndLog(app, options);
  addRoutes(app, options);
  return app;
}
