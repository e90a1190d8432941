/** Asks the control: OONI's test-helper protocol over one request; the signed bytes are kept exactly as they came. */
import { fromUtf8, utf8 } from '../../shared/codec/base64.ts';
import type { SignedControlReply } from '../../shared/model/index.ts';
import { readSignedReply } from '../../shared/schema/document.ts';
import { isObject } from '../../shared/schema/read.ts';
import type { OpenHttp } from './http-client.ts';

/** OONI's test-helper request. */
export interface ControlRequest {
  readonly http_request: string;
  readonly http_request_headers: Readonly<Record<string, readonly string[]>>;
  readonly tcp_connect: readonly string[];
  readonly x_quic_enabled: false;
}
export type ControlAnswer =
  { readonly reply: unknown; readonly signed: SignedControlReply | null } | { readonly failure: string };

function parseReply(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '');
  } catch {
    return null;
  }
}

/**
 * `control` in a measurement is what the control signed, parsed; a reply that says other things beside its signed
 * part is taken at its signed part. Everything that goes wrong is a failure of the vocabulary.
 */
export async function askControl(
  url: string,
  openHttp: OpenHttp,
  request: ControlRequest,
  signal: AbortSignal,
): Promise<ControlAnswer> {
  const http = openHttp();
  try {
    const answer = await http.call({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: utf8(JSON.stringify(request)),
      signal,
    });
    if ('failure' in answer) return answer;
    if (answer.status !== 200) return { failure: 'http_unexpected_status_code' };
    const reply = parseReply(answer.body);
    if (!isObject(reply)) return { failure: 'json_parse_error' };
    const signed = readSignedReply(reply['x_signed']);
    const said = signed === null ? withoutSignature(reply) : parseReply(utf8(signed.payload));
    return isObject(said) ? { reply: said, signed } : { failure: 'json_parse_error' };
  } finally {
    await http.close();
  }
}

function withoutSignature(reply: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(reply).filter(([key]) => key !== 'x_signed'));
}
