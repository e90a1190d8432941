/**
 * How an address may be written. Two products: finders, which give the places in a text where an own address stands in
 * any of its spellings, and fixed byte patterns for the HTTP driver, which searches a stream and can't read a grammar.
 * Pure. A finder may take a few characters too many; it must never take too few.
 */
import { toBase64, toHex, utf8 } from '../../shared/codec/base64.ts';
import { cidrContains, formatIp, parseIp } from '../../shared/codec/ip.ts';
import type { Cidr } from '../../shared/codec/ip.ts';

/** Start and end (exclusive) in UTF-16 units. */
export type Span = readonly [number, number];
export type Finder = (text: string) => Span[];

/** Between octets; the control characters are DNS label lengths, as in the wire form of 4.3.2.1.in-addr.arpa. */
const OCTET_SEPARATOR = '(?:[.\\-_,\\x00-\\x03]|\\[\\.\\])';
const GROUP_SEPARATOR = '[:\\-_]';
/** Longest text looked at from the first group of an IPv6 address on: 39 characters, sloppy writers' zeros included. */
const V6_WINDOW_CHARS = 64;
/** Seven colons, one of them doubled, three dots of an IPv4 tail, and one that ends the sentence. */
const MAX_V6_SEPARATORS = 12;

/** The places that a regular expression matches; `flags` besides `g`. */
export function regexFinder(source: string, flags = 'i'): Finder {
  const regex = new RegExp(source, `g${flags}`);
  return (text) => Array.from(text.matchAll(regex), (m): Span => [m.index, m.index + m[0].length]);
}

const reversed = (bytes: Uint8Array): number[] => [...bytes].reverse();
const alternatives = (parts: readonly string[]): string => `(?:${parts.map(escapeRegex).join('|')})`;
const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** Decimal, 0x-hexadecimal or 0-octal, leading zeros allowed: what inet_aton(3) accepts. */
function octetSource(n: number): string {
  return `(?:0{0,9}${n}|0x0{0,6}${n.toString(16)}|0{1,9}${n.toString(8)})`;
}

/**
 * Base64 of a text wherever it stands in a longer one: three alignments, without the characters that also depend on
 * its neighbours.
 */
