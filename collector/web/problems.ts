/** Every error that leaves the server: RFC 9457 problem documents, https://www.rfc-editor.org/rfc/rfc9457.html */
import type { FastifyReply } from 'fastify';

/** Code → status and title. README.md has the same table; a test compares them. */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request could not be read' },
  'bad-query': { status: 400, title: 'A query parameter has a value that it cannot have' },
  'body-damaged': { status: 400, title: 'The body ended early, or is not what its headers say' },
  'envelope-invalid': { status: 400, title: 'The body is not a DSSE envelope with exactly one signature' },
  'payload-invalid': {
    status: 400,
    title: 'The signed payload is not a JSON document of bounded size and depth',
  },
  'signature-invalid': {
    status: 400,
    title: 'The signature does not verify under the key inside the payload',
  },
  'schema-invalid': { status: 400, title: 'The measurement has fields that the format does not allow' },
  'clock-implausible': {
    status: 400,
    title: 'The time at which the measurement says it was made can’t be right',
  },
  'private-part-invalid': { status: 400, title: 'The private part does not belong to the measurement' },
  'sealed-unreadable': {
    status: 400,
    title: 'The body was not sealed to this collector; fetch /.well-known/kuager again',
  },
  'control-request-invalid': { status: 400, title: 'The control cannot measure what was asked' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The body is larger than the collector accepts' },
  'decoded-too-large': {
    status: 413,
    title: 'The body grows beyond what the collector accepts when inflated',
  },
  'unsupported-media-type': { status: 415, title: 'The collector does not take that content type' },
  'unsupported-encoding': { status: 415, title: 'The collector takes gzip or no content encoding' },
  'rate-limited': { status: 429, title: 'Too many requests; wait before the next' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'The collector failed; nothing was acknowledged, try again later' },
  'storage-busy': { status: 503, title: 'The database is locked; nothing was stored, try again' },
  overloaded: { status: 503, title: 'Too many requests at once; nothing was stored, try again' },
  'control-busy': { status: 503, title: 'The control has too many requests waiting; try again' },
  'storage-full': {
    status: 507,
    title: 'The collector has no room left; nothing was stored, try again later',
  },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
/** Seconds after which trying again makes sense. */
const RETRY_AFTER_S: Partial<Record<ProblemCode, number>> = {
  'rate-limited': 60,
  'storage-busy': 2,
  overloaded: 5,
  'control-busy': 5,
  'storage-full': 600,
};

export interface ProblemDetails {
  readonly detail?: string;
  /** Every bad field, for `schema-invalid` and `bad-query`. */
  readonly problems?: readonly { readonly path: string; readonly message: string }[];
}

/** Thrown by handlers; the server's edge turns it into the document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** The document; `type` is an address of this server that explains the code. */
export function problemDocument(code: ProblemCode, details: ProblemDetails = {}): string {
  const { status, title } = PROBLEMS[code];
  return JSON.stringify({ type: `/problems/${code}`, title, status, ...details });
}

function retryAfter(code: ProblemCode): number | null {
  return RETRY_AFTER_S[code] ?? null;
}

// As bytes: to text the framework would add a charset, which this media type does not have.
export async function sendProblem(
  reply: FastifyReply,
  code: ProblemCode,
  details?: ProblemDetails,
): Promise<FastifyReply> {
  const wait = retryAfter(code);
  if (wait !== null) reply.header('retry-after', String(wait));
  return reply
    .code(PROBLEMS[code].status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(problemDocument(code, details)));
}
