/**
 * An evidence bundle: everything a stranger needs to check a finding offline, in a Frictionless Data Package. Pure: the
 * caller reads the archive and passes it in. Two builds of the same input differ in nothing.
 *
 *   datapackage.json, datapackage.dsse.json   manifest and its signature
 *   keys.json                                 whose keys signed, in the shape of a trust file; proves nothing by itself
 *   measurements/<id>.dsse.json               the envelope as received
 *   controls/<id>.dsse.json                   the control's signed reply, where there is one
 *   diary/<id>-<n>.dsse.json                  entries of the control's diary, where the verdict rests on such
 *   witnesses/<id>-<n>.dsse.json              measurements of other networks, where the verdict rests on such
 *   verdicts/<id>.json, basis/<id>.json
 *   proofs/<id>.tlog-proof, proofs/<id>.nonce inclusion in the collector's log
 *   rules.json, snapshots/…                   what the judgement depends on; snapshots/context.json lists it
 *   report.html, README.txt
 */
import { fromBase64, utf8 } from '../../shared/codec/base64.ts';
import { createDataPackage } from '../../shared/codec/data-package.ts';
import type { NewResource } from '../../shared/codec/data-package.ts';
import { encodeEnvelope, PAYLOAD_TYPES, signEnvelope } from '../../shared/codec/dsse.ts';
import { writeZip } from '../../shared/codec/zip.ts';
import type { SignedControlReply } from '../../shared/model/index.ts';
import { BUNDLE_PATHS } from '../../shared/proof/bundle-files.ts';
import { unknownBasis } from './basis.ts';
import type { EvidenceInput, EvidenceItem, EvidenceSnapshot } from './evidence-input.ts';
import { bundleReadme } from './readme.ts';
import { report } from './report.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  pem: 'application/x-pem-file',
  csv: 'text/csv',
  html: 'text/html; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  'tlog-proof': 'text/plain; charset=utf-8',
  nonce: 'text/plain; charset=utf-8',
};

function resource(path: string, content: string | Uint8Array): NewResource {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return {
    name: path.toLowerCase().replaceAll(/[^a-z0-9._-]/g, '-'),
    path,
    mediatype: MEDIA_TYPES[extension] ?? 'application/octet-stream',
    bytes: typeof content === 'string' ? utf8(content) : content,
  };
}

/** The control's reply as the envelope that its signature was made for; null when its parts are no base64. */
function controlEnvelope(signed: SignedControlReply): string | null {
  const sig = fromBase64(signed.sig);
  if (sig === null) return null;
  const { payloadType, payload, keyid } = signed;
  return encodeEnvelope({ payloadType, payload: utf8(payload), keyid, sig });
}

function itemResources(item: EvidenceItem): NewResource[] {
  const { measurementId: id } = item;
  const signed = item.measurement.test_keys.x_control_signed ?? null;
  const control = signed === null ? null : controlEnvelope(signed);
  const diary = item.diary.flatMap((entry) => controlEnvelope(entry) ?? []);
  return [
    resource(BUNDLE_PATHS.measurement(id), item.envelope),
    ...(control === null ? [] : [resource(BUNDLE_PATHS.control(id), control)]),
    ...diary.map((envelope, i) => resource(BUNDLE_PATHS.diary(id, i + 1), envelope)),
    ...item.witnesses.map(({ envelope }, i) => resource(BUNDLE_PATHS.witness(id, i + 1), envelope)),
    resource(BUNDLE_PATHS.verdict(id), item.verdictJson),
    resource(BUNDLE_PATHS.proof(id), item.proof),
    resource(BUNDLE_PATHS.nonce(id), `${item.nonceHex}\n`),
    resource(BUNDLE_PATHS.basis(id), unknownBasis(id)),
  ];
}

const snapshotPath = (s: EvidenceSnapshot): string => `snapshots/${s.kind}-${s.sha256}.${s.extension}`;

function contextJson(input: EvidenceInput): string {
  const files = input.snapshots.map((s) => ({
    kind: s.kind,
    extension: s.extension,
    sha256: s.sha256,
    path: snapshotPath(s),
  }));
  return `${JSON.stringify({ version: 1, files, servers: input.servers }, null, 1)}\n`;
}

/** The bundle's bytes. `items` has one measurement at least, all judged with the same snapshots. */
export function buildBundle(input: EvidenceInput): Uint8Array {
  const rules = input.snapshots.find((s) => s.kind === 'ruleset');
  const resources: NewResource[] = [
    resource('README.txt', bundleReadme(input)),
    resource('report.html', report(input)),
    resource(BUNDLE_PATHS.keys, `${JSON.stringify(input.keys, null, 1)}\n`),
    ...input.items.flatMap(itemResources),
    ...(rules === undefined ? [] : [resource('rules.json', rules.bytes)]),
    resource(BUNDLE_PATHS.context, contextJson(input)),
    ...input.snapshots.map((s) => resource(snapshotPath(s), s.bytes)),
  ];
  const manifest = createDataPackage({
    name: 'kuager-evidence',
    title: `Kuäger evidence: ${input.items.map((item) => item.verdict.target).join(', ')}`,
    created: input.createdAt,
    licenses: [{ name: 'CC-BY-4.0', path: 'https://creativecommons.org/licenses/by/4.0/' }],
    resources,
  });
  const manifestBytes = utf8(`${JSON.stringify(manifest, null, 1)}\n`);
  const signature = signEnvelope({
    payloadType: PAYLOAD_TYPES.manifest,
    payload: manifestBytes,
    seed: input.collectorSeed,
  });
  return writeZip([
    [BUNDLE_PATHS.manifest, manifestBytes],
    [BUNDLE_PATHS.manifestSignature, utf8(signature)],
    ...resources.map(({ path, bytes }) => [path, bytes] as const),
  ]);
}
