/** After measuring: deliver what waits, and say what became of it. */
import { message } from '../../shared/i18n/index.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import { EXIT } from '../errors.ts';
import { deliver } from '../report/upload.ts';
import type { RunEnd } from '../run/run-targets.ts';
import type { Run } from './measure-slice.ts';
import type { printer } from './print-result.ts';
import { randomFraction } from './random.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** `measureCollector`: false when that was done already. */
export async function finishRun(
  run: Run,
  end: RunEnd,
  print: ReturnType<typeof printer>,
  measureCollector: () => Promise<boolean>,
): Promise<number> {
  const { settings, world, state } = run;
  print.end(end);
  if (world.stop.aborted) {
    const { pending } = await state.spool.counts();
    if (pending > 0) world.err(`${pending} measurements wait in the spool: \`kuager upload\` sends them`);
    return EXIT.interrupted;
  }
  if (!settings.upload || settings.collector === null) return EXIT.ok;
  if (run.descriptor === null) return notDelivered(state, world);
  const first = await deliverAll(run, run.descriptor, settings.collector);
  // It was trusted when the run began: somebody stepped in since, or does so now and then only.
  if (first.untrusted !== null && !run.saidUntrusted)
    world.err(message(settings.language, 'collector.untrusted'));
  const more = first.untrusted !== null && !world.stop.aborted && (await measureCollector());
  const second = more ? await deliverAll(run, run.descriptor, settings.collector) : null;
  const delivery = second === null ? first : { ...second, delivered: first.delivered + second.delivered };
  print.delivery(delivery);
  return delivery.waiting > 0 || delivery.refused > 0 ? EXIT.notDelivered : EXIT.ok;
}

function deliverAll({ state, uplink, world }: Run, descriptor: Descriptor, collectorUrl: string) {
  const group = state.currentGroup();
  return deliver({
    spool: state.spool,
    descriptor,
    collectorUrl,
    openHttp: uplink.openHttp,
    signal: world.stop,
    now: () => world.now(),
    random: () => randomFraction(world),
    sleep: (ms, signal) => uplink.net.sleep(ms, signal),
    ...(group === null ? {} : { preferGroup: group }),
  });
}

async function notDelivered(state: State, world: World): Promise<number> {
  const { pending } = await state.spool.counts();
  world.err(
    `${pending} measurement${pending === 1 ? ' waits' : 's wait'} on this device: \`kuager upload\` sends them when the collector can be reached`,
  );
  return EXIT.notDelivered;
}
