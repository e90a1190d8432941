/**
 * What the probe knows of its collector: fetched, verified under the key it names, and that key pinned on first use.
 * A copy is kept for the day when the collector can't be reached. Through a chain that isn't trusted only what a key
 * known before has signed is heard; decision record 011.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fromBase64, fromUtf8 } from '../../shared/codec/base64.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../shared/codec/dsse.ts';
import { fingerprint } from '../../shared/codec/ed25519.ts';
import { isChainFailure } from '../../shared/failure/failure.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import { parseDescriptor } from './descriptor-shape.ts';
import { ReportError } from './errors.ts';
import { ensurePrivateFolder, readBounded, writeAtomically } from './files.ts';
import { collectorEndpoint } from './collector-endpoint.ts';
import type { ChainDemand, HttpReply, OpenHttp } from '../net/http-client.ts';

export const DESCRIPTOR_PATH = '.well-known/kuager';
export const MAX_DESCRIPTOR_BYTES = 128 * 1024;
const MAX_CACHE_FILE_BYTES = 2 * MAX_DESCRIPTOR_BYTES;

export interface KnownCollector {
  readonly descriptor: Descriptor;
  /** True: the collector could not be reached and this is what it said last time. */
  readonly cached: boolean;
  /** Why the collector's chain isn't trusted here; null: it is, or could not be seen. */
  readonly untrusted: string | null;
  /** `sha256:…` of the collector's key, for a person to compare. */
  readonly fingerprint: string;
  /** Milliseconds since 1970 by the Date header of a trusted answer; null without one. */
  readonly serverTime: number | null;
}

/** A descriptor, and the signed envelope that it came in, as it is kept. */
interface Opened {
  readonly descriptor: Descriptor;
  readonly text: string;
}

/** Signed by the key that it names; whether that key is the pinned one is for the caller to say. */
function open(envelope: Uint8Array): Opened | { readonly error: string } {
  const decoded = decodeEnvelope(envelope, PAYLOAD_TYPES.descriptor, MAX_DESCRIPTOR_BYTES);
  if ('error' in decoded) return { error: decoded.error };
  const parsed = parseDescriptor(decoded.ok.payload);
  if ('error' in parsed) return parsed;
  const key = fromBase64(parsed.ok.collector.key);
  if (key === null || !verifyEnvelope(decoded.ok, key)) return { error: 'its signature does not hold' };
  return { descriptor: parsed.ok, text: fromUtf8(envelope) ?? '' };
}

const printOf = (descriptor: Descriptor): string =>
  fingerprint(fromBase64(descriptor.collector.key) ?? new Uint8Array(0));

/** One file for each collector; its name is a hash, since URLs have characters that file names may not have. */
function cachePath(folder: string, collectorUrl: string): string {
  return join(
    folder,
    `collector-${createHash('sha256').update(collectorUrl).digest('hex').slice(0, 16)}.json`,
  );
}

/**
 * What this device knows already: the pinned copy, or a file given by hand, whichever is newer; null: nothing. Throws
 * `STATE_DAMAGED`, `DESCRIPTOR_INVALID`, `COLLECTOR_KEY_CHANGED`.
 */
async function whatIsKnown(path: string, given: Uint8Array | null): Promise<Opened | null> {
  const stored = await readBounded(path, MAX_CACHE_FILE_BYTES);
  const known = stored === null ? null : open(stored);
  // A pin that can't be read must not be replaced in silence by whoever answers now.
  if (known !== null && 'error' in known)
    throw new ReportError(
      'STATE_DAMAGED',
      `the stored key of this collector is damaged: compare its fingerprint with the operator's, then delete ${path}`,
    );
  const handed = given === null ? null : open(given);
  if (handed === null) return known;
  if ('error' in handed)
    throw new ReportError('DESCRIPTOR_INVALID', `the file of --descriptor is none (${handed.error})`);
  if (known !== null) checkSameKey(known.descriptor, handed.descriptor, path);
  return known !== null && isOlder(handed.descriptor, known.descriptor) ? known : handed;
}

const isOlder = (one: Descriptor, other: Descriptor): boolean =>
  Date.parse(one.issued) < Date.parse(other.issued);

function checkSameKey(known: Descriptor, fresh: Descriptor, path: string): void {
  if (known.collector.key !== fresh.collector.key)
    throw new ReportError(
      'COLLECTOR_KEY_CHANGED',
      `the collector shows another key (${printOf(fresh)}) than before (${printOf(known)}): ask its operator by another way; if the change is real, delete ${path}`,
    );
}

