/** What must hold over restarts: keys, log, contexts, and that everything derived can be derived again. */
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import forge from 'node-forge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rebuildCommand } from '../../../collector/commands/rebuild.ts';
import { buildEvidence } from '../../../collector/commands/evidence.ts';
import { KEY_PURPOSES } from '../../../collector/archive/keys.ts';
import { CollectorError } from '../../../collector/errors.ts';
import type { CollectorOptions } from '../../../collector/serve.ts';
import type { TemporaryFolder } from './support.ts';
import {
  envelopeOf,
  makeMeasurement,
  startTestCollector,
  submit,
  submitOk,
  temporaryFolder,
} from './support.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act();
    return 'none';
  } catch (error) {
    return error instanceof CollectorError ? error.code : String(error);
  }
};
const notices: string[] = [];
const start = (more: Partial<CollectorOptions> = {}) =>
  startTestCollector(folder.path, { notice: (line) => notices.push(line), ...more });
const startAndStop = async (more: Partial<CollectorOptions> = {}): Promise<void> =>
  (await start(more)).close();

function derivedRows(): unknown[] {
  const db = new Database(join(folder.path, 'derived.db'), { readonly: true });
  const rows = [
    'verdicts ORDER BY entry_index',
    'observations ORDER BY entry_index, position',
    'latest ORDER BY target',
  ].map((from) => db.prepare(`SELECT * FROM ${from}`).all());
  db.close();
  return rows;
}
const removeDerived = (): void => {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(folder.path, `derived.db${suffix}`), { force: true });
};
const quiet = { out: () => {}, err: () => {} };
const flags = { lang: 'en', json: false, debug: false } as const;
const rebuild = (latest = false) => rebuildCommand({ data: folder.path, latest }, flags, quiet);

