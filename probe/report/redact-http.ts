/** HTTP records (df-001) without the volunteer in them. Pure. */
import { fromBase64, toBase64 } from '../../shared/codec/base64.ts';
import { boolean, failure, list, matching, nothing, number, object, oneOf, orNull, text } from './fields.ts';
import type { Field } from './fields.ts';
import { privateHeaderValue } from './private-headers.ts';
import { RECORD } from './redact-records.ts';
import type { Redactor } from './redactor.ts';

const isJson = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface CleanBody {
  readonly body: unknown;
  readonly changed: boolean;
}

/** Text or base64. `cut`: the body was cut off, perhaps in the middle of an address. */
function cleanBody(value: unknown, cut: boolean, redactor: Redactor): CleanBody {
  if (typeof value === 'string') {
    const body = redactor.text(value, cut);
    return { body, changed: body !== value };
  }
  const bytes = isJson(value) && typeof value['data'] === 'string' ? fromBase64(value['data']) : null;
  if (bytes === null) return { body: null, changed: false };
  const clean = redactor.bytes(bytes, cut);
  return { body: { format: 'base64', data: toBase64(clean.bytes) }, changed: clean.changed };
}

function cleanHeaderValue(name: string, value: unknown, redactor: Redactor): unknown {
  const known = typeof value === 'string' ? value : '';
  const hidden = privateHeaderValue(name, known);
  if (hidden !== null) return redactor.text(hidden);
  if (typeof value === 'string') return redactor.text(value);
  const { body } = cleanBody(value, false, redactor);
  return body === null ? undefined : body;
}

const headerMap: Field = (value, redactor) => {
  if (!isJson(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      const clean = cleanHeaderValue(name, item, redactor);
      return clean === undefined ? [] : [[redactor.text(name), clean]];
    }),
  );
};

const headerPair: Field = (value, redactor) => {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return undefined;
  const clean = cleanHeaderValue(value[0], value[1], redactor);
  return clean === undefined ? undefined : [redactor.text(value[0]), clean];
};

const headers = { headers: headerMap, headers_list: list(headerPair) };

const requestPart = object({
  url: text,
  method: oneOf('GET'),
  body: nothing,
  body_is_truncated: boolean,
  ...headers,
  tor: () => ({ exit_ip: null, exit_name: null, is_tor: false }),
  x_transport: () => 'tcp',
});

const responseHead = object({ code: number, body_is_truncated: boolean, ...headers, x_body_length: number });
const HASH = /^[0-9a-f]{64}$/;

const responsePart: Field = (value, redactor) => {
  if (!isJson(value)) return null;
  const head = responseHead(value, redactor);
  const { body, changed } = cleanBody(value['body'], value['body_is_truncated'] === true, redactor);
  // The hash of the real body would let anybody test guesses of the address against it.
  const hash = changed ? null : matching(HASH)(value['x_body_sha256'], redactor);
  return {
    ...(head as object),
    body,
    ...(hash === undefined && value['x_body_sha256'] === undefined ? {} : { x_body_sha256: hash ?? null }),
  };
};

export const httpRequest = object({
  ...RECORD,
  network: oneOf('tcp'),
  address: text,
  alpn: orNull(text),
  failure,
  request: requestPart,
  response: responsePart,
});
