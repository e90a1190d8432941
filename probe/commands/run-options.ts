/** Flags of `kuager run` → checked settings. Pure apart from nothing: files are read elsewhere. */
import { parseEndpoint, parseIp } from '../../shared/codec/ip.ts';
import type { Language } from '../../shared/i18n/index.ts';
import type { ReflectorDescriptor } from '../../shared/model/index.ts';
import { ProbeError } from '../errors.ts';
import type { Endpoint } from '../net/net.ts';
import type { VantagePoint } from '../run/document.ts';

/** As commander hands them over. */
export interface RunFlags {
  readonly url?: readonly string[];
  readonly inputFile?: string;
  readonly list?: readonly string[];
  readonly collector?: string;
  readonly descriptor?: string;
  readonly upload?: boolean;
  readonly publish?: boolean;
  readonly exclude?: readonly string[];
  readonly out?: string;
  readonly concurrency?: string;
  readonly maxRuntime?: string;
  readonly maxBytes?: string;
  readonly rotate?: string;
  readonly yes?: boolean;
  readonly risky?: boolean;
  readonly resolver?: readonly string[];
  readonly doh?: string;
  readonly control?: string;
  readonly reflector?: readonly string[];
  readonly extraRoot?: readonly string[];
  readonly fingerprints?: readonly string[];
  readonly cc?: string;
  readonly asn?: string;
  readonly networkType?: string;
  readonly region?: string;
  readonly lang?: string;
  readonly json?: boolean;
}

export interface RunSettings {
  readonly urls: readonly string[];
  readonly inputFile: string | null;
  readonly lists: readonly string[];
  readonly collector: string | null;
  /** A signed descriptor that the user was handed. */
  readonly descriptorFile: string | null;
  readonly upload: boolean;
  readonly publish: boolean;
  readonly exclude: readonly string[];
  readonly out: string | null;
  readonly concurrency: number;
  readonly maxRuntimeMs: number | null;
  readonly maxBytes: number;
  /** Only the most due targets, as many as fit into so many bytes; null: all of them. */
  readonly rotateBytes: number | null;
  readonly yes: boolean;
  readonly risky: boolean;
  readonly resolvers: readonly Endpoint[] | null;
  readonly dohUrl: string | null;
  readonly control: string | null;
  readonly reflectors: readonly ReflectorDescriptor[] | null;
  readonly extraRootFiles: readonly string[];
  readonly fingerprintFiles: readonly string[];
  readonly vantage: VantagePoint;
  readonly region: string | null;
  readonly language: Language;
  readonly json: boolean;
}

/** Targets under way at once unless said otherwise; each opens a handful of sockets. */
const DEFAULT_CONCURRENCY = 12;
const MAX_CONCURRENCY = 100;
const DNS_PORT = 53;
/** RFC 6793. */
const MAX_ASN = 4_294_967_295;
/** A second resolver that answers over TLS; addressed by a literal, so that nobody has to be asked for its name. */
const DEFAULT_DOH_URL = 'https://1.1.1.1/dns-query';

export const bad = (message: string): ProbeError => new ProbeError('BAD_ARGUMENT', message);

export function integer(flag: string, text: string | undefined, min: number, max: number): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw bad(`${flag} takes a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}

function httpUrl(flag: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw bad(`${flag} takes an http or https URL, not "${text}"`);
  return text;
}

function resolverOf(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint !== null && endpoint.port > 0) return endpoint;
  if (parseIp(text) !== null) return { address: text, port: DNS_PORT };
  throw bad(
    `--resolver takes an address with or without a port (192.0.2.1, 192.0.2.1:53, [2001:db8::1]:53), not "${text}"`,
  );
}

const isPort = (port: number | undefined): boolean => port !== undefined && port >= 1 && port <= 65_535;

/** `NAME=ADDRESS:TLSPORT[,HTTPPORT]`: a reflector that no descriptor names; its chain must lead to the roots in use. */
function reflectorOf(text: string): ReflectorDescriptor {
  const match = /^([A-Za-z0-9.-]{1,253})=(.+?)(?:,(\d{1,5}))?$/.exec(text);
  const endpoint = parseEndpoint(match?.[2] ?? '');
  const httpPort = match?.[3] === undefined ? endpoint?.port : Number(match[3]);
  const validName =
    match !== null && URL.canParse(`https://${match[1]}/`) && /[a-z0-9]/i.test(match[1] ?? '');
  if (match === null || endpoint === null || !validName || !isPort(endpoint.port) || !isPort(httpPort))
    throw bad(
      `--reflector takes NAME=ADDRESS:TLSPORT[,HTTPPORT], for example mirror.example=192.0.2.1:443,80, not "${text}"`,
    );
  return {
    name: match[1]!.toLowerCase(),
    addresses: [endpoint.address],
    tlsPort: endpoint.port,
    httpPort: httpPort ?? endpoint.port,
    spkiSha256: [],
  };
}

