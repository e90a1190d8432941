/** The flags that `serve` and `reflector` share. */
import { readFileSync } from 'node:fs';
import { isZoneName } from '../../shared/schema/reflector.ts';
import { CollectorError } from '../errors.ts';
import { parseHostPort } from '../listen.ts';
import type { NetworkFiles } from '../networks.ts';
import type { ReflectorKeyPair } from '../reflector-files.ts';
import type { ReflectorSettings, WhoamiSettings } from '../reflectors.ts';

export interface ReflectorFlags {
  readonly reflectorListen: readonly string[];
  readonly selfSignedListen?: string;
  /** False with --no-further-ports. */
  readonly furtherPorts: boolean;
  readonly reflectorCert?: string;
  readonly reflectorKey?: string;
  readonly reflectorAddress: readonly string[];
  readonly asnDb?: string;
  readonly countryDb?: string;
  readonly whoamiZone?: string;
  readonly whoamiListen?: string;
}

/** Text of a file given by a flag. Throws FILE_UNREADABLE. */
export function readText(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `${flag}: ${detail}`, { cause: error });
  }
}

function readIdentity({ reflectorCert, reflectorKey }: ReflectorFlags): ReflectorKeyPair | null {
  if (reflectorCert === undefined && reflectorKey === undefined) return null;
  if (reflectorCert === undefined || reflectorKey === undefined)
    throw new CollectorError('USAGE', '--reflector-cert and --reflector-key go together');
  return {
    certPem: readText(reflectorCert, '--reflector-cert'),
    keyPem: readText(reflectorKey, '--reflector-key'),
  };
}

function readWhoami({ whoamiZone, whoamiListen, asnDb }: ReflectorFlags): WhoamiSettings | undefined {
  if (whoamiZone === undefined && whoamiListen === undefined) return undefined;
  if (whoamiZone === undefined || whoamiListen === undefined)
    throw new CollectorError('USAGE', '--whoami-zone and --whoami-listen go together');
  if (asnDb === undefined) throw new CollectorError('USAGE', '--whoami-zone needs --asn-db');
  const zone = whoamiZone.toLowerCase().replace(/\.$/, '');
  if (!isZoneName(zone))
    throw new CollectorError(
      'USAGE',
      `--whoami-zone takes a DNS name such as whoami.example.org, got ${JSON.stringify(whoamiZone)}`,
    );
  return { zone, listen: parseHostPort(whoamiListen, '--whoami-listen') };
}

function readNetworkFiles({ asnDb, countryDb }: ReflectorFlags): NetworkFiles | null {
  if (asnDb !== undefined) return { asnDb, ...(countryDb === undefined ? {} : { countryDb }) };
  if (countryDb !== undefined) throw new CollectorError('USAGE', '--country-db needs --asn-db');
  return null;
}

export type ReadReflectorFlags = Pick<
  ReflectorSettings,
  'listen' | 'selfSignedListen' | 'furtherPorts' | 'identity' | 'addresses' | 'whoami'
> & { readonly networks: NetworkFiles | null };

/** Throws USAGE or FILE_UNREADABLE. */
export function readReflectorFlags(flags: ReflectorFlags): ReadReflectorFlags {
  const whoami = readWhoami(flags);
  return {
    listen: flags.reflectorListen.map((text) => parseHostPort(text, '--reflector-listen')),
    ...(flags.selfSignedListen === undefined
      ? {}
      : { selfSignedListen: parseHostPort(flags.selfSignedListen, '--self-signed-listen') }),
    furtherPorts: flags.furtherPorts,
    identity: readIdentity(flags),
    addresses: flags.reflectorAddress,
    networks: readNetworkFiles(flags),
    ...(whoami === undefined ? {} : { whoami }),
  };
}
