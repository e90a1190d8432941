/**
 * C2SP signed notes with Ed25519 keys (signature type 0x01): https://c2sp.org/signed-note
 *
 * A note is text, an empty line, and signature lines. The text means nothing until a key that the reader already trusts
 * has been found under it.
 */
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from './base64.ts';
import { concatBytes, equalBytes } from './bytes.ts';
import type { Decoded } from './decoded.ts';
import { InvalidInputError } from './decoded.ts';
import { sha256 } from './digest.ts';
import { ED25519_KEY_BYTES, ED25519_SIGNATURE_BYTES, publicKeyOf, sign, verify } from './ed25519.ts';

/** The specification asks for 16 signatures at least, which may be post-quantum ones of nearly 5 kB each. */
export const NOTE_MAX_BYTES = 256 * 1024;
export const NOTE_MAX_SIGNATURES = 64;

const TYPE_ED25519 = 0x01;
const KEY_HASH_BYTES = 4;
const EM_DASH = '\u2014';

export interface VerifierKey {
  readonly name: string;
  /** Four bytes; with the name it identifies the key, alone it proves nothing. */
  readonly keyHash: Uint8Array;
  readonly publicKey: Uint8Array;
}

export type VerifierKeyError = 'not_a_verifier_key' | 'unsupported_key_type' | 'key_hash_mismatch';
export type NoteError =
  'too_large' | 'not_utf8' | 'malformed_note' | 'malformed_signature' | 'bad_signature' | 'unknown_signer';

function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+\p{Cc}\p{Surrogate}]/u.test(name);
}

/** Text that UTF-8 can carry and the specification allows: no control characters but newline. */
function isNoteText(text: string): boolean {
  return !/[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(text);
}

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
export function noteKeyHash(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(name), Uint8Array.of(0x0a, TYPE_ED25519), publicKey)).subarray(
    0,
    KEY_HASH_BYTES,
  );
}

/** A verifier key from its parts. Throws `bad_key_name` or `bad_key`. */
export function verifierKey(name: string, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name))
    throw new InvalidInputError('bad_key_name', 'a key name has no spaces, plus or control characters');
  if (publicKey.length !== ED25519_KEY_BYTES)
    throw new InvalidInputError(
      'bad_key',
      `an Ed25519 key has ${ED25519_KEY_BYTES} bytes, got ${publicKey.length}`,
    );
  return { name, publicKey, keyHash: noteKeyHash(name, publicKey) };
}

/** `name+hash+base64(0x01 ‖ key)`, the form in which verifier keys are handed around. Throws as `verifierKey`. */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  const { keyHash } = verifierKey(name, publicKey);
  return `${name}+${toHex(keyHash)}+${toBase64(concatBytes(Uint8Array.of(TYPE_ED25519), publicKey))}`;
}

/** Reads what `formatVerifierKey` writes; untrusted input, never throws. */
export function parseVerifierKey(text: string): Decoded<VerifierKey, VerifierKeyError> {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([^\s]+)$/u.exec(text);
  const name = match?.[1] ?? '';
  const hash = fromHex(match?.[2] ?? '');
  const key = fromBase64(match?.[3] ?? '');
  if (!isKeyName(name) || hash === null || key === null || key.length === 0)
    return { error: 'not_a_verifier_key' };
  if (key[0] !== TYPE_ED25519) return { error: 'unsupported_key_type' };
  if (key.length !== 1 + ED25519_KEY_BYTES) return { error: 'not_a_verifier_key' };
  const found = verifierKey(name, key.subarray(1));
  return equalBytes(found.keyHash, hash) ? { ok: found } : { error: 'key_hash_mismatch' };
}

/** The note for `text` (which ends in a newline) with one signature. Throws `bad_text`, `bad_key_name` or `bad_key`. */
export function signNote(text: string, signer: { readonly name: string; readonly seed: Uint8Array }): string {
  if (!text.endsWith('\n') || !isNoteText(text))
    throw new InvalidInputError('bad_text', 'a note ends in a newline and has no other control characters');
  const { name, keyHash } = verifierKey(signer.name, publicKeyOf(signer.seed));
  const signature = toBase64(concatBytes(keyHash, sign(utf8(text), signer.seed)));
  return `${text}\n${EM_DASH} ${name} ${signature}\n`;
}

interface SignatureLine {
  readonly name: string;
  readonly keyHash: Uint8Array;
  readonly signature: Uint8Array;
}

function parseSignatureLine(line: string): SignatureLine | null {
  const [dash, name, encoded, ...rest] = line.split(' ');
  if (dash !== EM_DASH || name === undefined || encoded === undefined || rest.length > 0) return null;
  const bytes = fromBase64(encoded);
  if (!isKeyName(name) || bytes === null || bytes.length <= KEY_HASH_BYTES) return null;
  return { name, keyHash: bytes.subarray(0, KEY_HASH_BYTES), signature: bytes.subarray(KEY_HASH_BYTES) };
}

export interface OpenedNote {
  /** With its final newline. */
  readonly text: string;
  /** Every given key that signed, each once, in the order of the signature lines; never empty. */
  readonly verifiedBy: readonly VerifierKey[];
}

/**
 * Splits a note and verifies it against the keys the caller trusts. Signatures of other keys are ignored; a known key's
 * signature that fails spoils the note; without any known key's the note is refused. Untrusted input, never throws.
 */
export function openNote(
  note: string | Uint8Array,
  keys: readonly VerifierKey[],
): Decoded<OpenedNote, NoteError> {
  if (note.length > NOTE_MAX_BYTES)
    return { error: 'too_large', detail: `more than ${NOTE_MAX_BYTES} bytes` };
  const whole = typeof note === 'string' ? note : fromUtf8(note);
  if (whole === null) return { error: 'not_utf8' };
  const end = whole.lastIndexOf('\n\n');
  if (end < 0 || !whole.endsWith('\n') || !isNoteText(whole)) return { error: 'malformed_note' };

  const text = whole.slice(0, end + 1);
  const lines = whole.slice(end + 2, -1).split('\n');
  if (lines.length > NOTE_MAX_SIGNATURES)
    return { error: 'too_large', detail: `more than ${NOTE_MAX_SIGNATURES} signatures` };

  const signed = utf8(text);
  const verifiedBy: VerifierKey[] = [];
  for (const line of lines) {
    const found = parseSignatureLine(line);
    if (found === null) return { error: 'malformed_signature' };
    const known = keys.filter((key) => key.name === found.name && equalBytes(key.keyHash, found.keyHash));
    if (known.length === 0) continue;
    // Two trusted keys with one name and hash: the signature is whosever it verifies under.
    const signer = known.find(
      (key) =>
        found.signature.length === ED25519_SIGNATURE_BYTES && verify(found.signature, signed, key.publicKey),
    );
    if (signer === undefined) return { error: 'bad_signature', detail: found.name };
    if (!verifiedBy.includes(signer)) verifiedBy.push(signer);
  }
  return verifiedBy.length > 0 ? { ok: { text, verifiedBy } } : { error: 'unknown_signer' };
}