async function ask(
  openHttp: OpenHttp,
  demand: ChainDemand,
  url: string,
  signal: AbortSignal,
): Promise<HttpReply> {
  const http = openHttp(demand);
  try {
    return await http.call({ method: 'GET', url, headers: { accept: 'application/json' }, signal });
  } finally {
    await http.close();
  }
}

/** What is known, or a newer one that the known key has signed; whoever else answers is not heard. */
function throughAnyChain(known: Opened, reply: HttpReply): Opened & { readonly answered: boolean } {
  const fresh = 'failure' in reply || reply.status !== 200 ? null : open(reply.body);
  if (fresh === null || 'error' in fresh || fresh.descriptor.collector.key !== known.descriptor.collector.key)
    return { ...known, answered: false };
  return { ...(isOlder(fresh.descriptor, known.descriptor) ? known : fresh), answered: true };
}

/**
 * `folder`: where the pinned key and the copy live. `given`: a signed descriptor that the user was handed. Throws
 * `COLLECTOR_URL_INVALID`, `COLLECTOR_KEY_CHANGED`, `STATE_DAMAGED`, `DESCRIPTOR_INVALID` for the file, and, when nothing is known
 * either, `COLLECTOR_UNREACHABLE`, `COLLECTOR_UNTRUSTED` or `DESCRIPTOR_INVALID`.
 */
export async function fetchDescriptor(input: {
  readonly collectorUrl: string;
  readonly folder: string;
  readonly openHttp: OpenHttp;
  readonly signal: AbortSignal;
  readonly given?: Uint8Array | null;
}): Promise<KnownCollector> {
  const { collectorUrl, folder, openHttp, signal, given = null } = input;
  const base = URL.canParse(collectorUrl) ? new URL(collectorUrl) : null;
  if (base === null || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '')
    throw new ReportError(
      'COLLECTOR_URL_INVALID',
      'the collector must be an http(s) URL without a user name: check --collector',
    );
  await ensurePrivateFolder(folder);
  const path = cachePath(folder, base.href);
  const known = await whatIsKnown(path, given);
  if (known !== null) await keep(path, known);

  const result = (
    { descriptor }: Opened,
    rest: Omit<KnownCollector, 'descriptor' | 'fingerprint'>,
  ): KnownCollector => ({ descriptor, fingerprint: printOf(descriptor), ...rest });
  const fallBack = (error: ReportError): KnownCollector => {
    if (known === null) throw error;
    return result(known, { cached: true, untrusted: null, serverTime: null });
  };

  const url = collectorEndpoint(base.href, DESCRIPTOR_PATH);
  const reply = await ask(openHttp, 'verified', url, signal);
  if ('failure' in reply && isChainFailure(reply.failure)) {
    if (known === null)
      throw new ReportError(
        'COLLECTOR_UNTRUSTED',
        `the connection to the collector isn't safe here (${reply.failure}) and its key isn't known yet, so nothing is sent: use another network once, or give its descriptor by --descriptor FILE`,
      );
    const { answered, ...best } = throughAnyChain(known, await ask(openHttp, 'any_chain', url, signal));
    await keep(path, best);
    return result(best, { cached: !answered, untrusted: reply.failure, serverTime: null });
  }
  if ('failure' in reply)
    return fallBack(
      new ReportError(
        'COLLECTOR_UNREACHABLE',
        `the collector can't be reached (${reply.failure}): check --collector and the network`,
      ),
    );
  const date = Date.parse(reply.headers['date'] ?? '');
  const fresh = reply.status === 200 ? open(reply.body) : { error: `status ${reply.status}` };
  if ('error' in fresh)
    return fallBack(
      new ReportError(
        'DESCRIPTOR_INVALID',
        `what answers at the collector's address is no collector (${fresh.error}): check --collector`,
      ),
    );
  if (known !== null) checkSameKey(known.descriptor, fresh.descriptor, path);
  // An old descriptor played back to us must not bring old keys back.
  const newest = known !== null && isOlder(fresh.descriptor, known.descriptor) ? known : fresh;
  await keep(path, newest);
  return result(newest, {
    cached: false,
    untrusted: null,
    serverTime: Number.isNaN(date) ? null : date,
  });
}

async function keep(path: string, { text }: Opened): Promise<void> {
  const stored = await readBounded(path, MAX_CACHE_FILE_BYTES);
  if (stored === null || fromUtf8(stored) !== text) await writeAtomically(path, text);
}
