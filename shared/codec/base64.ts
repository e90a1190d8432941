/**
 * Base64 (RFC 4648 section 4) and the text and hex conversions that travel with it. Written here because `atob` is lax
 * (it skips whitespace and ignores stray bits): two different texts must never decode to the same signed bytes.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 0x3d;
const INVALID = 255;
/** `String.fromCharCode` takes its input as arguments, so long inputs go in pieces of this many bytes. */
const PIECE_BYTES = 3 * 4096;

const ENCODE = Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0));
const DECODE = new Uint8Array(256).fill(INVALID);
ENCODE.forEach((code, value) => {
  DECODE[code] = value;
});

function encodePiece(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at++] = ENCODE[group >>> 18] ?? PADDING;
    out[at++] = ENCODE[(group >>> 12) & 63] ?? PADDING;
    out[at++] = left > 1 ? (ENCODE[(group >>> 6) & 63] ?? PADDING) : PADDING;
    out[at++] = left > 2 ? (ENCODE[group & 63] ?? PADDING) : PADDING;
  }
  return String.fromCharCode(...out);
}

/** Bytes → padded base64 without line breaks. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += PIECE_BYTES) text += encodePiece(bytes.subarray(i, i + PIECE_BYTES));
  return text;
}

/**
 * Padded base64 → bytes; null for anything that `toBase64` would not have written: whitespace, missing padding,
 * characters outside the alphabet, non-zero trailing bits (RFC 4648 section 3.5).
 */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < digits; i++) {
    const value = DECODE[text.charCodeAt(i)] ?? INVALID;
    if (value === INVALID) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >>> bits) & 255;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? out : null;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes → lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

/** Hex in either case → bytes; null when the length is odd or a character is no hex digit. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

const ENCODER = new TextEncoder();
/** `ignoreBOM` keeps a leading byte order mark: bytes must survive the round trip. */
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text → UTF-8; a lone surrogate becomes U+FFFD, as the Encoding standard has it. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** UTF-8 → text; null when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes);
  } catch {
    return null;
  }
}
