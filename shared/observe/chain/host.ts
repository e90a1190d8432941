import type { Certificate } from '../../codec/x509.ts';

/** A host as a certificate can name it. */
type HostName =
  { readonly kind: 'dns'; readonly name: string } | { readonly kind: 'ip'; readonly bytes: Uint8Array };

/** Labels that must follow a wildcard: `*.com` would name half the world. */
const MIN_LABELS_AFTER_WILDCARD = 2;
/** RFC 1035 2.3.4, in A-label form, plus room for a trailing dot. */
const MAX_HOST_CHARS = 254;

function parseIpv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const octets = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return octets.every((octet) => octet < 256) ? octets : null;
}

/** Groups of one side of `::` → octets. A dotted IPv4 tail may end the address, not the left side. */
function parseGroups(text: string, isEnd: boolean): number[] | null {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const tail = isEnd && i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : null;
    if (tail !== null) octets.push(...tail);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 255);
    } else return null;
  }
  return octets;
}

/** IP address in text → 4 or 16 octets; null for anything else. A zone (`%eth0`) is dropped. */
export function parseIp(text: string): Uint8Array | null {
  if (text.length > 64) return null;
  const v4 = parseIpv4(text);
  if (v4 !== null) return Uint8Array.from(v4);
  const sides = text.replace(/%.*$/, '').split('::');
  if (!text.includes(':') || sides.length > 2) return null;
  const left = parseGroups(sides[0] ?? '', sides.length === 1);
  const right = parseGroups(sides[1] ?? '', true);
  if (left === null || right === null) return null;
  const missing = 16 - left.length - right.length;
  if (sides.length === 1 ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...left, ...new Array<number>(missing).fill(0), ...right]);
}

/**
 * A host as the user wrote it → the form to compare: lower case, A-labels, no trailing dot, no brackets. Null when it is
 * no host at all; such a host matches nothing.
 */
function parseHost(host: string): HostName | null {
  if (host.length > MAX_HOST_CHARS) return null;
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const bytes = parseIp(bare);
  if (bytes !== null) return { kind: 'ip', bytes };
  let name = bare.replace(/\.$/, '');
  if (/[^\x00-\x7f]/.test(name)) {
    // The URL parser is the one implementation of IDNA that Node and browsers share. It needs a name without delimiters.
    if (/[\s/?#@:[\]\\%]/.test(name) || !URL.canParse(`https://${name}/`)) return null;
    name = new URL(`https://${name}/`).hostname;
  }
  name = name.toLowerCase();
  return name === '' || name.split('.').includes('') ? null : { kind: 'dns', name };
}

/**
 * RFC 9525 6.3: whole labels, without regard to case; `*` stands for exactly one leftmost label and nothing less. The
 * pattern comes from a certificate and may be anything.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const lower = pattern.toLowerCase();
  if (!lower.startsWith('*.')) return lower === name && !lower.includes('*');
  const suffix = lower.slice(2);
  const dot = name.indexOf('.');
  if (dot <= 0 || suffix.includes('*')) return false;
  return suffix.split('.').length >= MIN_LABELS_AFTER_WILDCARD && suffix === name.slice(dot + 1);
}

/** The certificate names the host in its subject alternative names; the common name counts for nothing. */
export function namesHost(certificate: Certificate, host: string): boolean {
  const wanted = parseHost(host);
  const names = certificate.altNames;
  if (wanted === null || names === null) return false;
  if (wanted.kind === 'dns') return names.dns.some((pattern) => matchesPattern(pattern, wanted.name));
  const { bytes } = wanted;
  return names.ip.some((ip) => ip.length === bytes.length && ip.every((octet, i) => octet === bytes[i]));
}
