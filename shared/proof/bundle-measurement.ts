/** One measurement of a bundle: its envelope, the control's reply in it, its place in the log. */
import { fromBase64, fromHex, fromUtf8, toBase64 } from '../codec/base64.ts';
import { sha256Hex } from '../codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../codec/dsse.ts';
import { parseVerifierKey, type VerifierKey } from '../codec/signed-note.ts';
import type { BundleReason } from '../model/bundle.ts';
import type { SignedControlReply, WitnessDocument } from '../model/index.ts';
import { asObject, asString } from '../schema/read.ts';
import { BUNDLE_PATHS, diaryPaths, textOf, witnessPaths, type BundleFiles } from './bundle-files.ts';
import { leafData, NONCE_BYTES } from './leaf.ts';
import { verifyTlogProof } from './tlog-proof.ts';

export type Checked<T> = { readonly ok: T } | { readonly reason: BundleReason; readonly detail?: string };

export interface OpenedMeasurement {
  readonly payload: Uint8Array;
  readonly document: unknown;
}

/** DSSE, exactly one signature, under the key that the payload names. */
function openSigned(
  envelope: Uint8Array | string,
): { readonly ok: OpenedMeasurement } | { readonly malformed: string } | { readonly unsigned: true } {
  const decoded = decodeEnvelope(envelope, PAYLOAD_TYPES.measurement);
  if ('error' in decoded) return { malformed: decoded.error };
  const { payload } = decoded.ok;
  let document: unknown;
  try {
    document = JSON.parse(fromUtf8(payload) ?? '');
  } catch {
    return { malformed: 'the payload is not JSON' };
  }
  const key = fromBase64(asString(asObject(document)?.['x_key']) ?? '');
  if (key === null || !verifyEnvelope(decoded.ok, key)) return { unsigned: true };
  return { ok: { payload, document } };
}

/** The id is the payload's hash. */
export function openMeasurement(files: BundleFiles, id: string): Checked<OpenedMeasurement> {
  const opened = openSigned(files.get(BUNDLE_PATHS.measurement(id)) ?? '');
  if ('malformed' in opened) return { reason: 'measurement_malformed', detail: opened.malformed };
  if ('unsigned' in opened) return { reason: 'measurement_signature_invalid' };
  return sha256Hex(opened.ok.payload) === id ? opened : { reason: 'measurement_id_mismatch' };
}

/**
 * The measurements of other networks beside a measurement, each signed by its own key. Whether they say anything is for the
 * judge, who names each by the hash of its payload: another one in its place gives another verdict.
 */
export function checkWitnesses(files: BundleFiles, id: string): Checked<readonly WitnessDocument[]> {
  const witnesses: WitnessDocument[] = [];
  for (const path of witnessPaths(files, id)) {
    const opened = openSigned(files.get(path) ?? '');
    if ('malformed' in opened) return { reason: 'witness_malformed', detail: `${path}: ${opened.malformed}` };
    if ('unsigned' in opened) return { reason: 'witness_signature_invalid', detail: path };
    const { payload, document } = opened.ok;
    witnesses.push({ measurementId: sha256Hex(payload), document });
  }
  return { ok: witnesses };
}

/**
 * The control's envelope beside the measurement must be the one inside it, and hold. Gives the control's key (base64
 * raw Ed25519), null when the measurement has no signed reply.
 */
export function checkControl(files: BundleFiles, id: string, document: unknown): Checked<string | null> {
  const inside = asObject(asObject(asObject(document)?.['test_keys'])?.['x_control_signed']);
  const file = files.get(BUNDLE_PATHS.control(id));
  if (inside === null) return file === undefined ? { ok: null } : { reason: 'control_mismatch' };
  if (file === undefined) return { reason: 'control_mismatch', detail: 'its file is missing' };
  const decoded = decodeEnvelope(file, PAYLOAD_TYPES.control);
  if ('error' in decoded) return { reason: 'control_mismatch', detail: decoded.error };
  const { payload, keyid, sig } = decoded.ok;
  const same =
    fromUtf8(payload) === inside['payload'] &&
    keyid === inside['keyid'] &&
    fromBase64(asString(inside['sig']) ?? '')?.join() === sig.join();
  if (!same) return { reason: 'control_mismatch' };
  const key = fromBase64(keyid);
  if (key === null || !verifyEnvelope(decoded.ok, key)) return { reason: 'control_signature_invalid' };
  return { ok: keyid };
}

/**
 * The diary entries beside a measurement, in the form that judging takes; each must hold under the key that it names.
 * What they say, and of what time, is for the judge.
 */
export function checkDiary(files: BundleFiles, id: string): Checked<readonly SignedControlReply[]> {
  const entries: SignedControlReply[] = [];
  for (const path of diaryPaths(files, id)) {
    const decoded = decodeEnvelope(files.get(path) ?? '', PAYLOAD_TYPES.control);
    if ('error' in decoded) return { reason: 'diary_malformed', detail: `${path}: ${decoded.error}` };
    const { payloadType, payload, keyid, sig } = decoded.ok;
    const text = fromUtf8(payload);
    if (text === null) return { reason: 'diary_malformed', detail: `${path}: not_utf8` };
    const key = fromBase64(keyid);
    if (key === null || !verifyEnvelope(decoded.ok, key))
      return { reason: 'diary_signature_invalid', detail: path };
    entries.push({ payloadType, payload: text, keyid, sig: toBase64(sig) });
  }
  return { ok: entries };
}

/** leaf = SHA-256(nonce ‖ payload) is in the tree whose checkpoint one of `logs` (C2SP vkeys) signed. Gives that vkey. */
export function checkInclusion(
  files: BundleFiles,
  id: string,
  payload: Uint8Array,
  logs: readonly string[],
): Checked<VerifierKey> {
  const nonce = fromHex((textOf(files, BUNDLE_PATHS.nonce(id)) ?? '').trim());
  const text = textOf(files, BUNDLE_PATHS.proof(id));
  if (nonce?.length !== NONCE_BYTES || text === null) return { reason: 'proof_malformed' };
  const vkeys = logs.flatMap((log) => {
    const parsed = parseVerifierKey(log);
    return 'error' in parsed ? [] : [parsed.ok];
  });
  const verified = verifyTlogProof({ text, leafData: leafData(nonce, payload), vkeys });
  if ('error' in verified) {
    if (verified.error === 'not_included') return { reason: 'not_in_log' };
    const broken = verified.error === 'malformed_proof' || verified.error === 'malformed_checkpoint';
    return { reason: broken ? 'proof_malformed' : 'checkpoint_signature_invalid', detail: verified.error };
  }
  return { ok: verified.ok.signedBy[0]! };
}
