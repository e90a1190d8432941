/** A running collector: store, keys, pipeline, control, reflector and the web side put together. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { toBase64 } from '../shared/codec/base64.ts';
import type { Cidr } from '../shared/codec/ip.ts';
import type { ReflectorDescriptor } from '../shared/model/index.ts';
import { describeKeys, loadOrCreateKeys, tightenKeyRights } from './archive/keys.ts';
import type { CollectorKeys } from './archive/keys.ts';
import { isoSeconds } from './archive/log.ts';
import type { InterceptionEntry } from './archive/snapshots.ts';
import { withEarlierServers } from './archive/context.ts';
import { bundledContext } from './archive/snapshots.ts';
import { createControl, createOutgoing, createRateLimit, subscriberKey } from './control/index.ts';
import type { Endpoint, LookupAnswer, ReflectorEndpoint } from './control/index.ts';
import { signDescriptor } from './descriptor.ts';
import { CollectorError } from './errors.ts';
import type { HostPort } from './listen.ts';
import { listenError, urlHost } from './listen.ts';
import { createDiaryFacts } from './diary/facts.ts';
import { keepDiary, type DiarySettings } from './keep-diary.ts';
import { createPipeline } from './pipeline.ts';
import { openNetworks } from './networks.ts';
import type { LookupNetwork, NetworkFiles } from './networks.ts';
import { requireDistinctNames } from './reflector-entries.ts';
import { isWildcard, knownReflector, startReflector } from './reflectors.ts';
import type { WhoamiSettings } from './reflectors.ts';
import { openArchive } from './store/sqlite/archive.ts';
import { openDerived } from './store/sqlite/derived.ts';
import { lockDataFolder } from './store/sqlite/lock.ts';
import type { RequestLog } from './web/options.ts';
import { createWebServer } from './web/server.ts';
import { createWebPort } from './web-port.ts';

const MINUTE_MS = 60_000;
/** A probe asks once a target; a run of a thousand targets from one household stays below. */
const CONTROL_REQUESTS_PER_MINUTE = 600;
const ERASE_EVERY_MS = 60 * MINUTE_MS;
const OWNER_ONLY_FOLDER = 0o700;

export interface CollectorOptions {
  readonly data: string;
  readonly listen: HostPort;
  /** Without it: http and the address listened on. */
  readonly publicUrl?: string;
  /** Private or loopback blocks that the control may reach all the same; for labs only. */
  readonly labAllow?: readonly Cidr[];
  readonly extraRootsPem?: readonly string[];
  readonly extraInterceptionEntries?: readonly InterceptionEntry[];
  /** Files in the form of interception.json, as text. */
  readonly interceptionFiles?: readonly string[];
  /** Further block-page rows, in the columns of testlists/fingerprints/blockpages.csv, without header. */
  readonly extraBlockpageRows?: string;
  /** Further networks, in the columns of testlists/networks.csv, without header. */
  readonly extraNetworkRows?: string;
  readonly reflector?: {
    readonly listen?: readonly HostPort[];
    /** Absent: the port after the others. */
    readonly selfSignedListen?: HostPort;
    /** False: no ports but those given; absent: three and a self-signed one in all. */
    readonly furtherPorts?: boolean;
    readonly identity?: { readonly keyPem: string; readonly certPem: string };
    readonly addresses?: readonly string[];
    /** Needs `networks`. */
    readonly whoami?: WhoamiSettings;
    /** What the descriptor says instead of what is bound; for the loopback lab, whose addresses are mapped. */
    readonly described?: Partial<ReflectorDescriptor>;
  };
  /** Address databases of the operator; without them nothing is said of anybody's network. */
  readonly networks?: NetworkFiles;
  /** Reflectors run by others: named in the descriptor after the own one, and believed when judging. */
  readonly otherReflectors?: readonly ReflectorDescriptor[];
  /** Hooks of the loopback lab for the control's sockets. */
  readonly lab?: {
    readonly lookup?: (hostname: string) => Promise<LookupAnswer>;
    readonly mapTcp?: (endpoint: Endpoint) => Endpoint | { readonly failure: string };
    readonly mapUdp?: (endpoint: Endpoint) => Endpoint;
    /** Whom the control's walk asks recursively; goes through `mapUdp` and `mapTcp`. */
    readonly resolver?: Endpoint;
  };
  /** What the control looks at by itself, from time to time; nothing without it. */
  readonly diary?: DiarySettings;
  /** The value of KUAGER_ONLY. */
  readonly only: string | undefined;
  readonly nowMs?: () => number;
  /** For tests of full disks. */
  readonly maxArchivePages?: number;
  readonly onRequest?: (line: RequestLog) => void;
  readonly onFault?: (error: unknown, what: string) => void;
  /** What the operator must see. */
  readonly notice?: (line: string, loud: boolean) => void;
}

export interface RunningCollector {
  /** Without a final slash. */
  readonly url: string;
  readonly keys: CollectorKeys;
  readonly reflector: ReflectorDescriptor;
  /** Where the reflector really listens, the ports given first. */
  readonly reflectorEndpoints: readonly ReflectorEndpoint[];
  /** Where the whoami server really listens (UDP). */
  readonly whoami: HostPort | null;
  /** Null without a database. */
  readonly lookupNetwork: LookupNetwork | null;
  /** Entries archived earlier that were derived at this start. */
  readonly caughtUp: number;
  /** Measures every URL of the diary now; how many entries were written. */
  runDiary(): Promise<number>;
  /** Stops taking requests, finishes those that run, closes the databases. */
  close(): Promise<void>;
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `--data ${folder}: ${detail}`, { cause: error });
  }
}

/** Undoes what was set up, last first, whatever one step says. */
function createUndo(onFault: (error: unknown, what: string) => void) {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    add: (step: () => Promise<void> | void) => void steps.push(step),
    async run(): Promise<void> {
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          onFault(error, 'stopping');
        }
      }
    },
  };
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
  const pipeline = createPipeline({ archive, derived, keys, nowMs, random, onFault });
  undo.add(() => pipeline.close());
  pipeline.enforce(judgeContext);
  archive.erasePrivateParts(isoSeconds(nowMs()));
  const caughtUp = await pipeline.catchUp();
  const erase = async (): Promise<void> => {
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
    stopping: stopping.signal,
    descriptor: () => descriptor,
    publicUrl: () => url,
  });
  const app = createWebServer({
    port,
    onRequest: options.onRequest ?? (() => undefined),
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

  return {
    url,
    keys,
    reflector,
    reflectorEndpoints: running.endpoints,
    whoami: running.whoami,
    lookupNetwork,
    caughtUp,
    runDiary: () => diary.runAll(),
    close: () => undo.run(),
  };
}
