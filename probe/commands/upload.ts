/** `kuager upload`: sends what waits in the spool; nothing is measured. */
import { EXIT, ProbeError } from '../errors.ts';
import { fetchDescriptor } from '../report/descriptor.ts';
import { lastCollector } from '../report/last-collector.ts';
import { deliver } from '../report/upload.ts';
import { createRoots } from '../../shared/observe/chain/index.ts';
import { message } from '../../shared/i18n/index.ts';
import { readAsset } from '../assets.ts';
import { ROOTS_FILE } from '../../shared/model/index.ts';
import { readDescriptorFile } from './learn-collector.ts';
import { openUplink } from './uplink.ts';
import { bookAll } from './usage.ts';
import { randomFraction } from './random.ts';
import { languageOf } from './run-options.ts';
import { openState } from './state.ts';
import type { World } from './world.ts';

export interface UploadFlags {
  /** Absent: the collector of the last run. */
  readonly collector?: string;
  /** File. */
  readonly descriptor?: string;
  readonly lang?: string;
  readonly extraRoot?: readonly string[];
  readonly retryRefused?: boolean;
}

export async function uploadCommand(flags: UploadFlags, world: World): Promise<number> {
  const folder = `${world.stateFolder}/collectors`;
  const collectorUrl = flags.collector ?? (await lastCollector(folder));
  if (collectorUrl === null)
    throw new ProbeError('NO_COLLECTOR', 'no collector is known on this device yet: give --collector URL');
  const state = await openState(world);
  if (flags.retryRefused === true) await state.spool.retryRefused();
  const uplink = await openUplink(
    { roots: createRoots(readAsset(ROOTS_FILE)), extraRootFiles: flags.extraRoot ?? [] },
    world,
  );
  const { net, openHttp } = uplink;
  const { descriptor, untrusted } = await fetchDescriptor({
    collectorUrl,
    folder,
    openHttp,
    signal: world.stop,
    given: await readDescriptorFile(flags.descriptor ?? null),
  });
  const delivery = await deliver({
    spool: state.spool,
    descriptor,
    collectorUrl,
    openHttp,
    signal: world.stop,
    now: () => world.now(),
    random: () => randomFraction(world),
    sleep: (ms, signal) => net.sleep(ms, signal),
  });
  if (untrusted !== null || delivery.untrusted !== null)
    world.err(message(languageOf(flags.lang, world.locale), 'collector.untrusted'));
  if (delivery.stopped !== null) world.err(delivery.stopped.line);
  world.out(`${delivery.delivered} delivered, ${delivery.waiting} waiting, ${delivery.refused} refused`);
  await bookAll(world, uplink);
  await state.destroyExpired(world.now());
  return delivery.waiting > 0 || delivery.refused > 0 ? EXIT.notDelivered : EXIT.ok;
}
