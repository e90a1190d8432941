/**
 * The volunteer's addresses, as far as they can be learnt: those of the interfaces, and the public one as a reflector
 * sees it. Where the public one can't be learnt, every address-like text in a page goes: an address too many scrubbed
 * is a nuisance, one left in is a defect.
 */
import { ipClass, parseIp } from '../../shared/codec/ip.ts';
import type { HttpRequest, Measurement, MaybeBinary, ReflectorDescriptor } from '../../shared/model/index.ts';
import { scrubAddresses } from '../../shared/failure/failure.ts';
import { asString } from '../../shared/schema/read.ts';
import type { Net } from '../net/net.ts';
import { collectOwnAddresses, isOwn, readOwnAddresses } from '../report/own-addresses.ts';
import { redactMeasurement } from '../report/redact.ts';
import { createRedactor, SCRUBBED } from '../report/redactor.ts';
import { askReflector } from './ask-reflector.ts';
import type { World } from './world.ts';

export interface OwnRedactor {
  /** The address is this device's or its router's: the public one, or one of the same IPv6 network. */
  readonly isOwn: (address: string) => boolean;
  readonly patterns: readonly Uint8Array[];
  redact(measurement: Measurement): Measurement;
}

/** The address that this reflector saw; null when it can't be asked: a captive portal's page says nothing of it. */
async function seenBy(
  net: Net,
  reflector: ReflectorDescriptor,
  address: string,
  stop: AbortSignal,
): Promise<string | null> {
  const seen = asString((await askReflector(net, reflector, address, '/', stop))?.['remote_address']);
  return seen !== null && parseIp(seen) !== null ? seen : null;
}

const classOf = (address: string, family: 4 | 6): string | null => {
  const ip = parseIp(address);
  return ip?.family === family ? ipClass(ip) : null;
};

/**
 * Whether the world's view of this device is known in every family that it uses: a public IPv6 address on an interface
 * says nothing about the IPv4 address behind a router. Without IPv6 beyond the link there is none to hide.
 */
function knowsPublicAddresses(own: readonly string[], seen: readonly string[]): boolean {
  const known = (family: 4 | 6): boolean =>
    seen.some((a) => classOf(a, family) !== null) || own.some((a) => classOf(a, family) === 'public');
  const usesV6 = own.some((a) => ![null, 'link_local', 'loopback'].includes(classOf(a, 6)));
  return known(4) && (known(6) || !usesV6);
}

/** IPv4 as providers write it into host names: 203-0-113-7. */
const DASHED_V4 = /(?<![\d-])\d{1,3}(?:-\d{1,3}){3}(?![\d-])/g;

const scrubText = (text: string): string => scrubAddresses(text).replace(DASHED_V4, SCRUBBED);

/** A redirect often carries the visitor's address in its query; the host is the network's answer and stays. */
function scrubUrl(text: string): string {
  if (!URL.canParse(text)) return scrubText(text);
  const { origin } = new URL(text);
  return text.startsWith(origin) ? origin + scrubText(text.slice(origin.length)) : scrubText(text);
}

function scrubAll(value: MaybeBinary | null): MaybeBinary | null {
  if (typeof value === 'string') return scrubText(value);
  // Binary that may hold an unknown address as text can't be told from one that does not.
  return value === null ? null : { format: 'base64', data: '' };
}

function withoutAddresses(request: HttpRequest): HttpRequest {
  const { response } = request;
  const asked = { ...request.request, url: scrubUrl(request.request.url) };
  if (response === null) return { ...request, request: asked };
  const pairs = response.headers_list.map(([n, v]) => [n, scrubAll(v) ?? ''] as const);
  const body = scrubAll(response.body);
  const same = JSON.stringify(body) === JSON.stringify(response.body);
  return {
    ...request,
    request: asked,
    response: {
      ...response,
      body,
      headers_list: pairs,
      headers: Object.fromEntries(Object.entries(response.headers).map(([n, v]) => [n, scrubAll(v) ?? ''])),
      x_body_sha256: same ? (response.x_body_sha256 ?? null) : null,
    },
  };
}

export async function ownRedactor(
  world: World,
  net: Net,
  reflectors: readonly ReflectorDescriptor[],
  stop: AbortSignal,
): Promise<OwnRedactor> {
  const asked = reflectors.flatMap((r) => r.addresses.map((address) => seenBy(net, r, address, stop)));
  const seen = (await Promise.all(asked)).flatMap((address) => address ?? []);
  const own = collectOwnAddresses(world.interfaces(), seen);
  const redactor = createRedactor(own);
  const known = knowsPublicAddresses(own, seen);
  const addresses = readOwnAddresses(own);
  return {
    isOwn: (address) => {
      const ip = parseIp(address);
      return ip !== null && isOwn(addresses, ip);
    },
    patterns: redactor.patterns,
    redact(measurement) {
      const clean = redactMeasurement(measurement, redactor);
      if (known) return clean;
      const { test_keys: keys } = clean;
      return { ...clean, test_keys: { ...keys, requests: keys.requests.map(withoutAddresses) } };
    },
  };
}
