/** A running collector: store, keys, pipeline, control, reflector and the web side put together. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { toBase64 } from '../shared/codec/base64.ts';
import type { ReflectorDescriptor } from '../shared/model/index.ts';
import { describeKeys, loadOrCreateKeys, tightenKeyRights } from './archive/keys.ts';
import { isoSeconds } from './archive/log.ts';
import { withEarlierServers } from './archive/context.ts';
import { bundledContext } from './archive/snapshots.ts';
import { createControl, createOutgoing, createRateLimit, subscriberKey } from './control/index.ts';
import { signDescriptor } from './descriptor.ts';
import { CollectorError } from './errors.ts';
import { listenError, urlHost } from './listen.ts';
import { createDiaryFacts } from './diary/facts.ts';
import { keepDiary } from './keep-diary.ts';
import { startNotifications } from './notifications.ts';
import { createPipeline } from './pipeline.ts';
import { openNetworks } from './networks.ts';
import { openOutside } from './outside-files.ts';
import { requireDistinctNames } from './reflector-entries.ts';
import { isWildcard, knownReflector, startReflector } from './reflectors.ts';
import { openArchive } from './store/sqlite/archive.ts';
import { openBeats } from './store/sqlite/beats.ts';
import { openDerived } from './store/sqlite/derived.ts';
import { lockDataFolder } from './store/sqlite/lock.ts';
import { createWebServer } from './web/server.ts';
import { createWebPort } from './web-port.ts';
import { keepBeats } from './keep-beats.ts';
import { createOwnUplink } from './own-uplink.ts';
import type { CollectorOptions, RunningCollector } from './serve-options.ts';
import { createUndo } from './undo.ts';

const MINUTE_MS = 60_000;
/** A probe asks once a target; a run of a thousand targets from one household stays below. */
const CONTROL_REQUESTS_PER_MINUTE = 600;
const ERASE_EVERY_MS = 60 * MINUTE_MS;
const OWNER_ONLY_FOLDER = 0o700;

export type { CollectorOptions, RunningCollector } from './serve-options.ts';

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `--data ${folder}: ${detail}`, { cause: error });
  }
}

