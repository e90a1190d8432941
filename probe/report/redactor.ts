/**
 * Takes the volunteer's addresses out of texts and bytes. Pure. Product principle 1: an address too many scrubbed is a
 * nuisance, one left in is a defect.
 */
import { parseIp } from '../../shared/codec/ip.ts';
import { isTellingResolver, readOwnAddresses } from './own-addresses.ts';
import { bytePatterns, macFinders, usualTexts, v4Finders, v6Base64Finder, v6Finders } from './spellings.ts';
import type { Finder, Span } from './spellings.ts';
import { viewsOf } from './views.ts';

/** What stands where an address stood. In place of a DNS answer it is no address, and so never taken for a bogon. */
export const SCRUBBED = '[scrubbed]';
/** A cut-off body may end within an address; fewer characters than these tell nothing. */
const MIN_CUT_CHARS = 5;
const V6_BYTES = 16;

export interface Redactor {
  /** Every own address becomes `[scrubbed]`. `cut`: the text was cut off, so an address may be incomplete at its end. */
  text(text: string, cut?: boolean): string;
  /**
   * Every own address, written or in its raw 4, 16 or 6 bytes, becomes zeros: the length stays. A certificate treated
   * like this no longer verifies, and a DNS message may no longer be one; both are rarer and cheaper than a leak.
   */
  bytes(bytes: Uint8Array, cut?: boolean): { readonly bytes: Uint8Array; readonly changed: boolean };
  /** A resolver's address: own, private, shared and link-local ones become `[scrubbed]`, public ones stay. */
  resolver(endpoint: string): string;
  /** For a streaming search: the usual spellings and raw IPv6 prefixes. Weaker than `text`; a hit voids the body's hash. */
  readonly patterns: readonly Uint8Array[];
}

function merge(spans: readonly Span[]): Span[] {
  const out: [number, number][] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else if (to > from) out.push([from, to]);
  }
  return out;
}

/** Brackets of a URL's or endpoint's IPv6 address go with it. */
function withBrackets(text: string, [from, to]: Span): Span {
  return text[from - 1] === '[' && text[to] === ']' ? [from - 1, to + 1] : [from, to];
}

/** Places of fixed raw bytes in a Latin-1 text, each `length` long. */
function rawFinder(needle: Uint8Array, length: number): Finder {
  const wanted = String.fromCharCode(...needle);
  return (text) => {
    const spans: Span[] = [];
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1))
      spans.push([at, Math.min(text.length, at + length)]);
    return spans;
  };
}

/** `a.b.c.d:53`, `[v6]:53`, bare literals with or without a zone → the literal; null for anything else. */
function literalOf(endpoint: string): string | null {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(endpoint)?.[1];
  const v4 = /^(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(endpoint)?.[1];
  return bracketed ?? v4 ?? (parseIp(endpoint) === null ? null : endpoint);
}

/**
 * `ownAddresses`: see `collectOwnAddresses`; hardware addresses may be among them. Throws `BAD_OWN_ADDRESS` for a text
 * that is no address.
 */
export function createRedactor(ownAddresses: readonly string[]): Redactor {
  const own = readOwnAddresses(ownAddresses);
  // Temporary addresses share one /64, and one search finds them all.
  const networks = new Map(
    own.v6.map((c) => [`${c.prefix} ${c.base.bytes.subarray(0, c.prefix / 8).join()}`, c]),
  );
  const finders = [
    ...own.v4.flatMap(v4Finders),
    ...[...networks.values()].flatMap(v6Finders),
    ...own.v6.map(v6Base64Finder),
    ...own.mac.flatMap(macFinders),
  ];
  const rawFinders = [
    ...own.v4.map((bytes) => rawFinder(bytes, bytes.length)),
    ...own.v6.map(({ base, prefix }) => rawFinder(base.bytes.subarray(0, prefix / 8), V6_BYTES)),
    ...own.mac.map((bytes) => rawFinder(bytes, bytes.length)),
  ];
  const usual = usualTexts(own.v4, own.v6);

  const cutSpan = (text: string): Span[] => {
    const lower = text.slice(-64).toLowerCase();
    let longest = 0;
    for (const spelling of usual)
      for (let n = spelling.length - 1; n >= MIN_CUT_CHARS && n > longest; n--)
        if (lower.endsWith(spelling.slice(0, n))) longest = n;
    return longest === 0 ? [] : [[text.length - longest, text.length]];
  };
  const spansOf = (text: string, cut: boolean): Span[] =>
    viewsOf(text).flatMap((view) => {
      const found = finders.flatMap((find) => find(view.text));
      if (cut) found.push(...cutSpan(view.text));
      return found.map(([from, to]): Span => {
        const [a, b] = withBrackets(view.text, [from, to]);
        return view.at === null ? [a, b] : [view.at[a] ?? a, view.at[b] ?? text.length];
      });
    });

  const redactText = (text: string, cut = false): string => {
    if (finders.length === 0) return text;
    let out = '';
    let done = 0;
    for (const [from, to] of merge(spansOf(text, cut))) {
      out += text.slice(done, from) + SCRUBBED;
      done = to;
    }
    return out + text.slice(done);
  };

  return {
    text: redactText,
    bytes(bytes, cut = false) {
      if (finders.length === 0) return { bytes, changed: false };
      const out = Uint8Array.from(bytes);
      const asText = (): string => Buffer.from(out.buffer).toString('latin1');
      const raw = asText();
      const rawSpans = rawFinders.flatMap((find) => find(raw));
      for (const [from, to] of rawSpans) out.fill(0, from, to);
      // Only now, since a raw address may end in a digit that would hide the written one behind it.
      const spans = merge(spansOf(asText(), cut));
      if (rawSpans.length + spans.length === 0) return { bytes, changed: false };
      for (const [from, to] of spans) out.fill(0, from, to);
      return { bytes: out, changed: true };
    },
    resolver(endpoint) {
      const ip = parseIp(literalOf(endpoint) ?? '');
      return ip !== null && isTellingResolver(own, ip) ? SCRUBBED : redactText(endpoint);
    },
    patterns: [
      ...bytePatterns(own.v4, own.v6, own.mac),
      ...own.v6.map((c) => c.base.bytes.subarray(0, c.prefix / 8)),
    ],
  };
}
