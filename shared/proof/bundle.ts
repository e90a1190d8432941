/**
 * Verifies an evidence bundle offline: hashes, signatures, inclusion in the log, and the judgement made again. Pure;
 * how to judge is passed in, since rules stand above proofs. Layout: collector/README.md "Evidence bundle"; formats:
 * Data Package (datapackage.org), DSSE, C2SP tlog-proof.
 */
import { fromBase64 } from '../codec/base64.ts';
import { checkResources, parseDataPackage } from '../codec/data-package.ts';
import { sha256Hex } from '../codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../codec/dsse.ts';
import { fingerprint } from '../codec/ed25519.ts';
import { sameJson } from '../codec/same-json.ts';
import type { BundleCheck, BundleReason, BundleReport, Signer } from '../model/bundle.ts';
import type { Beside, KnownServers, TrustFile } from '../model/index.ts';
import { asObject, asString } from '../schema/read.ts';
import { parseVerifierKey } from '../codec/signed-note.ts';
import {
  BUNDLE_PATHS,
  jsonOf,
  measurementIds,
  readContext,
  readTrustFile,
  textOf,
  type BundleContext,
  type BundleFiles,
} from './bundle-files.ts';
import {
  checkControl,
  checkDiary,
  checkInclusion,
  checkWitnesses,
  openMeasurement,
} from './bundle-measurement.ts';

export interface SnapshotText {
  readonly kind: 'ruleset' | 'fingerprints' | 'roots' | 'networks';
  readonly extension: 'json' | 'pem' | 'csv';
  readonly text: string;
}

/** The judgement made again from the document, what lies beside it and the bundle's own snapshots. */
export type Rejudge = (
  document: unknown,
  snapshots: readonly SnapshotText[],
  servers: KnownServers,
  beside: Beside,
) => { readonly verdict: unknown } | { readonly otherRules: string } | { readonly problem: string };

class Checks {
  readonly list: BundleCheck[] = [];

  /** Records the result and says whether to go on. */
  note(what: string, reason: BundleReason | null, detail: string | null = null): boolean {
    this.list.push({ what, result: reason === null ? 'ok' : 'failed', reason, detail });
    return reason === null;
  }

  skip(what: string, detail: string): void {
    this.list.push({ what, result: 'not_done', reason: null, detail });
  }
}

/** The manifest's signature is over the exact bytes of datapackage.json. Gives the collector's key. */
function checkManifest(files: BundleFiles, keys: TrustFile, checks: Checks): string | null {
  const what = 'manifest signature';
  const manifest = files.get(BUNDLE_PATHS.manifest);
  const decoded = decodeEnvelope(files.get(BUNDLE_PATHS.manifestSignature) ?? '', PAYLOAD_TYPES.manifest);
  if (manifest === undefined || 'error' in decoded) {
    checks.note(
      what,
      'manifest_malformed',
      'error' in decoded ? decoded.error : 'datapackage.json is missing',
    );
    return null;
  }
  const same = sha256Hex(decoded.ok.payload) === sha256Hex(manifest);
  const signer = keys.collectors.find((key) => {
    const raw = fromBase64(key);
    return raw !== null && verifyEnvelope(decoded.ok, raw);
  });
  if (!same || signer === undefined) {
    checks.note(what, 'manifest_signature_invalid', same ? null : 'it was made for another manifest');
    return null;
  }
  checks.note(what, null);
  return signer;
}

function checkFiles(files: BundleFiles, checks: Checks): boolean {
  const parsed = parseDataPackage(jsonOf(files, BUNDLE_PATHS.manifest));
  if ('problems' in parsed) return checks.note('manifest', 'manifest_malformed', parsed.problems[0] ?? null);
  const besides = [BUNDLE_PATHS.manifest, BUNDLE_PATHS.manifestSignature];
  const [problem] = checkResources(parsed.ok, files, besides);
  if (problem === undefined) return checks.note(`${parsed.ok.resources.length} files and their hashes`, null);
  const reason = {
    missing: 'file_missing',
    extra: 'file_extra',
    wrong_size: 'file_altered',
    wrong_hash: 'file_altered',
  } as const;
  return checks.note('files and their hashes', reason[problem.kind], problem.path);
}

function checkSnapshots(
  files: BundleFiles,
  context: BundleContext,
  checks: Checks,
): readonly SnapshotText[] | null {
  const texts: SnapshotText[] = [];
  for (const entry of context.files) {
    const bytes = files.get(entry.path);
    const text = textOf(files, entry.path);
    if (bytes === undefined || text === null || sha256Hex(bytes) !== entry.sha256) {
      checks.note('snapshots', 'snapshot_altered', entry.path);
      return null;
    }
    texts.push({ kind: entry.kind, extension: entry.extension, text });
  }
  checks.note(`${texts.length} snapshots and their hashes`, null);
  return texts;
}

interface Signers {
  readonly logs: Set<string>;
  readonly controls: Set<string>;
}

