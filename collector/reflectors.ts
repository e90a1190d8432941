/** The reflector as part of a collector, or alone: where it listens, as whom, and how the descriptor names it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReflector, makeSelfIssued } from './control/index.ts';
import type { Reflector } from './control/index.ts';
import type { ReflectorDescriptor } from '../shared/model/index.ts';
import { CollectorError } from './errors.ts';
import type { HostPort } from './listen.ts';

export interface ReflectorKeyPair {
  readonly keyPem: string;
  readonly certPem: string;
}

const HTTPS_PORT = 443;
const HTTP_PORT = 80;
const NAME_BYTES = 4;

export interface ReflectorSettings {
  readonly listen: readonly HostPort[];
  /** PEM key and chain; null: a self-issued certificate, kept in `selfIssuedFolder`. */
  readonly identity: ReflectorKeyPair | null;
  /** Null: a new one at every start. */
  readonly selfIssuedFolder: string | null;
  /** What the descriptor names; empty: the addresses listened on. */
  readonly addresses: readonly string[];
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly descriptor?: () => string;
  /** Lines for the operator. */
  readonly warn: (line: string) => void;
}

export interface RunningReflector {
  readonly reflector: Reflector;
  readonly descriptor: ReflectorDescriptor;
}

/** An address to listen on that nobody can connect to by that name. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

function describe(reflector: Reflector, settings: ReflectorSettings): ReflectorDescriptor {
  const { endpoints, name, spkiSha256 } = reflector;
  const bound = [...new Set(endpoints.map((endpoint) => endpoint.host))];
  const addresses =
    settings.addresses.length > 0 ? settings.addresses : bound.filter((host) => !isWildcard(host));
  if (addresses.length === 0)
    settings.warn(
      'the reflector listens on every address and --reflector-address names none: probes will not find it',
    );
  const ports = endpoints.map((endpoint) => endpoint.port);
  // Each port speaks TLS and plain HTTP alike; the customary ones are named where they are bound.
  const tlsPort = ports.includes(HTTPS_PORT) ? HTTPS_PORT : (ports[0] ?? 0);
  const httpPort = ports.includes(HTTP_PORT) ? HTTP_PORT : tlsPort;
  return { name, addresses, tlsPort, httpPort, spkiSha256: [spkiSha256] };
}

async function bindAll(settings: ReflectorSettings, identity: ReflectorKeyPair): Promise<Reflector> {
  const start = (listen: readonly HostPort[]): Promise<Reflector> =>
    createReflector({
      listen,
      key: identity.keyPem,
      cert: identity.certPem,
      clock: settings.monotonicMs,
      ...(settings.descriptor === undefined ? {} : { descriptor: settings.descriptor }),
    });
  const plain = settings.listen
    .filter(
      ({ host, port }) =>
        port === HTTPS_PORT && !settings.listen.some((l) => l.host === host && l.port === HTTP_PORT),
    )
    .map(({ host }) => ({ host, port: HTTP_PORT }));
  if (plain.length === 0) return start(settings.listen);
  try {
    return await start([...settings.listen, ...plain]);
  } catch {
    settings.warn(
      `the reflector can't use port ${HTTP_PORT}; it answers plain HTTP on port ${HTTPS_PORT} only`,
    );
    return start(settings.listen);
  }
}

/** What a `ReflectorError` means to the operator. */
function asCollectorError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const options = { cause: error };
  switch (error.code) {
    case 'REFLECTOR_PORT_TAKEN':
      return new CollectorError('PORT_IN_USE', `reflector: ${error.message}`, options);
    case 'REFLECTOR_PORT_FORBIDDEN':
    case 'REFLECTOR_LISTEN_FAILED':
      return new CollectorError('LISTEN_FAILED', `reflector: ${error.message}`, options);
    case 'REFLECTOR_BAD_CERTIFICATE':
    case 'REFLECTOR_CERTIFICATE_WITHOUT_NAME':
    case 'REFLECTOR_KEY_MISMATCH':
      return new CollectorError('FILE_UNREADABLE', error.message, options);
    default:
      return error;
  }
}

/**
 * A name that says nothing of what it is for: it is the innocuous name of every pair and travels in clear. Under a domain
 * that is reserved for examples (RFC 2606), so that it belongs to nobody.
 */
const randomName = (): string => `www-${randomBytes(NAME_BYTES).toString('hex')}.example.org`;

/** Kept, because probes hold on to a descriptor that pins this key. */
async function selfIssued(folder: string | null, nowMs: number): Promise<ReflectorKeyPair> {
  if (folder === null) return makeSelfIssued(randomName(), nowMs);
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string];
  if (existsSync(cert) && existsSync(key))
    return { keyPem: readFileSync(key, 'utf8'), certPem: readFileSync(cert, 'utf8') };
  const made = await makeSelfIssued(randomName(), nowMs);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(key, made.keyPem, { mode: 0o600 });
  writeFileSync(cert, made.certPem);
  return made;
}

/** Throws PORT_IN_USE, LISTEN_FAILED or FILE_UNREADABLE. */
export async function startReflector(settings: ReflectorSettings): Promise<RunningReflector> {
  let identity = settings.identity;
  if (identity === null) {
    identity = await selfIssued(settings.selfIssuedFolder, settings.nowMs());
    settings.warn(
      `REFLECTOR WITH A SELF-ISSUED CERTIFICATE: it can't show interception that spares ` +
        'untrusted certificates; give --reflector-cert and --reflector-key',
    );
  }
  try {
    const reflector = await bindAll(settings, identity);
    return { reflector, descriptor: describe(reflector, settings) };
  } catch (error) {
    throw asCollectorError(error);
  }
}
