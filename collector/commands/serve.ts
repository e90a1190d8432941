import type { Cidr } from '../../shared/codec/ip.ts';
import { parseCidr } from '../../shared/codec/ip.ts';
import { CollectorError } from '../errors.ts';
import { parseHostPort, urlHost } from '../listen.ts';
import { readNotifyFiles } from '../notifications.ts';
import { readReflectorEntries } from '../reflector-entries.ts';
import { readOwnAnchors } from '../own-uplink.ts';
import { startCollector } from '../serve.ts';
import { readDiary } from './diary-flags.ts';
import type { CommandIo, GlobalFlags } from './io.ts';
import { operatorList } from './lists.ts';
import { createOperatorLog } from './operator-log.ts';
import { readReflectorFlags, readText } from './reflector-flags.ts';
import type { ReflectorFlags } from './reflector-flags.ts';
import { untilStopped } from './until-stopped.ts';

export interface ServeFlags extends ReflectorFlags {
  readonly data: string;
  readonly listen: string;
  readonly labAllow: readonly string[];
  readonly extraRoot: readonly string[];
  readonly fingerprints: readonly string[];
  readonly diary: readonly string[];
  readonly diaryMinutes: string;
  readonly ownAnchor: readonly string[];
  readonly notify?: string;
  readonly outside?: string;
  readonly calendar?: string;
  readonly publicUrl?: string;
  readonly reflectorDescriptor: readonly string[];
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
  const { listen, identity, networks, ...reflector } = readReflectorFlags(flags);
  const diary = readDiary(flags, readText, (line) => log.notice(line, true));
  const collector = await startCollector({
    data: flags.data,
    listen: parseHostPort(flags.listen, '--listen'),
    ...(flags.publicUrl === undefined ? {} : { publicUrl: readPublicUrl(flags.publicUrl) }),
    labAllow,
    extraRootsPem: flags.extraRoot.map((path) => readText(path, '--extra-root')),
    interceptionFiles: [
      ...[operatorList(flags.data, flags.fingerprints)].filter((text) => text !== null),
      ...flags.fingerprints.map((path) => readText(path, '--fingerprints')),
    ],
    reflector: {
      ...reflector,
      ...(listen.length === 0 ? {} : { listen }),
      ...(identity === null ? {} : { identity }),
    },
    ...(networks === null ? {} : { networks }),
    otherReflectors: readReflectorEntries(flags.reflectorDescriptor),
    diary,
    ...(flags.notify === undefined ? {} : { notify: readNotifyFiles(flags.notify) }),
    outside: { folder: flags.outside, calendar: flags.calendar },
    ownAnchors: readOwnAnchors(flags.ownAnchor),
    only: process.env['KUAGER_ONLY'],
    onRequest: log.request,
    onFault: log.fault,
    notice: log.notice,
  });
  if (collector.caughtUp > 0)
    log.notice(`${collector.caughtUp} measurement(s) judged that had no verdict yet`, false);
  const { name, addresses, tlsPort, morePorts = [], selfSignedPort } = collector.reflector;
  const ports = [tlsPort, ...morePorts].join(', ');
  const second = selfSignedPort === undefined ? '' : `, self-signed ${selfSignedPort}`;
  log.notice(`reflector  ${name} at ${addresses.join(', ')} port ${ports}${second}`, false);
  if (collector.whoami !== null)
    log.notice(`whoami     ${urlHost(collector.whoami.host)}:${collector.whoami.port}, UDP`, false);
  if (diary.urls.length > 0)
    log.notice(`diary      ${diary.urls.length} URLs, each about every ${diary.minutes} minutes`, false);
  log.notice(`listening  ${collector.url}`, false);
  await untilStopped();
  await collector.close();
}
