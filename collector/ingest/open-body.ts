/** A request body → the envelopes in it: gzip, then the seal, then the two parts. */
import { fromBase64, fromUtf8, utf8 } from '../../shared/codec/base64.ts';
import { REPLY_KEY_BYTES } from '../../shared/codec/sealed-reply.ts';
import { openSealed } from '../../shared/codec/sealed.ts';
import { jsonDepth } from './json-depth.ts';
import type { Inflate } from './inflate.ts';

const MAX_SEALED_DEPTH = 8;

interface OpenedBody {
  readonly envelope: Uint8Array;
  readonly privatePart: Uint8Array | null;
  /** The receipt is sealed with it, if there is one: whoever hands the same bytes in must not learn what is in them. */
  readonly replyKey: Uint8Array | null;
}
type OpenBodyError = 'decoded-too-large' | 'body-damaged' | 'sealed-unreadable';
export type OpenBodyResult =
  { readonly ok: OpenedBody } | { readonly error: OpenBodyError; readonly detail?: string };

export interface OpenBodyTools {
  readonly inflate: Inflate;
  /** Hex key id → X25519 private key. */
  readonly hpkeKeys: ReadonlyMap<string, Uint8Array>;
}

/** `{"envelope": {…}, "private": {…}?, "reply_key": "…"?}` → the two documents as bytes, and the key; null: none such. */
function splitParts(plaintext: Uint8Array): OpenedBody | null {
  const text = jsonDepth(plaintext, MAX_SEALED_DEPTH) > MAX_SEALED_DEPTH ? null : fromUtf8(plaintext);
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('envelope' in value)) return null;
  const { envelope } = value;
  const privatePart = 'private' in value ? value.private : null;
  const saidKey = 'reply_key' in value ? value.reply_key : null;
  const replyKey = typeof saidKey === 'string' ? fromBase64(saidKey) : null;
  // A key that can't be used must not lead to an answer in the clear.
  if (saidKey !== null && replyKey?.length !== REPLY_KEY_BYTES) return null;
  return {
    envelope: utf8(JSON.stringify(envelope)),
    privatePart: privatePart === null ? null : utf8(JSON.stringify(privatePart)),
    replyKey,
  };
}

/** `gzip`: the request's Content-Encoding said so. Never throws. */
export async function openBody(
  body: Uint8Array,
  options: { readonly sealed: boolean; readonly gzip: boolean },
  tools: OpenBodyTools,
): Promise<OpenBodyResult> {
  let bytes = body;
  if (options.gzip) {
    const inflated = await tools.inflate(bytes);
    if ('error' in inflated) return inflated;
    bytes = inflated.ok;
  }
  if (!options.sealed) return { ok: { envelope: bytes, privatePart: null, replyKey: null } };
  const opened = openSealed(bytes, tools.hpkeKeys);
  if ('error' in opened) return { error: 'sealed-unreadable', detail: opened.error };
  const parts = splitParts(opened.ok);
  return parts === null
    ? { error: 'sealed-unreadable', detail: 'the sealed document is not {envelope, private, reply_key}' }
    : { ok: parts };
}
