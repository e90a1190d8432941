/**
 * What the probe knows of its collector: fetched, verified under the key it names, and that key pinned on first use.
 * A copy is kept for the day when the collector can't be reached.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fromBase64, fromUtf8 } from '../../shared/codec/base64.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../shared/codec/dsse.ts';
import { fingerprint } from '../../shared/codec/ed25519.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import { parseDescriptor } from './descriptor-shape.ts';
import { ReportError } from './errors.ts';
import { ensurePrivateFolder, readBounded, writeAtomically } from './files.ts';
import { collectorEndpoint } from './collector-endpoint.ts';
import type { OpenHttp } from '../net/http-client.ts';

export const DESCRIPTOR_PATH = '.well-known/kuager';
export const MAX_DESCRIPTOR_BYTES = 128 * 1024;
const MAX_CACHE_FILE_BYTES = 2 * MAX_DESCRIPTOR_BYTES;

export interface KnownCollector {
  readonly descriptor: Descriptor;
  /** True: the collector could not be reached and this is what it said last time. */
  readonly cached: boolean;
  /** `sha256:…` of the collector's key, for a person to compare. */
  readonly fingerprint: string;
  /** Milliseconds since 1970 by the Date header of the answer; null without one. */
  readonly serverTime: number | null;
}

/** The descriptor inside a signed envelope; `key`: the pinned one, null on first use. */
function open(
  envelope: Uint8Array,
): { readonly descriptor: Descriptor; readonly text: string } | { readonly error: string } {
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
 * `folder`: where the pinned key and the copy live. Throws `COLLECTOR_URL_INVALID`, `COLLECTOR_KEY_CHANGED`, and, when
 * there is no copy either, `COLLECTOR_UNREACHABLE` or `DESCRIPTOR_INVALID`.
 */
export async function fetchDescriptor(input: {
  readonly collectorUrl: string;
  readonly folder: string;
  readonly openHttp: OpenHttp;
  readonly signal: AbortSignal;
}): Promise<KnownCollector> {
  const { collectorUrl, folder, openHttp, signal } = input;
  const base = URL.canParse(collectorUrl) ? new URL(collectorUrl) : null;
  if (base === null || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '')
    throw new ReportError(
      'COLLECTOR_URL_INVALID',
      'the collector must be an http(s) URL without a user name: check --collector',
    );
  await ensurePrivateFolder(folder);
  const path = cachePath(folder, base.href);

  const stored = await readBounded(path, MAX_CACHE_FILE_BYTES);
  const known = stored === null ? null : open(stored);
  // A pin that can't be read must not be replaced in silence by whoever answers now.
  if (known !== null && 'error' in known)
    throw new ReportError(
      'STATE_DAMAGED',
      `the stored key of this collector is damaged: compare its fingerprint with the operator's, then delete ${path}`,
    );
  const fallBack = (error: ReportError): KnownCollector => {
    if (known === null) throw error;
    return {
      descriptor: known.descriptor,
      cached: true,
      fingerprint: printOf(known.descriptor),
      serverTime: null,
    };
  };

  const http = openHttp();
  try {
    const url = collectorEndpoint(base.href, DESCRIPTOR_PATH);
    const reply = await http.call({ method: 'GET', url, headers: { accept: 'application/json' }, signal });
    if ('failure' in reply)
      return fallBack(
        new ReportError(
          'COLLECTOR_UNREACHABLE',
          `the collector can't be reached (${reply.failure}): check --collector and the network`,
        ),
      );
    const date = Date.parse(reply.headers['date'] ?? '');
    const serverTime = Number.isNaN(date) ? null : date;
    const fresh = reply.status === 200 ? open(reply.body) : { error: `status ${reply.status}` };
    if ('error' in fresh)
      return fallBack(
        new ReportError(
          'DESCRIPTOR_INVALID',
          `what answers at the collector's address is no collector (${fresh.error}): check --collector`,
        ),
      );
    if (known !== null && known.descriptor.collector.key !== fresh.descriptor.collector.key)
      throw new ReportError(
        'COLLECTOR_KEY_CHANGED',
        `the collector shows another key (${printOf(fresh.descriptor)}) than before (${printOf(known.descriptor)}): ask its operator by another way; if the change is real, delete ${path}`,
      );
    // An old descriptor played back to us must not bring old keys back.
    if (known !== null && Date.parse(known.descriptor.issued) > Date.parse(fresh.descriptor.issued))
      return {
        descriptor: known.descriptor,
        cached: false,
        fingerprint: printOf(known.descriptor),
        serverTime,
      };
    if (known?.text !== fresh.text) await writeAtomically(path, fresh.text);
    return {
      descriptor: fresh.descriptor,
      cached: false,
      fingerprint: printOf(fresh.descriptor),
      serverTime,
    };
  } finally {
    await http.close();
  }
}
