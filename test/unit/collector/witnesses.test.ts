/** One operator's silence and another's success, as they come to a real collector: in any order, bundled, rebuilt. */
import { copyFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../shared/codec/base64.ts';
import { readZip } from '../../../shared/codec/zip.ts';
import { rejudge } from '../../../shared/judge/rejudge.ts';
import type { Measurement, Verdict } from '../../../shared/model/index.ts';
import { checkWitnesses } from '../../../shared/proof/bundle-measurement.ts';
import { verifyBundle, type Rejudge } from '../../../shared/proof/bundle.ts';
import { trustFile } from '../../../collector/archive/keys.ts';
import { buildEvidence } from '../../../collector/commands/evidence.ts';
import { rebuildCommand } from '../../../collector/commands/rebuild.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import { ASN } from '../../golden/context.ts';
import { KNOWS_NETWORKS, NOW, silentDocument, witnessDocument } from './silent.ts';
import type { TemporaryFolder } from './support.ts';
import { envelopeOf, startTestCollector, submitOk, temporaryFolder } from './support.ts';

const MINUTE = 60_000;
/** More than are judged again for one upload. */
const MANY = 9;
let folder: TemporaryFolder;
let collector: RunningCollector;
let clock = 0;
const faults: string[] = [];

const start = async (path = folder.path): Promise<void> => {
  collector = await startTestCollector(path, {
    ...KNOWS_NETWORKS,
    nowMs: () => NOW + clock,
    onFault: (error, what) => faults.push(`${what}: ${String(error)}`),
  });
};
beforeEach(async () => {
  folder = temporaryFolder();
  clock = 0;
  faults.length = 0;
  await start();
});
afterEach(async () => {
  await collector.close();
  folder.remove();
  expect(faults).toEqual([]);
});

const hand = async (document: Measurement): Promise<string> =>
  (await submitOk(collector.url, envelopeOf(document))).measurement_id;
async function verdicts(): Promise<ReadonlyMap<string, Verdict>> {
  const response = await fetch(`${collector.url}/api/v2/verdicts?limit=100`);
  const { results } = (await response.json()) as {
    results: { measurement_id: string; verdict: Verdict }[];
  };
  return new Map(results.map((row) => [row.measurement_id, row.verdict]));
}
const evidenceOf = async (id: string): Promise<string> => {
  const { outcome, evidence } = (await verdicts()).get(id)!;
  return `${outcome} ${evidence}`;
};
const CONFIRMED = 'interfered confirmed';
const SUSPECTED = 'suspected weak';
const evidenceOfAll = async (ids: readonly string[]): Promise<readonly string[]> => {
  const all = await verdicts();
  return ids.map((id) => `${all.get(id)!.outcome} ${all.get(id)!.evidence}`);
};

function rows(path = folder.path): Record<string, unknown[]> {
  const db = new Database(join(path, 'derived.db'), { readonly: true });
  const of = (columns: string, table: string): unknown[] =>
    db.prepare(`SELECT ${columns} FROM ${table} ORDER BY 1, 2`).all();
  const result = {
    verdicts: of('measurement_id, verdict, witnesses', 'verdicts'),
    votes: of('measurement_id, domain, asn, at, outcome, method, evidence', 'votes'),
    reached: of('measurement_id, address, port, asn, start_time', 'reached_places'),
    silent: of('given, address, port, asn, start_time', 'silent_places'),
    due: of('*', 'witnesses_due'),
  };
  db.close();
  return result;
}
const removeDerived = (): void => {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(folder.path, `derived.db${suffix}`), { force: true });
};
const rebuild = (): Promise<void> =>
  rebuildCommand(
    { data: folder.path, latest: false },
    { lang: 'en', json: false, debug: false },
    { out: () => {}, err: (line) => faults.push(line) },
  );

