/** `kuager run`: measure, judge, keep, deliver. The steps are in the order in which a volunteer sees them. */
import { leadsHome } from '../../shared/codec/ip.ts';
import type { JudgeContext } from '../../shared/judge/index.ts';
import { message } from '../../shared/i18n/index.ts';
import { ROOTS_FILE, type Descriptor } from '../../shared/model/index.ts';
import { readAsset } from '../assets.ts';
import { EXIT, ProbeError } from '../errors.ts';
import type { MeasureTools } from '../experiments/tools.ts';
import { createDestinationGuard, type DestinationGuard } from '../net/guard.ts';
import type { Net } from '../net/net.ts';
import { rememberCollector } from '../report/last-collector.ts';
import { deliver } from '../report/upload.ts';
import type { OpenHttp } from '../net/http-client.ts';
import { Contacts } from '../run/contacts.ts';
import { buildDocument, makeReportId, roundStart } from '../run/document.ts';
import { EndpointLocks } from '../run/endpoint-locks.ts';
import { Line } from '../run/line.ts';
import { Looks } from '../run/looks.ts';
import { measureTarget, type RunShared } from '../run/measure-target.ts';
import { ReflectorPlaces } from '../run/reflector-places.ts';
import { runTargets, type RunEnd } from '../run/run-targets.ts';
import type { Slot } from '../run/slots.ts';
import { SOFTWARE_VERSION } from '../version.ts';
import { askControl } from '../net/ask-control.ts';
import { chooseTargets, type ChosenTarget } from './choose-targets.ts';
import { collectorTarget, withCollector } from './collector-target.ts';
import { deviceWords, type DeviceWords } from './device-word.ts';
import { ensureConsent } from './ensure-consent.ts';
import { prepareOutputFolder, writeOutput } from './files.ts';
import { isLab, learnCollector, reachable } from './learn-collector.ts';
import { loadJudgeContext, readExtraFiles } from './load-judge-context.ts';
import { mayBeConfirmed, ownNetwork, type OwnNetwork } from './own-network.ts';
import { ownRedactor, type OwnRedactor } from './own-redactor.ts';
import { printer } from './print-result.ts';
import { randomFraction } from './random.ts';
import { runSettings, type RunFlags, type RunSettings } from './run-options.ts';
import { openState, type State } from './state.ts';
import type { World } from './world.ts';

const REPORT_ID_BYTES = 8;
/** Of a random label that is looked up under a name, so that no cache can have it. */
const LABEL_BYTES = 8;

interface Run {
  readonly settings: RunSettings;
  readonly network: OwnNetwork;
  readonly world: World;
  readonly state: State;
  readonly net: Net;
  readonly guard: DestinationGuard;
  readonly openHttp: OpenHttp;
  readonly context: JudgeContext;
  /** The set behind `context.controlKeys`. */
  readonly controlKeys: Set<string>;
  readonly descriptor: Descriptor | null;
  readonly lab: boolean;
  readonly device: DeviceWords;
  /** The volunteer was told that the collector's chain isn't trusted here. */
  readonly saidUntrusted: boolean;
}

function toolsOf(run: Run, { patterns, isOwn }: OwnRedactor): Omit<MeasureTools, 'startedAt'> {
  const { settings, descriptor, openHttp, net, context } = run;
  const controlUrl = settings.control ?? descriptor?.controls[0]?.url ?? null;
  return {
    net,
    roots: context.roots,
    dohUrl: settings.dohUrl,
    sensitive: patterns,
    // A forged answer may point anywhere: behind KUAGER_ONLY it is recorded and not followed, and the run goes on. Where
    // a lab maps addresses to loopback, what KUAGER_ONLY speaks of is behind the map.
    mayContact: (address) =>
      (run.world.lab !== undefined || run.guard.allows(address)) &&
      (run.lab || (!leadsHome(address) && !isOwn(address))),
    askControl:
      controlUrl === null
        ? null
        : async (request, signal) => {
            const answer = await askControl(controlUrl, openHttp, request, signal);
            // Who names a control on the command line vouches for it, also for the key that no descriptor tells.
            if (settings.control !== null && 'reply' in answer && answer.signed !== null)
              run.controlKeys.add(answer.signed.keyid);
            return answer;
          },
  };
}