function vantageOf(flags: RunFlags): VantagePoint {
  const cc = flags.cc ?? 'ZZ';
  if (!/^[A-Za-z]{2}$/.test(cc)) throw bad(`--cc takes two letters, such as KZ, not "${cc}"`);
  const asn = flags.asn ?? 'AS0';
  if (!/^(AS)?\d{1,10}$/i.test(asn) || Number(asn.replace(/^AS/i, '')) > MAX_ASN)
    throw bad(`--asn takes a network number, such as AS9198, not "${asn}"`);
  const networkType = flags.networkType ?? 'unknown';
  if (networkType !== 'mobile' && networkType !== 'fixed' && networkType !== 'unknown')
    throw bad(`--network-type takes mobile, fixed or unknown, not "${networkType}"`);
  return { cc: cc.toUpperCase(), asn: `AS${Number(asn.replace(/^AS/i, ''))}`, networkType };
}

/** As the flag says, else the system's locale, else English. */
export function languageOf(text: string | undefined, locale: string): Language {
  if (text === 'en' || text === 'ru' || text === 'kk') return text;
  if (text !== undefined) throw bad(`--lang takes kk, ru or en, not "${text}"`);
  return locale.startsWith('ru') ? 'ru' : locale.startsWith('kk') ? 'kk' : 'en';
}

export function runSettings(flags: RunFlags, locale: string): RunSettings {
  if (flags.region !== undefined && !/^[A-Z]{2}-[A-Z0-9]{1,3}$/.test(flags.region))
    throw bad(`--region takes an ISO 3166-2 code, such as KZ-75, not "${flags.region}"`);
  const seconds = integer('--max-runtime', flags.maxRuntime, 1, 7 * 24 * 3600);
  return {
    urls: flags.url ?? [],
    inputFile: flags.inputFile ?? null,
    lists: flags.list ?? [],
    collector: flags.collector === undefined ? null : httpUrl('--collector', flags.collector),
    descriptorFile: flags.descriptor ?? null,
    upload: flags.upload !== false,
    publish: flags.publish === true,
    exclude: flags.exclude ?? [],
    out: flags.out ?? null,
    concurrency: integer('--concurrency', flags.concurrency, 1, MAX_CONCURRENCY) ?? DEFAULT_CONCURRENCY,
    maxRuntimeMs: seconds === null ? null : seconds * 1000,
    maxBytes: integer('--max-bytes', flags.maxBytes, 1, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY,
    rotateBytes: integer('--rotate', flags.rotate, 1, Number.MAX_SAFE_INTEGER),
    yes: flags.yes === true,
    risky: flags.risky === true,
    resolvers: flags.resolver === undefined ? null : flags.resolver.map(resolverOf),
    dohUrl:
      flags.doh === 'off' ? null : flags.doh === undefined ? DEFAULT_DOH_URL : httpUrl('--doh', flags.doh),
    control: flags.control === undefined ? null : httpUrl('--control', flags.control),
    reflectors: flags.reflector === undefined ? null : flags.reflector.map(reflectorOf),
    extraRootFiles: flags.extraRoot ?? [],
    fingerprintFiles: flags.fingerprints ?? [],
    vantage: vantageOf(flags),
    region: flags.region ?? null,
    language: languageOf(flags.lang, locale),
    json: flags.json === true,
  };
}