function checkOne(
  files: BundleFiles,
  id: string,
  keys: TrustFile,
  judging: {
    readonly texts: readonly SnapshotText[];
    readonly servers: KnownServers;
    readonly rejudge: Rejudge;
  },
  signers: Signers,
  checks: Checks,
): 'ok' | 'failed' | 'not_judged' {
  const name = `measurement ${id.slice(0, 12)}…`;
  const failed = (what: string, r: { reason: BundleReason; detail?: string }): 'failed' => {
    checks.note(`${name}: ${what}`, r.reason, r.detail ?? null);
    return 'failed';
  };
  const opened = openMeasurement(files, id);
  if ('reason' in opened) return failed('signature', opened);
  checks.note(`${name}: signature and id`, null);
  const control = checkControl(files, id, opened.ok.document);
  if ('reason' in control) return failed('control reply', control);
  if (control.ok !== null) {
    checks.note(`${name}: control reply`, null);
    signers.controls.add(control.ok);
  }
  const diary = checkDiary(files, id);
  if ('reason' in diary) return failed('control’s diary', diary);
  if (diary.ok.length > 0) {
    checks.note(`${name}: ${diary.ok.length} entries of the control’s diary`, null);
    for (const { keyid } of diary.ok) signers.controls.add(keyid);
  }
  const witnesses = checkWitnesses(files, id);
  if ('reason' in witnesses) return failed('witnesses', witnesses);
  if (witnesses.ok.length > 0)
    checks.note(`${name}: ${witnesses.ok.length} measurements of other networks, their signatures`, null);
  const log = checkInclusion(files, id, opened.ok.payload, keys.logs);
  if ('reason' in log) return failed('inclusion in the log', log);
  checks.note(`${name}: inclusion in the log`, null);
  for (const vkey of keys.logs) {
    const parsed = parseVerifierKey(vkey);
    if (
      'ok' in parsed &&
      parsed.ok.name === log.ok.name &&
      parsed.ok.publicKey.join() === log.ok.publicKey.join()
    )
      signers.logs.add(vkey);
  }
  if (asObject(jsonOf(files, BUNDLE_PATHS.basis(id))) === null)
    return failed('basis', { reason: 'basis_missing' });
  const stored = asObject(jsonOf(files, BUNDLE_PATHS.verdict(id)));
  if (stored === null || asString(stored['outcome']) === null)
    return failed('verdict', { reason: 'verdict_malformed' });
  const again = judging.rejudge(opened.ok.document, judging.texts, judging.servers, {
    diary: diary.ok,
    witnesses: witnesses.ok,
  });
  if ('otherRules' in again) {
    checks.skip(
      `${name}: judgement`,
      `made with ruleset ${again.otherRules}, which this program does not have`,
    );
    return 'not_judged';
  }
  if ('problem' in again) return failed('judgement', { reason: 'verdict_differs', detail: again.problem });
  if (!sameJson(stored, JSON.parse(JSON.stringify(again.verdict))))
    return failed('judgement', { reason: 'verdict_differs' });
  checks.note(`${name}: judged again, same verdict (${asString(stored['outcome']) ?? ''})`, null);
  return 'ok';
}

function signersOf(collector: string, signers: Signers, trust: TrustFile | null): Signer[] {
  const print = (key: string): string => fingerprint(fromBase64(key) ?? new Uint8Array(0));
  const logPrint = (vkey: string): string => {
    const parsed = parseVerifierKey(vkey);
    return 'ok' in parsed ? fingerprint(parsed.ok.publicKey) : '';
  };
  return [
    {
      role: 'collector',
      fingerprint: print(collector),
      trusted: trust?.collectors.includes(collector) ?? false,
    },
    ...[...signers.logs].map((k): Signer => ({
      role: 'log',
      fingerprint: logPrint(k),
      trusted: trust?.logs.includes(k) ?? false,
    })),
    ...[...signers.controls].map((k): Signer => ({
      role: 'control',
      fingerprint: print(k),
      trusted: trust?.controls.includes(k) ?? false,
    })),
  ];
}

/** `files`: the unpacked bundle. Never throws on what is in it. */
export function verifyBundle(files: BundleFiles, trust: TrustFile | null, rejudge: Rejudge): BundleReport {
  const checks = new Checks();
  const ids = measurementIds(files);
  const signers: Signers = { logs: new Set(), controls: new Set() };
  const report = (collector: string | null, judgedAgain: boolean): BundleReport => {
    const list = collector === null ? [] : signersOf(collector, signers, trust);
    const failed = checks.list.find((c) => c.result === 'failed');
    return {
      checks: checks.list,
      intact: failed === undefined,
      reason: failed?.reason ?? null,
      judgedAgain: failed === undefined && judgedAgain,
      signers: list,
      trusted: list.length > 0 && list.every((s) => s.trusted),
      measurements: ids,
    };
  };
  const keys = readTrustFile(jsonOf(files, BUNDLE_PATHS.keys));
  if (!files.has(BUNDLE_PATHS.manifest) || ids.length === 0) {
    checks.note('layout', 'not_a_bundle', 'no manifest, or no measurement');
    return report(null, false);
  }
  if (keys === null) {
    checks.note('keys', 'keys_malformed');
    return report(null, false);
  }
  const collector = checkManifest(files, keys, checks);
  if (collector === null || !checkFiles(files, checks)) return report(collector, false);
  const context = readContext(jsonOf(files, BUNDLE_PATHS.context));
  if (context === null) {
    checks.note('context', 'context_malformed');
    return report(collector, false);
  }
  const texts = checkSnapshots(files, context, checks);
  if (texts === null) return report(collector, false);
  const judging = { texts, servers: context.servers, rejudge };
  const results = ids.map((id) => checkOne(files, id, keys, judging, signers, checks));
  return report(collector, !results.includes('not_judged'));
}