describe('a witness', () => {
  it('confirms a suspicion that came before it', async () => {
    const silent = await hand(silentDocument(collector.keys));
    expect(await evidenceOf(silent)).toBe(SUSPECTED);
    const before = rows()['votes'];
    expect(before).toMatchObject([{ measurement_id: silent, outcome: 'suspected', evidence: 'weak' }]);
    const witness = await hand(witnessDocument(collector.keys));
    expect(await evidenceOf(silent)).toBe(CONFIRMED);
    expect(rows()['votes']).toContainEqual({
      ...(before![0] as object),
      outcome: 'interfered',
      evidence: 'confirmed',
    });
    const verdict = (await verdicts()).get(silent)!;
    expect(verdict.rules[0]!.because).toContain(`witness-${witness}-tls-4-0`);
    const page = await (await fetch(`${collector.url}/m/${silent}`)).text();
    expect(page).toContain('tcp.works_on_other_network');
    expect(page).toContain('<td>witness</td>');
  });

  it('confirms one that comes after it', async () => {
    await hand(witnessDocument(collector.keys));
    expect(await evidenceOf(await hand(silentDocument(collector.keys)))).toBe(CONFIRMED);
  });

  it('of the same owner, two hours later, or started after its own arrival, does not', async () => {
    const silent = await hand(silentDocument(collector.keys));
    const { keys } = collector;
    const same = { asn: ASN.ownToo, stated: { cc: 'KZ', asn: ASN.ownToo } };
    await hand(witnessDocument(keys, 1, { network: same }));
    await hand(witnessDocument(keys, 2, { minutesLater: 120 }));
    clock = -115 * MINUTE;
    await hand(witnessDocument(keys, 3, { minutesLater: 10 }));
    expect(await evidenceOf(silent)).toBe(SUSPECTED);
    clock = -100 * MINUTE;
    await hand(witnessDocument(keys, 4, { minutesLater: 10 }));
    expect(await evidenceOf(silent)).toBe(CONFIRMED);
  });
});

/** Two silent ones, and five witnesses on one network. */
const documents = (): readonly Measurement[] => {
  const { keys } = collector;
  return [
    silentDocument(keys, 1),
    silentDocument(keys, 2, { failure: 'host_unreachable' }),
    ...[-40, 10, 30, 10, 0].map((minutesLater, i) => witnessDocument(keys, 10 + i, { minutesLater })),
  ];
};