function ownRoot(): string {
  const keys = forge.pki.rsa.generateKeyPair(1024);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notAfter.setFullYear(2040);
  const name = [{ name: 'commonName', value: 'test root' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([{ name: 'basicConstraints', cA: true }]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

describe('keys', () => {
  it('are made once, readable by their owner only, and printed', async () => {
    notices.length = 0;
    const first = await start();
    await first.close();
    for (const purpose of KEY_PURPOSES)
      expect(statSync(join(folder.path, 'keys', `${purpose}.json`)).mode & 0o777).toBe(0o600);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    expect(notices.join('\n')).toContain(first.keys.log.vkey);
    const second = await start();
    await second.close();
    expect(second.keys).toEqual(first.keys);
    expect(second.reflector.spkiSha256).toEqual(first.reflector.spkiSha256);
  });

  it('are never made again for an archive that has lost them', async () => {
    await startAndStop();
    rmSync(join(folder.path, 'keys', 'log.json'));
    expect(await codeOf(start)).toBe('KEYS_MISSING');
    rmSync(join(folder.path, 'keys'), { recursive: true });
    expect(await codeOf(start)).toBe('KEYS_MISSING');
  });

  it('that are damaged or of another archive are refused', async () => {
    const collector = await start();
    const { measurement_id: id } = await submitOk(collector.url, envelopeOf(makeMeasurement({})));
    await buildEvidence(
      { data: folder.path, measurements: [id], out: join(folder.path, 'a.zip'), force: false },
      { lang: 'en' },
      Date.now,
    );
    await collector.close();
    const other = temporaryFolder();
    await (await startTestCollector(other.path)).close();
    const mine = join(folder.path, 'keys', 'log.json');
    rmSync(mine);
    writeFileSync(mine, '{"version":1', { mode: 0o600 });
    expect(await codeOf(start)).toBe('KEYS_DAMAGED');
    rmSync(join(folder.path, 'keys'), { recursive: true });
    const { cpSync } = await import('node:fs');
    cpSync(join(other.path, 'keys'), join(folder.path, 'keys'), { recursive: true });
    expect(await codeOf(start)).toBe('KEYS_DAMAGED');
    other.remove();
  });

  it('that others could read are tightened, loudly', async () => {
    await startAndStop();
    chmodSync(join(folder.path, 'keys', 'log.json'), 0o644);
    notices.length = 0;
    await startAndStop();
    expect(notices.join('\n')).toContain('log.json was readable by others');
    expect(statSync(join(folder.path, 'keys', 'log.json')).mode & 0o777).toBe(0o600);
  });
});

describe('a data folder', () => {
  it('has one collector at a time', async () => {
    const collector = await start();
    expect(await codeOf(start)).toBe('DATA_IN_USE');
    expect(await codeOf(() => rebuild())).toBe('DATA_IN_USE');
    await collector.close();
    expect(await codeOf(startAndStop)).toBe('none');
  });

  it('is not started on when its archive contradicts its own checkpoint', async () => {
    const collector = await start();
    const { measurement_id: id } = await submitOk(collector.url, envelopeOf(makeMeasurement({})));
    const out = join(folder.path, 'a.zip');
    await buildEvidence(
      { data: folder.path, measurements: [id], out, force: false },
      { lang: 'en' },
      Date.now,
    );
    await collector.close();
    const db = new Database(join(folder.path, 'archive.db'));
    db.exec('DROP TRIGGER nodes_no_update');
    db.exec(`UPDATE nodes SET hash = zeroblob(32)`);
    db.close();
    expect(await codeOf(start)).toBe('DATA_DAMAGED');
  });

  it('with a taken port gives one error and lets go of everything', async () => {
    const collector = await start();
    const { port } = new URL(collector.url);
    const other = temporaryFolder();
    const listen = { host: '127.0.0.1', port: Number(port) };
    expect(
      await codeOf(() =>
        startTestCollector(other.path, { listen, reflector: { listen: [{ host: '127.0.0.1', port: 0 }] } }),
      ),
    ).toBe('PORT_IN_USE');
    expect(await codeOf(async () => (await startTestCollector(other.path)).close())).toBe('none');
    other.remove();
    await collector.close();
  });

  it('that is full answers 507, keeps what it has, and takes the upload when there is room', async () => {
    await startAndStop();
    const pages = new Database(join(folder.path, 'archive.db'), { readonly: true });
    const used = Number(pages.pragma('page_count', { simple: true }));
    pages.close();
    const full = await start({ maxArchivePages: used + 12 });
    const statuses: number[] = [];
    let last = '';
    for (let n = 0; n < 40 && !statuses.includes(507); n++) {
      last = envelopeOf(
        makeMeasurement({
          fields: { test_runtime: n, annotations: {} },
          input: `http://x.example/${'y'.repeat(4000)}`,
        }),
      );
      statuses.push((await submit(full.url, last)).status);
    }
    expect(statuses.at(-1)).toBe(507);
    expect(statuses.filter((status) => status === 200).length).toBe(statuses.length - 1);
    const count = (
      (await (await fetch(`${full.url}/api/v1/measurements?limit=1`)).json()) as {
        metadata: { count: number };
      }
    ).metadata.count;
    expect(count).toBe(statuses.length - 1);
    await full.close();
    const roomy = await start();
    expect((await submit(roomy.url, last)).status).toBe(200);
    await roomy.close();
  });
});

describe('what is derived', () => {
  it('is the same bytes after a rebuild, also across changed snapshots', async () => {
    const first = await start();
    for (let n = 0; n < 3; n++)
      await submitOk(first.url, envelopeOf(makeMeasurement({ input: `http://a${n}.example/` })));
    await first.close();
    const second = await start({ extraRootsPem: [ownRoot()] });
    const { measurement_id: id } = await submitOk(
      second.url,
      envelopeOf(makeMeasurement({ input: 'http://b.example/' })),
    );
    await second.close();
    const before = derivedRows();
    await rebuild();
    expect(derivedRows()).toEqual(before);
    removeDerived();
    const third = await start();
    expect(third.caughtUp).toBe(4);
    await third.close();
    expect(derivedRows()).toEqual(before);

    const contexts = new Set((before[0] as { context: string }[]).map((row) => row.context));
    expect(contexts.size).toBe(2);
    const all = (before[0] as { measurement_id: string }[]).map((row) => row.measurement_id);
    const out = join(folder.path, 'mixed.zip');
    const build = (): Promise<unknown> =>
      buildEvidence({ data: folder.path, measurements: all, out, force: false }, { lang: 'en' }, Date.now);
    expect(all).toContain(id);
    expect(await codeOf(build)).toBe('MIXED_SNAPSHOTS');
    await rebuild(true);
    expect(new Set((derivedRows()[0] as { context: string }[]).map((row) => row.context)).size).toBe(1);
    expect(await codeOf(build)).toBe('none');
  });

  it('a root that cannot be read is refused at the start', async () => {
    expect(
      await codeOf(() =>
        start({ extraRootsPem: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'] }),
      ),
    ).toBe('FILE_UNREADABLE');
  });
});