export function base64Cores(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((pad) => {
    const encoded = toBase64(Uint8Array.from([...new Uint8Array(pad), ...bytes]));
    const core = encoded.slice(Math.ceil((pad * 8) / 6), Math.floor(((pad + bytes.length) * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Dotted, dashed, with underscores, reversed, hexadecimal, one integer, inside an IPv6 address, base64 of the text. */
export function v4Finders(octets: Uint8Array): Finder[] {
  const row = (numbers: readonly number[]): string => numbers.map(octetSource).join(OCTET_SEPARATOR);
  const hex = toHex(octets);
  const group = (at: number): string => `0{0,3}${Number.parseInt(hex.slice(at, at + 4), 16).toString(16)}`;
  const pair = regexFinder(`(?<![0-9a-f])${group(0)}${GROUP_SEPARATOR}${group(4)}(?![0-9a-f])`);
  return [
    regexFinder(`(?<!\\d)(?:${row([...octets])}|${row(reversed(octets))})(?!\\d)`),
    regexFinder(`(?<![0-9a-f])(?:${hex}|${toHex(Uint8Array.from(reversed(octets)))})(?![0-9a-f])`),
    regexFinder(`(?<!\\d)${Number.parseInt(hex, 16)}(?!\\d)`),
    (text) => pair(text).flatMap((span) => behindCarrier(text, span)),
    regexFinder(alternatives(base64Cores(utf8(octets.join('.')))), ''),
  ];
}

/** Prefixes of IPv6 addresses that carry IPv4: compatible, mapped, translated, 6to4, NAT64. */
const CARRIER =
  /(?:(?<![0-9a-f:])[0:]*:(?:ffff:(?:0{1,4}:)?)?|ffff:(?:0{1,4}:)?|(?<![0-9a-f])2002:|(?:0{0,2}64:)?ff9b:[0:]*)$/i;
const CARRIER_WINDOW_CHARS = 40;

/** Two groups count only behind such a prefix: elsewhere they are part of somebody else's address. */
function behindCarrier(text: string, [from, to]: Span): Span[] {
  const before = text.slice(Math.max(0, from - CARRIER_WINDOW_CHARS), from).replace(/[-_]/g, ':');
  const carrier = CARRIER.exec(before)?.[0];
  return carrier === undefined ? [] : [[from - carrier.length, to]];
}

/** The longest own address that begins at `start`: one span or none. */
function readV6(text: string, start: number, cidr: Cidr, leading: string): Span[] {
  const run = /^[0-9a-f.:_-]+/i.exec(text.slice(start, start + V6_WINDOW_CHARS))?.[0] ?? '';
  const joined = run.toLowerCase().replace(/[-_]/g, ':');
  // No address has two gaps: what follows a second one is something else.
  const gap = joined.indexOf('::');
  const secondGap = gap < 0 ? -1 : joined.indexOf('::', gap + 2);
  const plain = secondGap < 0 ? joined : joined.slice(0, secondGap);
  const groups = plain.split(':');
  const network = groups.slice(0, 4);
  // Without a gap the first groups decide, in any number: written short on purpose or cut off, they name one home.
  if (cidr.prefix === 64 && network.length === 4 && !network.includes('')) {
    const own = network.map((g) => g.replace(/\..*/, '').padStart(4, '0')).join('') === leading;
    return own ? [[start, start + groups.slice(0, 8).join(':').length]] : [];
  }
  // An address may end before a separator or, as `2001:db8::`, in one: every such cut is tried, the longest first.
  const separators = Array.from(plain.matchAll(/[:.]/g), (m) => m.index).slice(0, MAX_V6_SEPARATORS);
  const cuts = new Set([plain.length, ...separators.reverse().flatMap((at) => [at + 1, at])]);
  for (const cut of cuts) {
    const ip = parseIp(plain.slice(0, cut));
    if (ip !== null && ip.family === 6 && cidrContains(cidr, ip)) return [[start, start + cut]];
  }
  return [];
}

/** 16 or 32 hex digits: the part that is own. */
function ownHex(cidr: Cidr): string {
  return toHex(cidr.base.bytes).slice(0, cidr.prefix / 4);
}

/** Base64 of one address's usual texts. */
export function v6Base64Finder(cidr: Cidr): Finder {
  return regexFinder(alternatives([...v6Texts(cidr)].flatMap((t) => base64Cores(utf8(t)))), '');
}

/** Any RFC 4291 spelling of any address of the block, dashes for colons, ip6.arpa nibbles, plain hexadecimal. */
export function v6Finders(cidr: Cidr): Finder[] {
  const hex = ownHex(cidr);
  const first = Number.parseInt(hex.slice(0, 4), 16).toString(16);
  const starts = regexFinder(`(?<![0-9a-f])0{0,3}${first}(?=${GROUP_SEPARATOR})`);
  const nibbles = [...hex].reverse().join('[.\\x01]');
  const arpa = regexFinder(nibbles);
  return [
    (text) => starts(text).flatMap(([at]) => readV6(text, at, cidr, hex)),
    (text) => arpa(text).map(([from, to]): Span => [from - nibblesBefore(text, from, 32 - hex.length), to]),
    regexFinder(`${hex}[0-9a-f]{0,${32 - hex.length}}`),
  ];
}

/** Characters of at most `most` further nibbles directly before `at`. */
function nibblesBefore(text: string, at: number, most: number): number {
  let n = 0;
  while (n < most && /^[0-9a-f][.\x01]$/i.test(text.slice(at - 2 * n - 2, at - 2 * n))) n++;
  return 2 * n;
}

/** Hardware address: colons, dashes, Cisco's dots, bare; and as the last half of an IPv6 address (RFC 4291 app. A). */
export function macFinders(mac: Uint8Array): Finder[] {
  const octets = [...mac].map((n) => n.toString(16).padStart(2, '0'));
  const [a, b, c, d, e, f] = mac as unknown as [number, number, number, number, number, number];
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f].map(
    (n) => `0{0,3}${n.toString(16)}`,
  );
  return [
    regexFinder(`(?<![0-9a-f])${octets.join('[:.\\-_]?')}(?![0-9a-f])`),
    regexFinder(`(?<![0-9a-f])${groups.join(GROUP_SEPARATOR)}(?![0-9a-f])`),
  ];
}

function v6Texts(cidr: Cidr): Set<string> {
  const hex = toHex(cidr.base.bytes);
  const groups = Array.from({ length: 8 }, (_, i) => hex.slice(4 * i, 4 * i + 4));
  const short = groups.map((g) => Number.parseInt(g, 16).toString(16));
  const texts = [formatIp(cidr.base), groups.join(':'), short.join(':')];
  if (cidr.prefix === 64)
    texts.push(groups.slice(0, 4).join(':'), short.slice(0, 4).join(':'), formatPrefix(cidr));
  return new Set(texts);
}

/** The network's part in its shortest spelling, without the `::` that would only stand for its own end. */
function formatPrefix(cidr: Cidr): string {
  const marker = Uint8Array.from(cidr.base.bytes);
  marker.fill(0xff, 8);
  return formatIp({ family: 6, bytes: marker }).split(':ffff')[0] ?? '';
}

/** Spellings as plain texts, most usual first: what a truncated body may end in. */
export function usualTexts(v4: readonly Uint8Array[], v6: readonly Cidr[]): string[] {
  const four = v4.flatMap((b) => [
    b.join('.'),
    b.join('-'),
    b.join('_'),
    reversed(b).join('.'),
    reversed(b).join('-'),
    toHex(b),
  ]);
  const six = v6.flatMap((cidr) => [...v6Texts(cidr), ownHex(cidr), [...ownHex(cidr)].reverse().join('.')]);
  return [...new Set([...four, ...six])];
}

/** The fixed patterns: the usual texts in both cases, `:` also as %3A, and base64 of the plain one. */
export function bytePatterns(
  v4: readonly Uint8Array[],
  v6: readonly Cidr[],
  mac: readonly Uint8Array[],
): Uint8Array[] {
  const plain = [...v4.map((b) => b.join('.')), ...v6.map((cidr) => formatIp(cidr.base))];
  const macs = mac.flatMap((m) => {
    const octets = [...m].map((n) => n.toString(16).padStart(2, '0'));
    return [':', '-', ''].map((separator) => octets.join(separator));
  });
  const texts = [...usualTexts(v4, v6), ...macs];
  const all = [...texts, ...texts.map((t) => t.replaceAll(':', '%3A'))];
  const cased = all.flatMap((t) => [
    t.toLowerCase(),
    t.toUpperCase(),
    t.toLowerCase().replaceAll('%3a', '%3A'),
  ]);
  return [...new Set([...cased, ...plain.flatMap((t) => base64Cores(utf8(t)))])].map(utf8);
}
