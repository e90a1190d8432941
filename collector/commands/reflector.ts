import { join } from 'node:path';
import { CollectorError } from '../errors.ts';
import { urlHost } from '../listen.ts';
import { openNetworks } from '../networks.ts';
import { startReflector } from '../reflectors.ts';
import type { CommandIo, GlobalFlags } from './io.ts';
import { createOperatorLog } from './operator-log.ts';
import { readReflectorFlags } from './reflector-flags.ts';
import type { ReflectorFlags } from './reflector-flags.ts';
import { untilStopped } from './until-stopped.ts';

export interface LoneReflectorFlags extends ReflectorFlags {
  readonly listen: readonly string[];
  readonly data?: string;
}

/** `reflector`: runs alone, elsewhere, by whoever; prints the entry for `serve --reflector-descriptor`. */
export async function reflectorCommand(
  flags: LoneReflectorFlags,
  global: GlobalFlags,
  io: CommandIo,
): Promise<void> {
  const log = createOperatorLog(global.json, io);
  const reflectorListen = [...flags.listen, ...flags.reflectorListen];
  if (reflectorListen.length === 0)
    throw new CollectorError('USAGE', 'reflector needs --reflector-listen HOST:PORT');
  const { networks, ...settings } = readReflectorFlags({ ...flags, reflectorListen });
  if (flags.data === undefined)
    log.notice('without --data the reflector’s keys, and so its entry, are new at every start', true);
  const running = await startReflector({
    ...settings,
    folder: flags.data === undefined ? null : join(flags.data, 'reflector'),
    lookupNetwork: networks === null ? null : openNetworks(networks, (line) => log.notice(line, false)),
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    warn: (line) => log.notice(line, true),
  });
  if (running.whoami !== null)
    log.notice(`whoami     ${urlHost(running.whoami.host)}:${running.whoami.port}, UDP`, false);
  io.out(JSON.stringify(running.descriptor));
  await untilStopped();
  await running.close();
}
