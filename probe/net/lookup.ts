import { lookup as libcLookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { formatIp, parseIp } from '../../shared/codec/ip.ts';
import { failureFromErrorCode, isFailure } from '../../shared/failure/failure.ts';
import type { Context } from './context.ts';
import { failedBy, stoppedBy } from './errors.ts';
import type { Failed } from './errors.ts';
import { DestinationForbidden } from './guard.ts';
import type { DestinationGuard } from './guard.ts';
import type { LookupResult } from './net.ts';
import { createSlots } from './slots.ts';
import type { Slots } from './slots.ts';
import { stopWhen } from './stop.ts';

/** libuv's pool size when UV_THREADPOOL_SIZE is not set. */
const DEFAULT_POOL_THREADS = 4;
/** libuv lets name lookups occupy at most half of its pool. */
const LOOKUP_SHARE_OF_POOL = 2;

/**
 * A call of getaddrinfo(3) can't be cancelled: it keeps its thread until libc gives up, long after our own timeout.
 * One waiting behind it has not been sent yet, so its silence would be ours, not the network's. Hence a lookup waits
 * here for a free thread and its time starts only then. Two run at a time; for more, UV_THREADPOOL_SIZE must stand in
 * the environment before the program starts (the pool exists before the first line of a module runs), and half of
 * it is used.
 */
const threads: Slots = createSlots(
  Math.max(
    1,
    Math.floor((Number(process.env.UV_THREADPOOL_SIZE) || DEFAULT_POOL_THREADS) / LOOKUP_SHARE_OF_POOL),
  ),
);

/** glibc's numbers (netdb.h) for libuv's names; other systems number them differently and Node hides them. */
const GLIBC_EAI: Readonly<Record<string, number>> = {
  EAI_BADFLAGS: -1,
  EAI_NONAME: -2,
  EAI_AGAIN: -3,
  EAI_FAIL: -4,
  EAI_NODATA: -5,
  EAI_FAMILY: -6,
  EAI_SERVICE: -8,
  EAI_ADDRFAMILY: -9,
  EAI_MEMORY: -10,
};

/** Names that libc answers without asking anybody. */
function needsNoPacket(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return parseIp(hostname) !== null || name === 'localhost' || name.endsWith('.localhost');
}

/**
 * libc sends datagrams that no driver sees, so while the wall stands it may only be asked when every nameserver of
 * `resolvConf` (the file's text; null when there is none, and libc then asks loopback) is inside. Other systems keep
 * their nameservers elsewhere: refused there.
 */
export function mayAskLibc(
  guard: DestinationGuard,
  hostname: string,
  resolvConf: string | null,
  platform: string,
): boolean {
  if (!guard.active || needsNoPacket(hostname)) return true;
  if (platform !== 'linux') return false;
  const servers = [...(resolvConf ?? '').matchAll(/^\s*nameserver\s+(\S+)/gm)].map((m) => m[1] ?? '');
  return (servers.length === 0 ? ['127.0.0.1'] : servers).every((server) => guard.allows(server));
}

function readResolvConf(): string | null {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return null;
  }
}

interface Answer extends Partial<Failed> {
  readonly addresses: readonly string[];
  readonly errorCode?: number | null;
}

function fromLibcError(error: NodeJS.ErrnoException): Answer {
  const failed = failedBy(error);
  // Node folds "no such name" and "no address of this name" into ENOTFOUND; the number still tells them apart.
  const name = typeof error.errno === 'number' && error.errno < 0 ? getSystemErrorName(error.errno) : '';
  const known = name.startsWith('EAI_');
  return {
    addresses: [],
    failure: known ? failureFromErrorCode(name, error.message) : failed.failure,
    detail: failed.detail,
    errorCode: (process.platform === 'linux' ? GLIBC_EAI[name] : undefined) ?? null,
  };
}

function askLibc(hostname: string, release: () => void, done: (answer: Answer) => void): void {
  libcLookup(hostname, { all: true, verbatim: true }, (error, found) => {
    release();
    if (error !== null) done(fromLibcError(error));
    else done({ addresses: [...new Set(found.map((f) => f.address))] });
  });
}

function askLab(ctx: Context, hostname: string, done: (answer: Answer) => void): void {
  const ip = parseIp(hostname);
  if (ip !== null) {
    done({ addresses: [formatIp(ip)] });
    return;
  }
  ctx.lab?.lookup(hostname).then(
    (answer) => {
      if ('addresses' in answer) done({ addresses: answer.addresses });
      else {
        const failure = isFailure(answer.failure)
          ? answer.failure
          : failureFromErrorCode(answer.failure, answer.failure);
        done({ addresses: [], failure, detail: answer.failure });
      }
    },
    (error: unknown) => done({ addresses: [], ...failedBy(error) }),
  );
}

/**
 * What programs on this device get for a name: getaddrinfo(3), both families, in libc's order. The canonical name is
 * not offered by Node. Failure: `dns_nxdomain_error`, `dns_no_answer`, `dns_temporary_failure`, … ;
 * `generic_timeout_error` counts from the moment a thread was free. Rejects with `DestinationForbidden` only.
 */
export async function lookup(ctx: Context, hostname: string, signal: AbortSignal): Promise<LookupResult> {
  const queuedAt = ctx.now();
  if (ctx.lab === undefined && !mayAskLibc(ctx.guard, hostname, readResolvConf(), process.platform)) {
    throw new DestinationForbidden(`asking the system's resolver for ${hostname}`);
  }
  const release = ctx.lab === undefined ? await threads.acquire(signal) : () => undefined;
  const t0 = release === null ? queuedAt : ctx.now();
  return await new Promise((resolve) => {
    const done = (answer: Answer): void => {
      dispose();
      resolve({
        addresses: answer.addresses,
        canonicalName: null,
        failure: answer.failure ?? (answer.addresses.length === 0 ? 'dns_no_answer' : null),
        detail: answer.detail ?? null,
        errorCode: answer.errorCode ?? null,
        t0,
        t: ctx.now(),
      });
    };
    const dispose = stopWhen(signal, ctx.timeouts.lookup, (reason) =>
      done({ addresses: [], ...stoppedBy(reason) }),
    );
    if (release === null) return; // the signal fired while waiting: `stopWhen` says so
    if (ctx.lab === undefined) askLibc(hostname, release, done);
    else askLab(ctx, hostname, done);
  });
}
