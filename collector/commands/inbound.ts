/** `inbound`: from this host towards listed servers, does a listed name fare otherwise than an innocuous one? */
import { existsSync, writeFileSync } from 'node:fs';
import { utf8 } from '../../shared/codec/base64.ts';
import { parseCidr } from '../../shared/codec/ip.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../shared/codec/dsse.ts';
import { loadKeys, type CollectorKeys } from '../archive/keys.ts';
import { bundledContext } from '../archive/snapshots.ts';
import { createOutgoing, type OutgoingOptions } from '../control/index.ts';
import { createGuard, GuardError } from '../control/guard.ts';
import { handshake } from '../control/handshake.ts';
import { CollectorError } from '../errors.ts';
import { hostName, readNames, readServers, type List } from '../inbound/list.ts';
import type { Ending } from '../inbound/outcome.ts';
import { CAVEAT, resultJson, resultLine } from '../inbound/report.ts';
import { runInbound, type Handshake, type InboundResult, type InboundTools } from '../inbound/run.ts';
import type { CommandIo, GlobalFlags } from './io.ts';
import { readText } from './reflector-flags.ts';
import { untilStopped } from './until-stopped.ts';

/** Broken rows that are named one by one; the rest is only counted. */
const MAX_PROBLEMS_SHOWN = 10;
/** Reserved by IANA; on nobody's list. */
const DEFAULT_INNOCUOUS = 'example.com';
const OWNER_ONLY_FILE = 0o600;

export interface InboundFlags {
  readonly servers: string;
  readonly names: string;
  readonly innocuous?: string;
  readonly out?: string;
  readonly data?: string;
  readonly extraRoot: readonly string[];
  readonly fingerprints: readonly string[];
  readonly labAllow: readonly string[];
}

/** What tests put in the place of the system. */
export interface InboundWorld {
  readonly only: string | undefined;
  readonly now: () => number;
  /** Resolves false when the signal fired first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<boolean>;
  readonly stop: AbortSignal;
}

function readList<T>(
  flag: string,
  path: string,
  read: (text: string) => List<T>,
  io: CommandIo,
): readonly T[] {
  const { items, problems } = read(readText(path, flag));
  for (const { line, message } of problems.slice(0, MAX_PROBLEMS_SHOWN))
    io.err(`${path}:${line}: ${message}; row left out`);
  if (problems.length > MAX_PROBLEMS_SHOWN)
    io.err(`${path}: ${problems.length - MAX_PROBLEMS_SHOWN} more rows left out`);
  if (items.length === 0) throw new CollectorError('FILE_UNREADABLE', `${flag} ${path}: no usable row`);
  return items;
}

const ALERT = /ALERT|UNRECOGNIZED_NAME/;
function endingOf(failure: string, code: string | null): Ending {
  if (failure === 'generic_timeout_error' || failure === 'interrupted') return 'silence';
  if (failure === 'connection_reset') return 'reset';
  if (failure === 'eof_error') return 'closed';
  return code !== null && ALERT.test(code) ? 'alert' : 'not_tls';
}

/** Sockets of the control's kind: addresses are checked as literals, and KUAGER_ONLY holds. */
export function createShaking(
  options: OutgoingOptions,
  signal: AbortSignal,
): Pick<InboundTools, 'resolve' | 'shake'> {
  const outgoing = createOutgoing(options);
  const guard = createGuard(options.only);
  return {
    async resolve(server, port) {
      try {
        const { addresses, failure } = await outgoing.resolve(server, signal);
        const address = addresses.find((text) => text.includes('.')) ?? addresses[0];
        if (address === undefined) return { reason: failure ?? 'dns_no_answer' };
        const refusal = outgoing.refusal(address, port);
        if (refusal === null) guard.check(address);
        return refusal === null ? { address } : { reason: refusal };
      } catch (error) {
        // The wall is there for all of the list; one row behind it must not end the others.
        if (error instanceof GuardError) return { reason: error.message };
        throw error;
      }
    },
    async shake(address, port, name): Promise<Handshake> {
      const tcp = await outgoing.connect(address, port, signal);
      if (tcp.socket === null) return { ending: 'unreachable', failure: tcp.failure, chain: [] };
      const tls = await handshake(tcp.socket, {
        serverName: name,
        alpn: ['h2', 'http/1.1'],
        signal,
        appraise: () => null,
      });
      tls.socket?.destroy();
      if (tls.failure === null) return { ending: 'chain', failure: null, chain: tls.chain };
      return { ending: endingOf(tls.failure, tls.errorCode), failure: tls.failure, chain: [] };
    },
  };
}

function writeOut(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: OWNER_ONLY_FILE });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('OUT_UNWRITABLE', detail, { cause: error });
  }
}

