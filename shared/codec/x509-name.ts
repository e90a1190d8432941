import { fromUtf8, toHex } from './base64.ts';
import { DerError, DerReader, TAG, decodeOid, type DerElement } from './der.ts';

interface NameAttribute {
  /** Short name (`CN`, `O`) or the dotted object identifier. */
  readonly type: string;
  readonly value: string;
}

export interface Name {
  /** DER as it came: names are compared byte by byte, as browsers and Go do. */
  readonly der: Uint8Array;
  /** DER of each relative distinguished name, for directory name constraints. */
  readonly parts: readonly Uint8Array[];
  readonly attributes: readonly NameAttribute[];
  /** `CN=…, O=…, C=…` in the order of the certificate, special characters escaped after RFC 4514. */
  readonly text: string;
}

/** Attributes of one name; the largest in use have about a dozen. */
const MAX_ATTRIBUTES = 64;

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.97', 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

/** Octets as code points 0 to 255. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function utf16(bytes: Uint8Array): string | null {
  if (bytes.length % 2 !== 0) return null;
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    text += String.fromCharCode(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  }
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

function utf32(bytes: Uint8Array): string | null {
  if (bytes.length % 4 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) {
    const point = view.getUint32(i);
    text += point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? '\ufffd' : String.fromCodePoint(point);
  }
  return text;
}

/**
 * DirectoryString and its relatives → text; null for another type. Authorities put UTF-8 into types that do not allow it,
 * so the one-octet types are tried as UTF-8 first; TeletexString is read as Latin-1, as everybody writes it.
 */
function decodeText(element: DerElement): string | null {
  const bytes = element.content;
  switch (element.tag) {
    case TAG.utf8String:
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.numericString:
      return fromUtf8(bytes) ?? latin1(bytes);
    case TAG.teletexString:
      return latin1(bytes);
    case TAG.bmpString:
      return utf16(bytes);
    case TAG.universalString:
      return utf32(bytes);
    default:
      return null;
  }
}

/** Escapes what would end a value early (RFC 4514 2.4) and what would redraw the line it is printed on. */
function escape(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, (char) => `\\${char}`)
    .replace(/[\p{Cc}\p{Cf}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

function readAttribute(reader: DerReader): NameAttribute {
  const pair = reader.enter(TAG.sequence);
  const oid = decodeOid(pair.read(TAG.oid).content);
  const element = pair.read();
  pair.end();
  return { type: SHORT_NAMES.get(oid) ?? oid, value: decodeText(element) ?? `#${toHex(element.raw)}` };
}

/** Name (RFC 5280 4.1.2.4) from its SEQUENCE. */
export function decodeName(element: DerElement): Name {
  const parts: Uint8Array[] = [];
  const attributes: NameAttribute[] = [];
  const texts: string[] = [];
  const sequence = new DerReader(element.content);
  while (!sequence.done) {
    const part = sequence.read(TAG.set);
    parts.push(part.raw);
    const set = new DerReader(part.content);
    const group: string[] = [];
    while (!set.done) {
      const attribute = readAttribute(set);
      attributes.push(attribute);
      group.push(`${attribute.type}=${escape(attribute.value)}`);
      if (attributes.length > MAX_ATTRIBUTES) throw new DerError('name with too many attributes');
    }
    texts.push(group.join('+'));
  }
  return { der: element.raw, parts, attributes, text: texts.join(', ') };
}