describe('what is derived with witnesses', () => {
  it('does not depend on the order of arrival', async () => {
    const all = documents();
    const orders = [
      all,
      [...all].reverse(),
      [3, 0, 6, 1, 2, 5, 4].map((i) => all[i]!),
      [2, 1, 4, 0, 3, 6, 5].map((i) => all[i]!),
    ];
    const seen: unknown[] = [];
    for (const [i, order] of orders.entries()) {
      const own = temporaryFolder();
      try {
        await collector.close();
        // The same keys, or the control would be another.
        cpSync(join(folder.path, 'keys'), join(own.path, 'keys'), { recursive: true });
        await start(own.path);
        for (const document of order) await hand(document);
        await collector.close();
        await start(own.path);
        await collector.close();
        seen.push(rows(own.path));
      } finally {
        own.remove();
      }
      expect(seen[i]).toEqual(seen[0]);
    }
    const [first] = seen as Record<string, { verdict?: string; witnesses?: string }[]>[];
    const confirmed = first!['verdicts']!.filter((row) => row.verdict?.includes('"confirmed"') === true);
    // Of one network the nearest on either side.
    const counts = confirmed.map((row) => (JSON.parse(row.witnesses ?? '[]') as string[]).length);
    expect(counts.filter((n) => n > 0)).toEqual([2, 2]);
    expect(first!['due']).toEqual([]);
    await start();
  });

  it('is the same after a rebuild, from nothing, and after a crash before the waiting were judged again', async () => {
    const ids: string[] = [];
    for (let n = 1; n <= MANY; n++) ids.push(await hand(silentDocument(collector.keys, n)));
    expect(new Set(await evidenceOfAll(ids))).toEqual(new Set([SUSPECTED]));
    await hand(witnessDocument(collector.keys));
    const atOnce = (await evidenceOfAll(ids)).filter((text) => text === CONFIRMED).length;
    expect(atOnce).toBeGreaterThan(0);
    await collector.close();
    copyFileSync(join(folder.path, 'derived.db'), join(folder.path, 'before.db'));
    await start();
    expect(new Set(await evidenceOfAll(ids))).toEqual(new Set([CONFIRMED]));
    await collector.close();
    const expected = rows();
    expect(expected['due']).toEqual([]);
    await rebuild();
    expect(rows()).toEqual(expected);
    removeDerived();
    await start();
    await collector.close();
    expect(rows()).toEqual(expected);
    removeDerived();
    copyFileSync(join(folder.path, 'before.db'), join(folder.path, 'derived.db'));
    // Closed while the rest was still waiting.
    expect(rows()['due']).not.toEqual([]);
    await start();
    await collector.close();
    expect(rows()).toEqual(expected);
    await start();
  });

  it('works off by itself what was left for later', async () => {
    const ids: string[] = [];
    for (let n = 1; n <= MANY; n++) ids.push(await hand(silentDocument(collector.keys, n)));
    await hand(witnessDocument(collector.keys));
    const deadline = performance.now() + 20_000;
    while ((await evidenceOfAll(ids)).includes(SUSPECTED) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(new Set(await evidenceOfAll(ids))).toEqual(new Set([CONFIRMED]));
  });
});

describe('in a bundle', () => {
  it('witnesses travel with the verdict that rests on them, and without them it is another', async () => {
    const silent = await hand(silentDocument(collector.keys));
    const first = await hand(witnessDocument(collector.keys, 1));
    await hand(witnessDocument(collector.keys, 2, { minutesLater: -10 }));
    const other = witnessDocument(collector.keys, 3);
    const out = join(folder.path, 'a.zip');
    await buildEvidence(
      { data: folder.path, measurements: [silent], out, force: false },
      { lang: 'en' },
      () => NOW,
    );
    const files = readZip(readFileSync(out));
    if (!('ok' in files)) throw new Error(files.error);
    const paths = [...files.ok.keys()].filter((path) => path.startsWith('witnesses/'));
    expect(paths).toEqual([1, 2].map((n) => `witnesses/${silent}-${n}.dsse.json`));
    const trust = trustFile(collector.keys);
    const report = verifyBundle(files.ok, trust, rejudge);
    expect(report.checks.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(report).toMatchObject({ intact: true, judgedAgain: true, trusted: true, measurements: [silent] });
    expect(report.checks.map(({ what }) => what).join()).toContain('2 measurements of other networks');

    const html = Buffer.from(files.ok.get('report.html') ?? []).toString();
    expect(html).toContain('networks of other owners');
    expect(html).toContain(first);
    // Whoever holds the collector's key could write any manifest: the judgement alone has to notice.
    const judgedWith = (change: (files: Map<string, Uint8Array>) => void): string | null => {
      const changed = new Map(files.ok);
      change(changed);
      const again: Rejudge = (document, texts, servers, beside) => {
        const found = checkWitnesses(changed, silent);
        if ('reason' in found) return { problem: found.reason };
        return rejudge(document, texts, servers, { ...beside, witnesses: found.ok });
      };
      const result = verifyBundle(files.ok, trust, again);
      const failed = result.checks.find((check) => check.result === 'failed');
      return failed === undefined ? null : `${failed.reason} ${failed.detail ?? ''}`.trim();
    };
    expect(judgedWith(() => undefined)).toBeNull();
    expect(judgedWith((f) => f.delete(paths[0]!))).toBe('verdict_differs');
    expect(judgedWith((f) => paths.forEach((path) => f.delete(path)))).toBe('verdict_differs');
    expect(judgedWith((f) => f.set(paths[0]!, utf8(envelopeOf(other))))).toBe('verdict_differs');
    const envelope = Buffer.from(files.ok.get(paths[0]!)!).toString();
    const altered = { ...(JSON.parse(envelope) as { payload: string }) };
    altered.payload = Buffer.from(
      Buffer.from(altered.payload, 'base64').toString().replace('"KZ"', '"RU"'),
    ).toString('base64');
    expect(judgedWith((f) => f.set(paths[0]!, utf8(JSON.stringify(altered))))).toBe(
      'verdict_differs witness_signature_invalid',
    );
    for (const junk of ['', '{', '[]', '{"payload":"AA=="}'])
      expect(judgedWith((f) => f.set(paths[0]!, utf8(junk)))).toBe('verdict_differs witness_malformed');
    for (const path of paths) {
      const changed = new Map(files.ok).set(path, files.ok.get(path)!.with(40, 0x41));
      expect(verifyBundle(changed, trust, rejudge).reason).toBe('file_altered');
    }
  });
});