/** Signed when there are keys, else one line of JSON a result. */
function fileText(
  results: readonly InboundResult[],
  facts: { readonly whole: boolean; readonly snapshots: unknown },
  keys: CollectorKeys | null,
): string {
  const json = results.map(resultJson);
  if (keys === null) return json.map((one) => `${JSON.stringify(one)}\n`).join('');
  const document = { version: 1, ...facts, caveat: CAVEAT, results: json };
  return `${signEnvelope({
    payloadType: PAYLOAD_TYPES.inbound,
    payload: utf8(JSON.stringify(document)),
    seed: keys.collector.seed,
  })}\n`;
}

function readCidrs(flags: InboundFlags) {
  return flags.labAllow.map((text) => {
    const cidr = parseCidr(text);
    if (cidr === null)
      throw new CollectorError('USAGE', `--lab-allow takes a CIDR block, got ${JSON.stringify(text)}`);
    return cidr;
  });
}

/** Throws USAGE, FILE_UNREADABLE, OUT_EXISTS, OUT_UNWRITABLE, KEYS_MISSING, KEYS_DAMAGED. */
export async function inboundCommand(
  flags: InboundFlags,
  global: GlobalFlags,
  io: CommandIo,
  world: InboundWorld = realWorld(),
): Promise<void> {
  const innocuous = hostName(flags.innocuous ?? DEFAULT_INNOCUOUS);
  if (innocuous === null)
    throw new CollectorError(
      'USAGE',
      `--innocuous takes a host name, got ${JSON.stringify(flags.innocuous)}`,
    );
  if (flags.data !== undefined && flags.out === undefined)
    throw new CollectorError('USAGE', '--data signs what --out writes: give --out too');
  if (flags.out !== undefined && existsSync(flags.out))
    throw new CollectorError('OUT_EXISTS', `${flags.out} exists`);
  const keys = flags.data === undefined ? null : loadKeys(flags.data);
  const servers = readList('--servers', flags.servers, readServers, io);
  const names = readList('--names', flags.names, readNames, io).filter((name) => name !== innocuous);
  const context = bundledContext({
    extraRootsPem: flags.extraRoot.map((path) => readText(path, '--extra-root')),
    extraInterceptionEntries: [],
    interceptionFiles: flags.fingerprints.map((path) => readText(path, '--fingerprints')),
    servers: { controlKeys: [], reflectors: [] },
  });
  const results: InboundResult[] = [];
  const { stop, now } = world;
  const whole = await runInbound(
    { servers, names, innocuous },
    {
      ...createShaking({ allow: readCidrs(flags), only: world.only }, stop),
      sleep: (ms) => world.sleep(ms, stop),
      now,
      roots: context.roots,
      fingerprints: context.fingerprints,
    },
    (result) => {
      results.push(result);
      io.out(global.json ? JSON.stringify(resultJson(result)) : resultLine(result));
    },
  );
  if (!whole) io.err('stopped before the end; what was finished is kept');
  if (!global.json) io.err(CAVEAT);
  if (flags.out !== undefined)
    writeOut(flags.out, fileText(results, { whole, snapshots: context.snapshots }, keys));
}

function realWorld(): InboundWorld {
  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  const sleep = (ms: number, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (slept: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(slept);
      };
      const onAbort = (): void => end(false);
      const timer = setTimeout(() => end(true), ms);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  return { only: process.env['KUAGER_ONLY'], now: Date.now, sleep, stop: stop.signal };
}
