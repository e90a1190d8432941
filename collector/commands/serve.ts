import { readFileSync } from 'node:fs';
import type { Cidr } from '../../shared/codec/ip.ts';
import { parseCidr } from '../../shared/codec/ip.ts';
import { CollectorError } from '../errors.ts';
import { parseHostPort } from '../listen.ts';
import { startReflector } from '../reflectors.ts';
import type { ReflectorKeyPair } from '../reflectors.ts';
import { startCollector } from '../serve.ts';
import type { CommandIo, GlobalFlags } from './io.ts';
import { createOperatorLog } from './operator-log.ts';
import { untilStopped } from './until-stopped.ts';

export interface ReflectorFlags {
  readonly reflectorListen: readonly string[];
  readonly reflectorCert?: string;
  readonly reflectorKey?: string;
  readonly reflectorAddress: readonly string[];
}
export interface ServeFlags extends ReflectorFlags {
  readonly data: string;
  readonly listen: string;
  readonly labAllow: readonly string[];
  readonly extraRoot: readonly string[];
  readonly fingerprints: readonly string[];
  readonly publicUrl?: string;
}

function readText(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `${flag}: ${detail}`, { cause: error });
  }
}

function readIdentity(flags: ReflectorFlags): ReflectorKeyPair | null {
  const { reflectorCert, reflectorKey } = flags;
  if (reflectorCert === undefined && reflectorKey === undefined) return null;
  if (reflectorCert === undefined || reflectorKey === undefined)
    throw new CollectorError('USAGE', '--reflector-cert and --reflector-key go together');
  return {
    certPem: readText(reflectorCert, '--reflector-cert'),
    keyPem: readText(reflectorKey, '--reflector-key'),
  };
}

function readCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === null)
    throw new CollectorError('USAGE', `--lab-allow takes a CIDR block, got ${JSON.stringify(text)}`);
  return cidr;
}

function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '')
    throw new CollectorError('USAGE', `--public-url takes an http or https URL, got ${JSON.stringify(text)}`);
  return text;
}

/** `serve`: runs until SIGTERM or SIGINT. Throws CollectorError before it listens. */
export async function serveCommand(flags: ServeFlags, global: GlobalFlags, io: CommandIo): Promise<void> {
  const log = createOperatorLog(global.json, io);
  const labAllow = flags.labAllow.map(readCidr);
  if (labAllow.length > 0)
    log.notice(
      `LAB MODE: the control reaches ${flags.labAllow.join(', ')} for anybody who asks. Never on a public server.`,
      true,
    );
  const identity = readIdentity(flags);
  const collector = await startCollector({
    data: flags.data,
    listen: parseHostPort(flags.listen, '--listen'),
    ...(flags.publicUrl === undefined ? {} : { publicUrl: readPublicUrl(flags.publicUrl) }),
    labAllow,
    extraRootsPem: flags.extraRoot.map((path) => readText(path, '--extra-root')),
    interceptionFiles: flags.fingerprints.map((path) => readText(path, '--fingerprints')),
    reflector: {
      ...(flags.reflectorListen.length === 0
        ? {}
        : { listen: flags.reflectorListen.map((text) => parseHostPort(text, '--reflector-listen')) }),
      ...(identity === null ? {} : { identity }),
      addresses: flags.reflectorAddress,
    },
    only: process.env['KUAGER_ONLY'],
    onRequest: log.request,
    onFault: log.fault,
    notice: log.notice,
  });
  if (collector.caughtUp > 0)
    log.notice(`${collector.caughtUp} measurement(s) judged that had no verdict yet`, false);
  const { name, addresses, tlsPort } = collector.reflector;
  log.notice(`reflector  ${name} at ${addresses.join(', ')} port ${tlsPort}`, false);
  log.notice(`listening  ${collector.url}`, false);
  await untilStopped();
  await collector.close();
}

/** `reflector`: runs alone, elsewhere. */
export async function reflectorCommand(
  flags: ReflectorFlags,
  global: GlobalFlags,
  io: CommandIo,
): Promise<void> {
  const log = createOperatorLog(global.json, io);
  if (flags.reflectorListen.length === 0)
    throw new CollectorError('USAGE', 'reflector needs --reflector-listen HOST:PORT');
  const { reflector, descriptor } = await startReflector({
    listen: flags.reflectorListen.map((text) => parseHostPort(text, '--reflector-listen')),
    identity: readIdentity(flags),
    selfIssuedFolder: null,
    addresses: flags.reflectorAddress,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    warn: (line) => log.notice(line, true),
  });
  // What the collector that names this reflector must put into its descriptor.
  io.out(JSON.stringify(descriptor));
  await untilStopped();
  await reflector.close();
}
