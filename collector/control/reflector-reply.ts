/** What the reflector says: what it saw of the request, and nothing that it did not see. */
import type { IncomingMessage } from 'node:http';

/** Longest DNS name. */
const MAX_NAME_CHARS = 253;
const MAX_PATH_CHARS = 96;
const MAX_METHOD_CHARS = 16;
const MAX_PROTOCOLS = 4;
const MAX_PROTOCOL_CHARS = 12;

export interface Seen {
  /** Null: plain HTTP, or a ClientHello without a name. */
  readonly sni: string | null;
  /** Protocols of the ClientHello's ALPN extension; empty on plain HTTP. */
  readonly offeredAlpn: readonly string[];
  /** Which certificate was shown; null on plain HTTP. */
  readonly certificate: 'own' | 'self_signed' | null;
  /** TCP reads until the ClientHello was complete; null on plain HTTP. */
  readonly clientHelloSegments: number | null;
  readonly remoteAddress: string;
}
/** At most 1 KiB of JSON. */
interface ReflectorReply {
  readonly reflector: string;
  readonly sni: string | null;
  readonly certificate: 'own' | 'self_signed' | null;
  /** As offered; `http/1.1` is spoken in any case. */
  readonly alpn: readonly string[];
  readonly host: string | null;
  readonly method: string;
  readonly path: string;
  readonly client_hello_segments: number | null;
  /** The asker's own address, for the asker to scrub from what it publishes. Neither logged nor kept. */
  readonly remote_address: string;
}

/** The reply stays small and its size predictable: what would need escaping in JSON becomes a question mark. */
function plain(text: string, max: number): string {
  return text.slice(0, max).replace(/[^\x21-\x7e]|["\\]/g, '?');
}

/** Everything in the request is untrusted. */
export function reflect(name: string, request: IncomingMessage, seen: Seen): ReflectorReply {
  return {
    reflector: name,
    sni: seen.sni === null ? null : plain(seen.sni, MAX_NAME_CHARS),
    certificate: seen.certificate,
    alpn: seen.offeredAlpn.slice(0, MAX_PROTOCOLS).map((text) => plain(text, MAX_PROTOCOL_CHARS)),
    host: request.headers.host === undefined ? null : plain(request.headers.host, MAX_NAME_CHARS),
    method: plain(request.method ?? '', MAX_METHOD_CHARS),
    path: plain(request.url ?? '', MAX_PATH_CHARS),
    client_hello_segments: seen.clientHelloSegments,
    remote_address: seen.remoteAddress,
  };
}
