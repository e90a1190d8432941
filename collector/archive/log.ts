/**
 * The collector's transparency log over the archive: RFC 6962 tree, C2SP checkpoints and proofs.
 *
 * Checkpoints are signed when somebody asks for one, not at every append: a receipt already binds the collector to an
 * index, one checkpoint covers every entry before it, and a row of checkpoints per upload would tell strangers when each
 * upload came.
 */
import { leafData, NONCE_BYTES } from '../../shared/proof/leaf.ts';
import { utf8 } from '../../shared/codec/base64.ts';
import { equalBytes } from '../../shared/codec/bytes.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../shared/codec/dsse.ts';
import { parseVerifierKey } from '../../shared/codec/signed-note.ts';
import { openCheckpoint, signCheckpoint } from '../../shared/proof/checkpoint.ts';
import { inclusionProof, leafHash, nodesToStore, rootFrom } from '../../shared/proof/merkle.ts';
import { formatTlogProof } from '../../shared/proof/tlog-proof.ts';
import { CollectorError } from '../errors.ts';
import type { ArchivedEntry, ArchiveStore } from '../store/store.ts';
import { publishedTime } from '../published-time.ts';
import type { CollectorKeys } from './keys.ts';

/** Days that the private part of a measurement is kept. */
const PRIVATE_PART_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface LogOptions {
  readonly archive: ArchiveStore;
  readonly keys: CollectorKeys;
  readonly nowMs: () => number;
  /** `n` random bytes. */
  readonly random: (n: number) => Uint8Array;
}

interface Arrival {
  readonly measurementId: string;
  readonly payload: Uint8Array;
  readonly envelope: Uint8Array;
  readonly privatePart: Uint8Array | null;
  readonly context: string;
}

export interface Log {
  /** Archives and logs; the answer is durable. Repeating it answers with the first receipt. */
  append(arrival: Arrival): { readonly entry: ArchivedEntry; readonly existed: boolean };
  /** The signed checkpoint over everything archived so far. */
  checkpoint(): string;
  /** The tlog-proof of an archived entry against `checkpoint()`. */
  proof(index: number): string;
}

/** ISO 8601 UTC in whole seconds. */
export const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/**
 * The last checkpoint was shown to others, so the tree must still have its root. Throws DATA_DAMAGED otherwise: going on
 * would sign a second history.
 */
function checkHistory(archive: ArchiveStore, keys: CollectorKeys): void {
  const last = archive.latestCheckpoint();
  if (last === null) return;
  const vkey = parseVerifierKey(keys.log.vkey);
  const opened = 'ok' in vkey ? openCheckpoint(last.note, [vkey.ok]) : vkey;
  if ('error' in opened)
    throw new CollectorError(
      'KEYS_DAMAGED',
      'the log key in keys/ did not sign the checkpoints of this archive',
    );
  const { size, root } = opened.ok.checkpoint;
  if (size > archive.size() || !equalBytes(rootFrom(size, archive.readNode), root))
    throw new CollectorError('DATA_DAMAGED', `archive.db contradicts its own checkpoint of size ${size}`);
}

/** Throws DATA_DAMAGED or KEYS_DAMAGED when the archive contradicts what was signed before. */
export function createLog(options: LogOptions): Log {
  const { archive, keys, nowMs, random } = options;
  checkHistory(archive, keys);

  const current = (): { readonly size: number; readonly note: string } => {
    const size = archive.size();
    const last = archive.latestCheckpoint();
    if (last?.size === size) return last;
    const note = signCheckpoint(
      { origin: keys.log.origin, size, root: rootFrom(size, archive.readNode) },
      keys.log.seed,
    );
    archive.saveCheckpoint(size, note, isoSeconds(nowMs()));
    return { size, note };
  };

  return {
    append(arrival) {
      const { measurementId, payload, envelope, context } = arrival;
      const at = nowMs();
      const receivedAt = isoSeconds(at);
      const nonce = random(NONCE_BYTES);
      const privatePart =
        arrival.privatePart === null
          ? null
          : { envelope: arrival.privatePart, eraseAfter: isoSeconds(at + PRIVATE_PART_DAYS * DAY_MS) };
      return archive.append(
        { measurementId, receivedAt, envelope, nonce, context, privatePart },
        (index, readNode) => ({
          nodes: nodesToStore(index, leafHash(leafData(nonce, payload)), readNode),
          receipt: signEnvelope({
            payloadType: PAYLOAD_TYPES.receipt,
            payload: utf8(
              JSON.stringify({
                measurement_id: measurementId,
                // Whoever holds the bytes gets this receipt by handing them in again: no seconds in it.
                received_at: publishedTime(receivedAt),
                log_index: index,
              }),
            ),
            seed: keys.collector.seed,
          }),
        }),
      );
    },
    checkpoint: () => current().note,
    proof(index) {
      const { size, note } = current();
      return formatTlogProof({
        index,
        proof: inclusionProof(index, size, archive.readNode),
        checkpoint: note,
      });
    },
  };
}
