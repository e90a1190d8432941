import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex, fromUtf8, utf8 } from '../../../shared/codec/base64.ts';
import { checkResources, parseDataPackage } from '../../../shared/codec/data-package.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../../shared/codec/dsse.ts';
import { parseVerifierKey } from '../../../shared/codec/signed-note.ts';
import { readZip } from '../../../shared/codec/zip.ts';
import { contextFromFiles, judgeMeasurement } from '../../../shared/judge/index.ts';
import type { KnownServers } from '../../../shared/model/index.ts';
import { leafData } from '../../../shared/proof/leaf.ts';
import { verifyBundle } from '../../../shared/proof/bundle.ts';
import type { Rejudge } from '../../../shared/proof/bundle.ts';
import { verifyTlogProof } from '../../../shared/proof/tlog-proof.ts';
import { trustFile } from '../../../collector/archive/keys.ts';
import { buildEvidence } from '../../../collector/commands/evidence.ts';
import { trustCommand } from '../../../collector/commands/keys.ts';
import { CollectorError } from '../../../collector/errors.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import type { TemporaryFolder } from './support.ts';
import {
  controlReply,
  envelopeOf,
  makeMeasurement,
  payloadBytes,
  startTestCollector,
  submitOk,
  temporaryFolder,
} from './support.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const INPUT = 'http://blocked.example/<b>"&';
let folder: TemporaryFolder;
let collector: RunningCollector;
const ids: string[] = [];
let measurement: ReturnType<typeof makeMeasurement>;

beforeAll(async () => {
  folder = temporaryFolder();
  collector = await startTestCollector(join(folder.path, 'data'));
  const { control, signed } = controlReply(INPUT, collector.keys);
  measurement = makeMeasurement({ input: INPUT, control, signed });
  ids.push((await submitOk(collector.url, envelopeOf(measurement))).measurement_id);
  for (let n = 0; n < 4; n++) {
    const other = makeMeasurement({ input: `http://other-${n}.example/` });
    ids.push((await submitOk(collector.url, envelopeOf(other))).measurement_id);
  }
});
afterAll(async () => {
  await collector.close();
  folder.remove();
});

const out = (name: string): string => join(folder.path, name);
/** Beside the running collector, as an operator would. */
const build = (
  name: string,
  measurements: readonly string[],
  force = false,
  lang: 'en' | 'ru' | 'kk' = 'en',
) =>
  buildEvidence(
    { data: join(folder.path, 'data'), measurements, out: out(name), force },
    { lang },
    () => NOW,
  );

function open(name: string): ReadonlyMap<string, Uint8Array> {
  const files = readZip(readFileSync(out(name)));
  if (!('ok' in files)) throw new Error(files.error);
  return files.ok;
}
const textOf = (files: ReadonlyMap<string, Uint8Array>, path: string): string => {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`no ${path}`);
  return fromUtf8(bytes) ?? '';
};

const rejudge: Rejudge = (document, snapshots, servers) => {
  const judged = judgeMeasurement(document, contextFromFiles(snapshots, servers));
  return 'verdict' in judged ? { verdict: judged.verdict } : { problem: 'not judged' };
};

