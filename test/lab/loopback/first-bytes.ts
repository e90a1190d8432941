import { readClientHello } from '../../../shared/codec/client-hello.ts';

/** What a middlebox learns from the first bytes of a client. */
export type FirstBytes =
  | { readonly kind: 'tls'; readonly sni: string | null }
  /** `path` is the request's target as sent. */
  | { readonly kind: 'http'; readonly host: string | null; readonly path: string }
  | { readonly kind: 'need more' | 'other' };

/** A request head that has not shown its Host header by then is waved through. */
const MAX_HEAD_BYTES = 16 * 1024;
const REQUEST_START = /^[A-Z]+ (\S+)/;
const METHOD_START = /^[A-Z]* ?$/;

export function readFirstBytes(bytes: Uint8Array): FirstBytes {
  if (bytes.length === 0) return { kind: 'need more' };
  const hello = readClientHello(bytes);
  if (hello === 'need more') return { kind: 'need more' };
  if (hello !== 'not tls') return { kind: 'tls', sni: hello.sni };
  const head = Buffer.from(bytes.subarray(0, MAX_HEAD_BYTES)).toString('latin1');
  const path = REQUEST_START.exec(head)?.[1];
  if (path === undefined) return { kind: METHOD_START.test(head) ? 'need more' : 'other' };
  const host = /\r\nhost:[ \t]*([^\r\n]*)\r\n/i.exec(head)?.[1];
  if (host !== undefined) return { kind: 'http', host: host.trim().replace(/:\d+$/, ''), path };
  if (head.includes('\r\n\r\n')) return { kind: 'http', host: null, path };
  return { kind: head.length < MAX_HEAD_BYTES ? 'need more' : 'other' };
}
