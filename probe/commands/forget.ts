/** `kuager forget`: keys, spool, results, met authorities, pinned collectors, what watching keeps, and consent go from this device. Published copies stay published. */
import { rm } from 'node:fs/promises';
import { forgetConsent } from '../consent/store.ts';
import { EXIT, ProbeError } from '../errors.ts';
import { sweepTemporary } from '../report/files.ts';
import { openState } from './state.ts';
import { openUsage } from './usage.ts';
import { openWatchState } from './watch-state.ts';
import type { World } from './world.ts';

export async function forgetCommand(flags: { readonly yes?: boolean }, world: World): Promise<number> {
  const state = await openState(world);
  const { pending } = await state.spool.counts();
  const question = `Delete every key, result and the ${pending} undelivered measurements of this device? (yes/no) `;
  const agreed = flags.yes === true || (await world.ask(question))?.trim().toLowerCase() === 'yes';
  if (!agreed) throw new ProbeError('BAD_ARGUMENT', 'nothing was deleted; say yes, or give --yes');
  await state.identities.forget();
  await state.spool.forget();
  await state.results.forget();
  await state.met.forget();
  await openUsage(`${world.stateFolder}/usage`).forget();
  await (await openWatchState(world.stateFolder)).forget();
  await forgetConsent(world.stateFolder);
  await sweepTemporary(world.stateFolder, Number.POSITIVE_INFINITY);
  await rm(`${world.stateFolder}/collectors`, { recursive: true, force: true });
  world.out('forgotten on this device; what was delivered stays with the collector');
  return EXIT.ok;
}