/** Measures one target, seals what may be published, and keeps both the sealed part and the local result. */
function workOn(run: Run, shared: RunShared, redactor: OwnRedactor, print: ReturnType<typeof printer>) {
  const { settings, world, state, device } = run;
  return async (target: ChosenTarget, signal: AbortSignal, slot: Slot): Promise<void> => {
    const startedAt = roundStart(world.now());
    const result = await measureTarget(target, startedAt, shared, signal, slot);
    if (signal.aborted) return;
    const random = Buffer.from(world.random(REPORT_ID_BYTES)).toString('hex');
    const document = buildDocument({
      input: target.url,
      startedAt,
      runtimeSeconds: result.runtimeSeconds,
      testKeys: result.testKeys,
      vantage: settings.vantage,
      network: run.network,
      softwareVersion: SOFTWARE_VERSION,
      listName: target.list,
      resolverAddress: run.net.systemResolvers()[0]?.address ?? null,
      reportId: makeReportId(startedAt, settings.vantage, random),
    });
    const identity = await state.identityFor(settings, world.now());
    const { measurement, verdict, trusted } = await device.add(
      redactor.redact(document),
      identity,
      world.now(),
    );
    if (trusted !== undefined) print.intercepted(verdict, trusted);
    const sealed = state.seal(measurement, identity);
    const uploads = settings.upload && (target.list !== 'custom' || settings.publish);
    if (uploads) await state.spoolMeasurement(sealed, settings);
    await state.keepResult(sealed.measurementId, target.url, verdict, world.now());
    if (settings.out !== null)
      await writeOutput(settings.out, `${sealed.measurementId}.json`, sealed.payload);
    print.result({
      input: target.url,
      verdict,
      measurementId: sealed.measurementId,
      uploads,
    });
  };
}

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
  const guard = createDestinationGuard(world.only);
  const first = await loadJudgeContext(given, world);
  const net = world.createNet({
    roots: first.roots,
    ...(given.resolvers === null ? {} : { resolvers: given.resolvers }),
    wallClock: () => world.now(),
    only: guard,
    ...(world.lab === undefined ? {} : { lab: world.lab }),
  });
  const openHttp = world.createHttpOpener({
    guard,
    resolve: async (hostname) => {
      const { addresses } = await net.getaddrinfo(hostname, world.stop);
      return lab ? addresses : addresses.filter((address) => !leadsHome(address));
    },
    rootsPem: [readAsset(ROOTS_FILE), ...(await readExtraFiles(given.extraRootFiles))],
  });
  const state = await openState(world);
  const learnt = await learnCollector(given, world, openHttp);
  if (given.collector !== null) await rememberCollector(`${world.stateFolder}/collectors`, given.collector);
  const targets =
    learnt?.untrusted === true ? withCollector(chosen.targets, given.collector!) : chosen.targets;
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
    net,
    guard,
    openHttp,
    context,
    controlKeys,
    descriptor,
    lab,
    device: deviceWords(world.device, state.met, context),
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
  const end = await measure(targets);
  const own = given.collector === null ? null : collectorTarget(given.collector);
  const measuredOwn = targets.some(({ url }) => url === own?.url);
  try {
    return await finish(run, end, print, async () => {
      if (own === null || measuredOwn) return false;
      await measure([own]);
      return true;
    });
  } finally {
    await state.destroyExpired(world.now());
  }
}

/** `measureCollector`: false when that was done already. */
async function finish(
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

function deliverAll({ state, openHttp, world, net }: Run, descriptor: Descriptor, collectorUrl: string) {
  const group = state.currentGroup();
  return deliver({
    spool: state.spool,
    descriptor,
    collectorUrl,
    openHttp,
    signal: world.stop,
    now: () => world.now(),
    random: () => randomFraction(world),
    sleep: (ms, signal) => net.sleep(ms, signal),
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