describe('an evidence bundle', () => {
  it('is found intact by the verifier, trusted only with the trust file', async () => {
    await build('verify.zip', ids);
    const files = open('verify.zip');
    const mine = trustFile(collector.keys);
    const report = verifyBundle(files, mine, rejudge);
    expect(report.checks.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(report).toMatchObject({
      intact: true,
      judgedAgain: true,
      trusted: true,
      measurements: [...ids].sort(),
    });
    expect(verifyBundle(files, null, rejudge)).toMatchObject({ intact: true, trusted: false });
    for (const [name, bytes] of files) {
      const changed = new Map(files).set(name, Uint8Array.from([...bytes.subarray(0, -2), 0x20, 0x20]));
      expect(verifyBundle(changed, mine, rejudge).intact, name).toBe(false);
    }
  });

  it('is a data package whose every file is hashed and whose manifest is signed', async () => {
    await build('one.zip', ids.slice(0, 2));
    const files = open('one.zip');
    const manifestText = textOf(files, 'datapackage.json');
    const parsed = parseDataPackage(JSON.parse(manifestText));
    if (!('ok' in parsed)) throw new Error(parsed.problems.join());
    const rest = new Map([...files].filter(([name]) => !name.startsWith('datapackage.')));
    expect(checkResources(parsed.ok, rest)).toEqual([]);
    const envelope = decodeEnvelope(textOf(files, 'datapackage.dsse.json'), PAYLOAD_TYPES.manifest);
    if (!('ok' in envelope)) throw new Error(envelope.error);
    expect(verifyEnvelope(envelope.ok, collector.keys.collector.publicKey)).toBe(true);
    expect(fromUtf8(envelope.ok.payload)).toBe(manifestText);
    const expected = ids
      .slice(0, 2)
      .flatMap((id, n) => [
        `measurements/${id}.dsse.json`,
        ...(n === 0 ? [`controls/${id}.dsse.json`] : []),
        `verdicts/${id}.json`,
        `proofs/${id}.tlog-proof`,
        `proofs/${id}.nonce`,
        `basis/${id}.json`,
      ]);
    for (const path of [
      ...expected,
      'rules.json',
      'report.html',
      'README.txt',
      'keys.json',
      'snapshots/context.json',
    ])
      expect([...files.keys()]).toContain(path);
    expect([...files.keys()].filter((path) => path.startsWith('controls/'))).toHaveLength(1);
  });

  it('proves inclusion in the log', async () => {
    await build('two.zip', [ids[0]!]);
    const files = open('two.zip');
    const vkey = parseVerifierKey(collector.keys.log.vkey);
    if (!('ok' in vkey)) throw new Error(vkey.error);
    const nonce = fromHex(textOf(files, `proofs/${ids[0]}.nonce`).trim());
    const verified = verifyTlogProof({
      text: textOf(files, `proofs/${ids[0]}.tlog-proof`),
      leafData: leafData(nonce!, payloadBytes(measurement)),
      vkeys: [vkey.ok],
    });
    expect(verified).toMatchObject({ ok: { index: 0, size: 5, origin: collector.keys.log.origin } });
  });

  it('holds what is needed to judge again, with the same result', () => {
    const files = open('two.zip');
    const context = JSON.parse(textOf(files, 'snapshots/context.json')) as {
      files: { kind: 'roots'; extension: 'pem'; path: string }[];
      servers: KnownServers;
    };
    const snapshots = context.files.map(({ kind, extension, path }) => ({
      kind,
      extension,
      text: textOf(files, path),
    }));
    const envelope = decodeEnvelope(
      textOf(files, `measurements/${ids[0]}.dsse.json`),
      PAYLOAD_TYPES.measurement,
    );
    if (!('ok' in envelope)) throw new Error(envelope.error);
    const document = JSON.parse(fromUtf8(envelope.ok.payload) ?? '') as unknown;
    const judged = judgeMeasurement(document, contextFromFiles(snapshots, context.servers));
    if (!('verdict' in judged)) throw new Error('not judged');
    expect(JSON.stringify(judged.verdict)).toBe(textOf(files, `verdicts/${ids[0]}.json`));
    expect(judged.verdict.method).toBe('dns.bogon');
    const control = decodeEnvelope(textOf(files, `controls/${ids[0]}.dsse.json`), PAYLOAD_TYPES.control);
    if (!('ok' in control)) throw new Error(control.error);
    expect(verifyEnvelope(control.ok, collector.keys.control.publicKey)).toBe(true);
  });

  it('says that no order was looked for', () => {
    const basis = JSON.parse(textOf(open('two.zip'), `basis/${ids[0]}.json`)) as Record<string, unknown>;
    expect(basis['statement']).toBe('No order has been looked for.');
    for (const axis of ['ordering_body', 'court_involved', 'basis_status', 'ground'])
      expect(basis[axis]).toBe('unknown');
  });

  it('has a report for people, in three languages, that escapes what it shows', async () => {
    for (const lang of ['en', 'ru', 'kk'] as const) {
      await build(`report-${lang}.zip`, [ids[0]!], false, lang);
      const page = textOf(open(`report-${lang}.zip`), 'report.html');
      expect(page).toContain(`<html lang="${lang}">`);
      expect(page).not.toMatch(/<script|<b>|https?:\/\/[^<]*\.(js|css)/);
      expect(page).toContain('dns.bogon');
      expect(page).toContain(ids[0]);
    }
    expect(textOf(open('report-kk.zip'), 'report.html')).toContain('жоба');
  });

  it('is the same whenever it is built from the same state', async () => {
    await build('again.zip', [ids[0]!]);
    expect(readFileSync(out('again.zip'))).toEqual(readFileSync(out('two.zip')));
  });

  it('refuses unknown ids and files that exist, leaving nothing behind', async () => {
    const codeOf = async (act: Promise<unknown>): Promise<string> =>
      act.then(
        () => 'none',
        (error: unknown) => (error instanceof CollectorError ? error.code : String(error)),
      );
    expect(await codeOf(build('none.zip', ['0'.repeat(64)]))).toBe('UNKNOWN_MEASUREMENT');
    expect(await codeOf(build('none.zip', []))).toBe('USAGE');
    expect(existsSync(out('none.zip'))).toBe(false);
    writeFileSync(out('mine.zip'), 'mine');
    expect(await codeOf(build('mine.zip', [ids[0]!]))).toBe('OUT_EXISTS');
    expect(readFileSync(out('mine.zip'), 'utf8')).toBe('mine');
    expect(await codeOf(build('mine.zip', [ids[0]!], true))).toBe('none');
    expect(await codeOf(build('no/such/folder.zip', [ids[0]!]))).toBe('OUT_UNWRITABLE');
  });

  it('comes with a trust file that names the keys', () => {
    const lines: string[] = [];
    trustCommand(join(folder.path, 'data'), out('trust.json'), false, {
      out: (line) => lines.push(line),
      err: () => {},
    });
    const trust = JSON.parse(readFileSync(out('trust.json'), 'utf8')) as Record<string, string[]>;
    expect(Object.keys(trust).sort()).toEqual(['collectors', 'controls', 'logs']);
    expect(trust['logs']).toEqual([collector.keys.log.vkey]);
    expect(utf8(lines.join()).length).toBeGreaterThan(0);
  });
});
