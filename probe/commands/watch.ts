/**
 * `kuager watch`: goes on unattended until it is stopped. Heartbeats and looks here; each run of measurements in a process of its own,
 * which takes its memory with it when it ends and whose death harms nothing (probe/watch/README.md).
 */
import { leadsHome } from '../../shared/codec/ip.ts';
import { ANCHORS_FILE, ROOTS_FILE, type Descriptor } from '../../shared/model/index.ts';
import { createRoots } from '../../shared/observe/chain/index.ts';
import { readAsset } from '../assets.ts';
import { EXIT, ProbeError } from '../errors.ts';
import { sleep as sleepFor } from '../net/stop.ts';
import { lastCollector, rememberCollector } from '../report/last-collector.ts';
import { readAnchors, type Anchor } from '../watch/anchors.ts';
import type { Moment } from '../watch/journal.ts';
import { keepWatch } from '../watch/keep-watch.ts';
import { learnAnchors, lookAround, type LookTools } from '../watch/look.ts';
import { createBeatSender } from './beat-sender.ts';
import { ensureConsent } from './ensure-consent.ts';
import { readNamedText } from './files.ts';
import { createCollectorKnowledge } from './known-collector.ts';
import { isLab } from './learn-collector.ts';
import { openMembers, type Member } from './member.ts';
import { randomFraction } from './random.ts';
import type { RunSettings } from './run-options.ts';
import { openState } from './state.ts';
import { openUplink } from './uplink.ts';
import { openUsage } from './usage.ts';
import { createVoice } from './voice.ts';
import { createPace } from './watch-pace.ts';
import { createJournalKeeper } from './watch-journal.ts';
import { watchSettings, type WatchFlags } from './watch-options.ts';
import { watchPrinter } from './watch-print.ts';
import { keepMeasuring } from './watch-runs.ts';
import { openWatchState, type WatchState } from './watch-state.ts';
import type { World } from './world.ts';

/** As long as the longest gap between two heartbeats of the usual period, and a bit. Milliseconds. */
const KEEP_ALIVE_MS = 8 * 60_000;
/** A heartbeat is a kilobyte: who takes longer for it does not answer. Milliseconds. */
const TIMEOUTS = { connectMs: 10_000, answerMs: 20_000, exchangeMs: 30_000 } as const;
/** For saying goodbye, and for a run that is to end. Milliseconds. */
const GOODBYE_MS = 5_000;
/** As long as a lock that nobody touches may stand, and a bit. Milliseconds. */
const LOCK_WAIT_MS = 130_000;
const LOCK_STEP_MS = 10_000;
const MAX_ANCHORS_MEBIBYTES = 1;
const MS_PER_DAY = 24 * 60 * 60_000;
const MINUTE_S = 60;
const HOUR_MS = 60 * 60_000;
const MEGABYTE = 1e6;

async function loadAnchors(file: string | null, world: World): Promise<readonly Anchor[]> {
  const text =
    file === null
      ? readAsset(ANCHORS_FILE)
      : await readNamedText(file, MAX_ANCHORS_MEBIBYTES, 'LIST_UNREADABLE');
  const { anchors, problems } = readAnchors(text);
  for (const { line, message } of problems.slice(0, 10))
    world.err(`${file ?? ANCHORS_FILE}:${line}: ${message}; row left out`);
  if (anchors.length === 0)
    throw new ProbeError('LIST_EMPTY', `${file ?? ANCHORS_FILE}: there is no usable anchor in it`);
  return anchors;
}

/** The clocks of the device, or what comes nearest. */
function clockOf(world: World): () => Moment {
  const { system } = world;
  return () => ({
    wall: world.now(),
    uptime: system?.uptime() ?? performance.now() / 1000,
    boot: system?.bootId ?? `program ${process.pid}`,
  });
}

/** Throws NO_COLLECTOR, CONSENT_NEEDED, ALREADY_WATCHING and what a run throws for its flags. */
export async function watchCommand(flags: WatchFlags, world: World): Promise<number> {
  const settings = watchSettings(flags, world.locale);
  const folder = `${world.stateFolder}/collectors`;
  const collectorUrl = settings.run.collector ?? (await lastCollector(folder));
  if (collectorUrl === null)
    throw new ProbeError('NO_COLLECTOR', 'no collector is known on this device yet: give --collector URL');
  const run: RunSettings = { ...settings.run, collector: collectorUrl };
  const anchors = await loadAnchors(settings.anchorsFile, world);
  await ensureConsent(run, world);
  await ensureConsent(run, world, 'watch');
  const watchState = await openWatchState(world.stateFolder);
  const release = await lockOrWait(watchState, world);
  if (release === null)
    throw new ProbeError('ALREADY_WATCHING', 'another kuager watches on this device already');
  try {
    await rememberCollector(folder, collectorUrl);
    return await watchOn({ flags, settings: { ...settings, run }, collectorUrl, anchors, watchState }, world);
  } finally {
    await release();
  }
}

/**
 * After a crash of the device another process may have the number of the old one until its lock is stale; unattended there is time to
 * wait for that.
 */
async function lockOrWait(watchState: WatchState, world: World): Promise<(() => Promise<void>) | null> {
  for (let waited = 0; ; waited += LOCK_STEP_MS) {
    const release = await watchState.lock();
    if (release !== null || world.terminal.interactive || waited >= LOCK_WAIT_MS) return release;
    if (!(await sleepFor(LOCK_STEP_MS, world.stop))) return null;
  }
}

interface Watching {
  readonly flags: WatchFlags;
  readonly settings: ReturnType<typeof watchSettings>;
  readonly collectorUrl: string;
  readonly anchors: readonly Anchor[];
  readonly watchState: WatchState;
}

