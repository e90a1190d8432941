/**
 * Signed webhooks as Standard Webhooks 1.0 describes them with asymmetric keys
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): the signature `v1a` is
 * Ed25519 over `id.timestamp.body`, the exact bytes sent. No other thing that this key signs begins like an id. Pure.
 */
import { toBase64, utf8 } from '../../shared/codec/base64.ts';
import { concatBytes } from '../../shared/codec/bytes.ts';
import { sign } from '../../shared/codec/ed25519.ts';

const SCHEME = 'v1a';

export interface Signer {
  /** 32 bytes, secret. */
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Headers of one attempt; `seconds` since 1970. A receiver refuses what is older than five minutes, and ids that it has had. */
export function signedHeaders(
  id: string,
  seconds: number,
  body: Uint8Array,
  signer: Signer,
): Readonly<Record<string, string>> {
  const signature = sign(concatBytes(utf8(`${id}.${seconds}.`), body), signer.seed);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `${SCHEME},${toBase64(signature)}`,
    'kuager-key': toBase64(signer.publicKey),
  };
}