/** Throws CollectorError; nothing stays open then. */
export async function startCollector(options: CollectorOptions): Promise<RunningCollector> {
  const { nowMs = Date.now, onFault = () => undefined, notice = () => undefined } = options;
  const undo = createUndo(onFault);
  try {
    return await assemble({ ...options, nowMs, onFault, notice }, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

type Settings = CollectorOptions & Required<Pick<CollectorOptions, 'nowMs' | 'onFault' | 'notice'>>;

async function assemble(options: Settings, undo: ReturnType<typeof createUndo>): Promise<RunningCollector> {
  const { data, nowMs, onFault, notice } = options;
  prepareFolder(data);
  const lock = lockDataFolder(data);
  undo.add(() => lock.release());
  const { keys, created } = loadOrCreateKeys(data);
  if (created) notice(`new keys in ${data}/keys: back them up, they can't be made again`, true);
  for (const file of tightenKeyRights(data))
    notice(`${file} was readable by others; it is not any more`, true);
  describeKeys(keys).forEach((line) => notice(line, false));

  const archive = openArchive({
    folder: data,
    ...(options.maxArchivePages === undefined ? {} : { maxPages: options.maxArchivePages }),
  });
  undo.add(() => archive.close());
  chmodSync(data, OWNER_ONLY_FOLDER);
  const derived = openDerived({ folder: data });
  undo.add(() => derived.close());
  const beats = openBeats({ folder: data });
  undo.add(() => beats.close());

  // Both are known once the ports are bound.
  let url = '';
  let descriptor = '';
  const { host } = options.listen;
  const lookupNetwork =
    options.networks === undefined ? null : openNetworks(options.networks, (line) => notice(line, false));
  const { listen, identity = null, addresses = [], described, ...ports } = options.reflector ?? {};
  const running = await startReflector({
    ...ports,
    listen: listen ?? [{ host, port: options.listen.port === 0 ? 0 : options.listen.port + 1 }],
    identity,
    folder: join(data, 'reflector'),
    addresses,
    lookupNetwork,
    nowMs,
    monotonicMs: () => performance.now(),
    descriptor: () => descriptor,
    warn: (line) => notice(line, true),
  });
  undo.add(() => running.close());
  const reflector: ReflectorDescriptor = { ...running.descriptor, ...described };
  const reflectors = [reflector, ...(options.otherReflectors ?? [])];
  requireDistinctNames(reflectors);

  const judgeContext = bundledContext({
    extraRootsPem: options.extraRootsPem ?? [],
    extraInterceptionEntries: options.extraInterceptionEntries ?? [],
    ...(options.extraBlockpageRows === undefined ? {} : { extraBlockpageRows: options.extraBlockpageRows }),
    ...(options.extraNetworkRows === undefined ? {} : { extraNetworkRows: options.extraNetworkRows }),
    ...(options.interceptionFiles === undefined ? {} : { interceptionFiles: options.interceptionFiles }),
    servers: withEarlierServers(archive, {
      controlKeys: [toBase64(keys.control.publicKey)],
      reflectors: reflectors.map(knownReflector),
    }),
  });
  const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
  const outside = await openOutside(options.outside ?? {}, {
    nowMs,
    notice: (line) => notice(line, true),
    onFault,
  });
  undo.add(() => outside.stop());
  const watched = keepBeats({
    store: beats,
    alerts: archive,
    nowMs,
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    ownerOf: (asn, at) => judgeContext.networks.ownerOf(asn, at),
    ownUplink: createOwnUplink(options.ownAnchors ?? [], options.only, onFault),
    outsideFor: outside.outsideFor,
    calendar: outside.calendar,
    onFault,
  });
  undo.add(() => watched.close());
  const takeNote = watched.take;
  const pipeline = createPipeline({ archive, derived, keys, nowMs, random, takeNote, onFault });
  undo.add(() => pipeline.close());
  pipeline.enforce(judgeContext);
  archive.erasePrivateParts(isoSeconds(nowMs()));
  const caughtUp = await pipeline.catchUp();
  const erase = async (): Promise<void> => {
    watched.erase();
    try {
      if (archive.erasePrivateParts(isoSeconds(nowMs())) > 0) await pipeline.forgetRegions();
    } catch (error) {
      onFault(error, 'erasing private parts');
    }
  };
  const eraser = setInterval(() => void erase(), ERASE_EVERY_MS);
  eraser.unref();
  undo.add(() => clearInterval(eraser));

  const labAllow = options.labAllow ?? [];
  const outgoing = createOutgoing({
    allow: labAllow,
    only: options.only,
    ...options.lab,
  });
  const control = createControl({
    outgoing,
    roots: judgeContext.roots,
    sign: { seed: keys.control.seed, keyid: toBase64(keys.control.publicKey) },
    wallClock: nowMs,
    diary: createDiaryFacts(archive, nowMs),
    ...(lookupNetwork === null ? {} : { lookupNetwork }),
  });
  const rate = createRateLimit(MINUTE_MS, () => performance.now());

  const stopping = new AbortController();
  const port = createWebPort({
    pipeline,
    control,
    archive,
    derived,
    silence: beats,
    outside,
    networks: () => judgeContext.networks,
    nowMs,
    stopping: stopping.signal,
    descriptor: () => descriptor,
    publicUrl: () => url,
  });
  const app = createWebServer({
    port,
    onRequest(line) {
      watched.heardSomebody();
      options.onRequest?.(line);
    },
    onFault,
    subscriberOf: subscriberKey,
    controlAllows: (caller) => rate.count(subscriberKey(caller)) <= CONTROL_REQUESTS_PER_MINUTE,
  });
  try {
    await app.listen({ host: options.listen.host, port: options.listen.port });
  } catch (error) {
    await app.close();
    throw listenError(error, options.listen);
  }
  undo.add(async () => {
    stopping.abort(new Error('the collector stops'));
    await app.close();
  });
  watched.start();
  const bound = app.server.address() as AddressInfo;
  if (options.publicUrl === undefined && isWildcard(host))
    notice(
      'listening on every address without --public-url: probes are told an address that they can not reach',
      true,
    );
  url = (options.publicUrl ?? `http://${urlHost(host)}:${bound.port}`).replace(/\/+$/, '');

  descriptor = signDescriptor(keys, { url, issued: isoSeconds(nowMs()), reflectors });

  const diary = keepDiary(options.diary ?? { urls: [], minutes: null }, {
    control,
    pipeline,
    archive,
    nowMs,
    onFault,
  });
  undo.add(() => diary.stop());

  if (options.notify !== undefined) {
    const notifications = startNotifications({
      files: options.notify,
      data,
      archive,
      keys,
      publicUrl: () => url,
      only: options.only,
      nowMs,
      notice,
      onFault,
    });
    undo.add(() => notifications.stop());
  }

  return {
    url,
    keys,
    reflector,
    reflectorEndpoints: running.endpoints,
    whoami: running.whoami,
    lookupNetwork,
    caughtUp,
    runDiary: () => diary.runAll(),
    countBeats: () => watched.tick(),
    close: () => undo.run(),
  };
}