async function watchOn(watching: Watching, outside: World): Promise<number> {
  // A fault of one part ends the others.
  const crash = new AbortController();
  const world: World = { ...outside, stop: AbortSignal.any([outside.stop, crash.signal]) };
  const { flags, settings, collectorUrl, anchors, watchState } = watching;
  const { run } = settings;
  const lab = isLab(run, world);
  const last = new AbortController();
  const uplink = await openUplink(
    {
      roots: createRoots(readAsset(ROOTS_FILE)),
      resolvers: run.resolvers,
      extraRootFiles: run.extraRootFiles,
      mayLeadTo: (address) => lab || !leadsHome(address),
      http: { keepAliveMs: KEEP_ALIVE_MS, timeouts: TIMEOUTS },
      // Goodbye comes after the request to stop.
      signal: last.signal,
    },
    world,
  );
  const state = await openState(world);
  const usage = openUsage(`${world.stateFolder}/usage`);
  const print = watchPrinter(run, world);
  const clock = clockOf(world);
  const { openHttp, net } = uplink;
  const knowledge = createCollectorKnowledge({
    collectorUrl,
    descriptorFile: run.descriptorFile,
    openHttp,
    world,
  });
  let sealedTo: string | null = null;
  const descriptor = async (): Promise<Descriptor | null> => {
    const known = await knowledge.descriptor();
    if (known === null) print.event('collector_unknown', {}, { id: 'collector_unknown' });
    else if (known.hpke.keyid !== sealedTo) {
      await state.spool.useKey(known.hpke);
      sealedTo = known.hpke.keyid;
    }
    return known;
  };
  const members = openMembers({
    settings: run,
    world,
    net,
    identities: state.identities,
    descriptor: () => knowledge.current(),
  });
  let speaker: Member | null = null;
  const pace = createPace({ settings, uplink, usage, print, now: () => world.now() });
  const voice = createVoice({
    world,
    collectorUrl,
    uplink,
    state,
    watchState,
    members,
    descriptor,
    sender: createBeatSender({
      collectorUrl,
      descriptor: () => knowledge.current()!,
      openHttp,
      random: (n) => world.random(n),
      now: () => world.now(),
    }),
    isThere: () => knowledge.isThere(),
    period: () => pace.period(),
    onSent(sent, member) {
      speaker = member;
      pace.sent(sent.kind === 'heard');
      if (sent.kind === 'busy')
        print.event('busy', { status: sent.status }, { id: 'busy', values: { status: sent.status } });
      else if (sent.kind === 'heard') print.event('heartbeat', { heard: true, period: pace.period() });
      else print.event('heartbeat', { heard: false, why: sent.why });
    },
    onRoom: () => print.event('room', {}, { id: 'room' }),
    onUnknownNetwork: () => print.event('network_unknown', {}, { id: 'network_unknown' }),
  });
  const sleep = (ms: number): Promise<boolean> => net.sleep(ms, world.stop);
  const tools: LookTools = {
    net,
    anchors,
    allows: (address) => world.lab !== undefined || uplink.guard.allows(address),
    mayBeAnchor: (address) => lab || !leadsHome(address),
    systemText: (path) => world.system?.text(path) ?? null,
    random: () => randomFraction(world),
    signal: world.stop,
    addresses: new Map(),
  };
  const journal = createJournalKeeper({
    watchState,
    members,
    voice,
    print,
    clock,
    settings: run,
    lastLine: () => speaker?.line ?? null,
  });
  print.event(
    'started',
    { period: pace.period(), every_minutes: settings.everyMs / 60_000, budget: settings.budget },
    {
      id: 'started',
      values: {
        minutes: Math.round(pace.period() / MINUTE_S),
        hours: Math.round((settings.everyMs / HOUR_MS) * 10) / 10,
        megabytes: Math.round(settings.budget / MEGABYTE),
      },
    },
  );
  // A journal that was to be sealed when the program was killed.
  await voice.handOver();
  let anchorsLearntAt: number | null = null;
  const learn = async (): Promise<void> => {
    if (anchorsLearntAt !== null && Math.abs(world.now() - anchorsLearntAt) < MS_PER_DAY) return;
    anchorsLearntAt = world.now();
    await learnAnchors(tools);
  };
  const measuring =
    world.runProgram === undefined
      ? Promise.resolve()
      : keepMeasuring({
          world,
          flags,
          settings,
          collectorUrl,
          runProgram: world.runProgram,
          watchState,
          usage,
          print,
          sleep,
          lineThere: () => journal.lineThere(),
          afterRun: () => voice.makeRoom(),
        });
  measuring.catch(() => crash.abort());
  const beating = keepWatch({
    period: () => pace.period(),
    async beat(nextMs) {
      const answer = await voice.beat(nextMs);
      if (answer === 'heard') await learn();
      await pace.book();
      world.settle?.();
      return answer;
    },
    look: () => lookAround(tools),
    keepLook: (look) => journal.keep(look),
    journalOpen: () => watchState.journal() !== null,
    outageOver: () => journal.over(),
    moment: clock,
    random: () => randomFraction(world),
    stopped: () => world.stop.aborted,
    sleep,
    woke: () => members.doubt(),
  });
  beating.catch(() => crash.abort());
  // Goodbye is said while the run that is under way comes to its end.
  const leaving = beating.then(
    () => voice.leave(AbortSignal.timeout(GOODBYE_MS)),
    () => false,
  );
  const ends = await Promise.allSettled([beating, measuring]);
  const told = await leaving;
  last.abort();
  await pace.book(true);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  print.event('stopped', { told }, { id: told ? 'stopped' : 'stopped_silent' });
  return EXIT.ok;
}
