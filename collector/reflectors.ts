/** The reflector as part of a collector, or alone: where it listens, as whom, and how the descriptor names it. */
import { toBase64 } from '../shared/codec/base64.ts';
import { publicKeyOf } from '../shared/codec/ed25519.ts';
import type { KnownReflector, ReflectorDescriptor } from '../shared/model/index.ts';
import { createNetworkWord, createReflector, createWhoami, readIdentity } from './control/index.ts';
import type { Reflector, ReflectorEndpoint, Whoami } from './control/index.ts';
import { CollectorError } from './errors.ts';
import type { HostPort } from './listen.ts';
import type { LookupNetwork } from './networks.ts';
import { selfIssuedIdentity, selfSignedFor, signingSeed } from './reflector-files.ts';
import type { ReflectorKeyPair } from './reflector-files.ts';
import { bindFurther, commonPorts, HTTP_PORT, HTTPS_PORT } from './reflector-ports.ts';

export interface WhoamiSettings {
  /** In lower case, without a final dot; delegated to this server by whoever runs the zone above. */
  readonly zone: string;
  readonly listen: HostPort;
}

export interface ReflectorSettings {
  readonly listen: readonly HostPort[];
  readonly selfSignedListen?: HostPort;
  /** False: no ports but those given. */
  readonly furtherPorts?: boolean;
  /** PEM key and chain; null: a self-issued certificate. */
  readonly identity: ReflectorKeyPair | null;
  /** Keeps what the reflector makes for itself; null: made anew at every start. */
  readonly folder: string | null;
  /** What the descriptor names; empty: the addresses listened on. */
  readonly addresses: readonly string[];
  /** Null: no statements about networks, and no whoami. */
  readonly lookupNetwork: LookupNetwork | null;
  readonly whoami?: WhoamiSettings;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly descriptor?: () => string;
  /** Lines for the operator. */
  readonly warn: (line: string) => void;
}

export interface RunningReflector {
  readonly descriptor: ReflectorDescriptor;
  /** As bound, those given first. */
  readonly endpoints: readonly ReflectorEndpoint[];
  readonly whoami: HostPort | null;
  close(): Promise<void>;
}

/** An address to listen on that nobody can connect to by that name. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** What judging has to know of a reflector. */
export function knownReflector({ name, spkiSha256, key }: ReflectorDescriptor): KnownReflector {
  return { name, spkiSha256, ...(key === undefined ? {} : { key }) };
}

function describe(reflector: Reflector, settings: ReflectorSettings, key: string): ReflectorDescriptor {
  const { endpoints, name, spkiSha256 } = reflector;
  const bound = [...new Set(endpoints.map((endpoint) => endpoint.host))];
  const addresses =
    settings.addresses.length > 0 ? settings.addresses : bound.filter((host) => !isWildcard(host));
  if (addresses.length === 0)
    settings.warn(
      'the reflector listens on every address and --reflector-address names none: probes will not find it',
    );
  const common = commonPorts(endpoints, false);
  // Hosts with ports of their own have none in common; the first one's are named, as far as they go.
  const ports = common.length > 0 ? common : endpoints.slice(0, 1).map((endpoint) => endpoint.port);
  // Each port speaks TLS and plain HTTP alike; the customary ones are named where they are bound.
  const tlsPort = ports.includes(HTTPS_PORT) ? HTTPS_PORT : (ports[0] ?? 0);
  const httpPort = ports.includes(HTTP_PORT) ? HTTP_PORT : tlsPort;
  const morePorts = ports.filter((port) => port !== tlsPort && port !== httpPort);
  const selfSignedPort =
    commonPorts(endpoints, true)[0] ?? endpoints.find((endpoint) => endpoint.selfSigned)?.port;
  return {
    name,
    addresses,
    tlsPort,
    httpPort,
    spkiSha256,
    ...(morePorts.length === 0 ? {} : { morePorts }),
    ...(selfSignedPort === undefined ? {} : { selfSignedPort }),
    key,
    ...(settings.whoami === undefined ? {} : { whoamiZone: settings.whoami.zone }),
  };
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

async function startWhoami(settings: ReflectorSettings): Promise<Whoami | null> {
  const { whoami, lookupNetwork, monotonicMs } = settings;
  if (whoami === undefined) return null;
  if (lookupNetwork === null) throw new CollectorError('USAGE', '--whoami-zone needs --asn-db');
  return createWhoami({ ...whoami, lookup: lookupNetwork, clock: monotonicMs });
}

async function start(settings: ReflectorSettings, identity: ReflectorKeyPair): Promise<RunningReflector> {
  const { folder, nowMs, monotonicMs, lookupNetwork } = settings;
  const seed = signingSeed(folder);
  const { name } = readIdentity(identity.keyPem, identity.certPem);
  const second = await selfSignedFor(name, folder, nowMs());
  const reflector = await createReflector({
    listen: settings.listen,
    key: identity.keyPem,
    cert: identity.certPem,
    selfSigned: { key: second.keyPem, cert: second.certPem },
    clock: monotonicMs,
    ...(settings.descriptor === undefined ? {} : { descriptor: settings.descriptor }),
    ...(lookupNetwork === null ? {} : { network: createNetworkWord({ lookup: lookupNetwork, seed, nowMs }) }),
  });
  try {
    await bindFurther(reflector, {
      listen: settings.listen,
      selfSignedListen: settings.selfSignedListen,
      furtherPorts: settings.furtherPorts ?? true,
      warn: settings.warn,
    });
    const whoami = await startWhoami(settings);
    return {
      descriptor: describe(reflector, settings, toBase64(publicKeyOf(seed))),
      endpoints: reflector.endpoints,
      whoami: whoami?.endpoint ?? null,
      close: async () => {
        await Promise.all([reflector.close(), whoami?.close()]);
      },
    };
  } catch (error) {
    await reflector.close();
    throw error;
  }
}

/** Throws PORT_IN_USE, LISTEN_FAILED, FILE_UNREADABLE, KEYS_DAMAGED or USAGE; nothing stays bound then. */
export async function startReflector(settings: ReflectorSettings): Promise<RunningReflector> {
  let { identity } = settings;
  if (identity === null) {
    identity = await selfIssuedIdentity(settings.folder, settings.nowMs());
    settings.warn(
      `REFLECTOR WITH A SELF-ISSUED CERTIFICATE: it can't show interception that spares ` +
        'untrusted certificates; give --reflector-cert and --reflector-key',
    );
  }
  try {
    return await start(settings, identity);
  } catch (error) {
    throw asCollectorError(error);
  }
}
