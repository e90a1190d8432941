/** A request body → the envelopes in it: gzip, then the seal, then the two parts. */
import { fromUtf8, utf8 } from '../../shared/codec/base64.ts';
import { openSealed } from '../../shared/codec/sealed.ts';
import { jsonDepth } from './json-depth.ts';
import type { Inflate } from './inflate.ts';

const MAX_SEALED_DEPTH = 8;

interface OpenedBody {
  readonly envelope: Uint8Array;
  readonly privatePart: Uint8Array | null;
}
type OpenBodyError = 'decoded-too-large' | 'body-damaged' | 'sealed-unreadable';
export type OpenBodyResult =
  { readonly ok: OpenedBody } | { readonly error: OpenBodyError; readonly detail?: string };

export interface OpenBodyTools {
  readonly inflate: Inflate;
  /** Hex key id → X25519 private key. */
  readonly hpkeKeys: ReadonlyMap<string, Uint8Array>;
}

/** `{"envelope": {…}, "private": {…}?}` → the two documents as bytes. */
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
  return {
    envelope: utf8(JSON.stringify(envelope)),
    privatePart: privatePart === null ? null : utf8(JSON.stringify(privatePart)),
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
  if (!options.sealed) return { ok: { envelope: bytes, privatePart: null } };
  const opened = openSealed(bytes, tools.hpkeKeys);
  if ('error' in opened) return { error: 'sealed-unreadable', detail: opened.error };
  const parts = splitParts(opened.ok);
  return parts === null
    ? { error: 'sealed-unreadable', detail: 'the sealed document is not {envelope, private}' }
    : { ok: parts };
}
