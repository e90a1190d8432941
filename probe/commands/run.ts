/** `kuager run`: measure, judge, keep, deliver. The steps are in the order in which a volunteer sees them. */
import { leadsHome } from '../../shared/codec/ip.ts';
import { ProbeError } from '../errors.ts';
import { rememberCollector } from '../report/last-collector.ts';
import { Contacts } from '../run/contacts.ts';
import { EndpointLocks } from '../run/endpoint-locks.ts';
import { Line } from '../run/line.ts';
import { Looks } from '../run/looks.ts';
import type { RunShared } from '../run/measure-target.ts';
import { ReflectorPlaces } from '../run/reflector-places.ts';
import { runTargets, type RunEnd } from '../run/run-targets.ts';
import { chooseTargets, type ChosenTarget } from './choose-targets.ts';
import { collectorTarget, withCollector } from './collector-target.ts';
import { deviceWords } from './device-word.ts';
import { ensureConsent } from './ensure-consent.ts';
import { prepareOutputFolder } from './files.ts';
import { finishRun } from './finish-run.ts';
import { isLab, learnCollector, reachable } from './learn-collector.ts';
import { loadJudgeContext } from './load-judge-context.ts';
import { toolsOf, workOn, type Run } from './measure-slice.ts';
import { mostDue } from './most-due.ts';
import { mayBeConfirmed, ownNetwork } from './own-network.ts';
import { ownRedactor } from './own-redactor.ts';
import { printer } from './print-result.ts';
import { runSettings, type RunFlags } from './run-options.ts';
import { openState } from './state.ts';
import { openUplink } from './uplink.ts';
import { meterRun, openUsage } from './usage.ts';
import type { World } from './world.ts';

/** Of a random label that is looked up under a name, so that no cache can have it. */
const LABEL_BYTES = 8;

/** Exit code; every error that is ours is thrown with a code. */
export async function runCommand(flags: RunFlags, world: World): Promise<number> {
  const given = runSettings(flags, world.locale);
  const chosen = await chooseTargets(given, (line) => world.err(line));
  if (given.upload && given.collector === null)
    throw new ProbeError(
      'NO_COLLECTOR',
      'no collector is known: give --collector URL, or --no-upload to keep results on this device',
    );
  if (given.out !== null) await prepareOutputFolder(given.out);
  await ensureConsent(given, world);

  const lab = isLab(given, world);
  const first = await loadJudgeContext(given, world);
  const uplink = await openUplink(
    {
      roots: first.roots,
      resolvers: given.resolvers,
      extraRootFiles: given.extraRootFiles,
      mayLeadTo: (address) => lab || !leadsHome(address),
    },
    world,
  );
  const { net } = uplink;
  const state = await openState(world);
  const usage = openUsage(`${world.stateFolder}/usage`);
  const due =
    given.rotateBytes === null
      ? chosen.targets
      : await mostDue(chosen.targets, given.rotateBytes, { results: state.results, usage }, world);
  const learnt = await learnCollector(given, world, uplink.openHttp);
  if (given.collector !== null) await rememberCollector(`${world.stateFolder}/collectors`, given.collector);
  const targets = learnt?.untrusted === true ? withCollector(due, given.collector!) : due;
  const known = learnt?.descriptor ?? null;
  const descriptor = known === null ? null : reachable(known, lab);
  const controlKeys = new Set(descriptor?.controls.map((c) => c.key) ?? []);
  const reflectors = given.reflectors ?? descriptor?.reflectors ?? [];
  const context = { ...first, controlKeys, reflectors };
  // Side by side: where no reflector can be reached, each waits for its time-outs.
  const [network, redactor] = await Promise.all([
    ownNetwork(
      world,
      net,
      { vantage: given.vantage, clockOffset: learnt?.clockOffsetMinutes ?? null },
      reflectors,
    ),
    ownRedactor(world, net, reflectors, world.stop),
  ]);
  const settings = { ...given, vantage: network.vantage };
  const run: Run = {
    settings,
    network,
    world,
    state,
    uplink,
    context,
    controlKeys,
    descriptor,
    lab,
    device: deviceWords(world.device, state.met, context),
    meter: meterRun(
      usage,
      () => uplink.bytesUsed(),
      () => world.now(),
    ),
    saidUntrusted: learnt?.untrusted === true,
  };
  if (descriptor !== null) await state.spool.useKey(descriptor.hpke);

  const { riskyLeftOut } = chosen;
  if (riskyLeftOut > 0)
    world.err(
      `${riskyLeftOut} risky target${riskyLeftOut === 1 ? '' : 's'} left out (--risky includes them)`,
    );
  const print = printer(settings, world, targets.length);
  const contacts = new Contacts(net);
  const shared: RunShared = {
    tools: { ...toolsOf(run, redactor), net: contacts.net },
    contacts,
    onPause: (seconds) => print.pausing(seconds),
    othersMayConfirm: mayBeConfirmed(network, context, world.now()),
    judgeContext: context,
    places: new ReflectorPlaces(reflectors, net, (_, seconds) => print.waiting(seconds)),
    line: new Line(),
    locks: new EndpointLocks(),
    namesSaid: new Set(),
    speedCompared: new Set(),
    looks: new Looks(targets.length),
    randomLabel: () => Buffer.from(world.random(LABEL_BYTES)).toString('hex'),
  };
  const limits = settings.maxRuntimeMs === null ? [] : [AbortSignal.timeout(settings.maxRuntimeMs)];
  const measure = (these: readonly ChosenTarget[]): Promise<RunEnd> =>
    runTargets(
      these,
      workOn(run, shared, redactor, print),
      { concurrency: settings.concurrency, maxBytes: settings.maxBytes, bytesUsed: () => net.bytesUsed() },
      AbortSignal.any([world.stop, ...limits]),
    );
  const own = given.collector === null ? null : collectorTarget(given.collector);
  const measuredOwn = targets.some(({ url }) => url === own?.url);
  try {
    const end = await measure(targets);
    return await finishRun(run, end, print, async () => {
      if (own === null || measuredOwn) return false;
      await measure([own]);
      return true;
    });
  } finally {
    await run.meter.book(0, true);
    await usage.prune(world.now());
    await state.destroyExpired(world.now());
  }
}
