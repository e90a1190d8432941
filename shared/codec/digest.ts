import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 as sha2of256 } from '@noble/hashes/sha2.js';
import { toHex } from './base64.ts';

/** SHA-256 (FIPS 180-4): 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return sha2of256(bytes);
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return toHex(sha2of256(bytes));
}

/** SHA-1 in lower-case hex: an identifier that other data sets print beside a certificate, never a proof of anything. */
export function sha1Hex(bytes: Uint8Array): string {
  return toHex(sha1(bytes));
}
