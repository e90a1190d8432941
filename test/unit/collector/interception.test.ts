/** From uploads to events, alerts, chains and pages, with a real collector. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { parsePem } from '../../../shared/codec/pem.ts';
import { judgeMeasurement } from '../../../shared/judge/index.ts';
import { joinSightings } from '../../../shared/judge/authorities.ts';
import { interceptionFacts } from '../../../shared/judge/sighting.ts';
import type { PublicEvent } from '../../../shared/judge/public-event.ts';
import { createContexts } from '../../../collector/archive/context.ts';
import { buildEvidence } from '../../../collector/commands/evidence.ts';
import { rebuildCommand } from '../../../collector/commands/rebuild.ts';
import { inputsOf } from '../../../collector/detect/alert.ts';
import { documentOf } from '../../../collector/judging.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { chains, KNOWN_AUTHORITY_ID } from '../../golden/chains.ts';
import { makeAuthority, makeLeaf } from '../codec/helpers/certificate-maker.ts';
import { ASN, KNOWS_AUTHORITIES, metDocument, seedOf, spkiOf, type Met } from './intercepted.ts';
import type { TemporaryFolder } from './support.ts';
import {
  envelopeOf,
  privatePartOf,
  sealFor,
  startTestCollector,
  submitOk,
  temporaryFolder,
} from './support.ts';

const DAY_MS = 24 * 3600 * 1000;
let folder: TemporaryFolder;
let collector: RunningCollector;
let clock = 0;
const faults: string[] = [];

const start = async (): Promise<void> => {
  collector = await startTestCollector(folder.path, {
    ...KNOWS_AUTHORITIES,
    nowMs: () => Date.now() + clock,
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

type Handed = Omit<Met, 'keys'> & { readonly region?: string };
async function hand({ region, ...met }: Handed): Promise<string> {
  const { keys, url } = collector;
  const document = metDocument({ ...met, keys });
  const seed = seedOf(met.who);
  const envelope = envelopeOf(document, seed);
  if (region === undefined) return (await submitOk(url, envelope)).measurement_id;
  const measurement_id = sha256Hex(Buffer.from(JSON.stringify(document)));
  const sealed = sealFor(keys.hpke.publicKey, envelope, privatePartOf({ measurement_id, region }, seed));
  return (await submitOk(url, sealed, 'application/vnd.kuager.sealed')).measurement_id;
}
const stranger = (who: number, more: Partial<Handed> = {}): Promise<string> =>
  hand({ chain: chains.unknown, who, note: { first_met: true }, ...more });

type EventJson = PublicEvent & {
  readonly explanation: readonly string[];
  readonly chain: readonly { sha256: string }[];
};
interface AlertJson {
  readonly id: number;
  readonly state: string;
  readonly opens: number | null;
  readonly event_id: string;
  readonly measurements: readonly string[];
  readonly words: Readonly<Record<string, readonly string[]>>;
}
async function get<T>(path: string): Promise<readonly T[]> {
  const response = await fetch(collector.url + path);
  expect(response.status, path).toBe(200);
  return ((await response.json()) as { results: readonly T[] }).results;
}
const events = (query = ''): Promise<readonly EventJson[]> => get(`/api/v2/interception${query}`);
const alerts = (): Promise<readonly AlertJson[]> => get('/api/v2/alerts');
const decisions = async (): Promise<string[]> => (await events()).map((e) => `${e.decision}: ${e.reason}`);
const page = async (path: string): Promise<string> => (await fetch(collector.url + path)).text();
const quiet = { out: () => {}, err: () => {} };
const flags = { lang: 'en', json: false, debug: false } as const;

const TABLES = [
  'sightings',
  'genuine_chains',
  'certificates',
  'chain_certificates',
  'events',
  'events_due',
  'sighting_hosts',
];
function tables(): unknown {
  const db = new Database(join(folder.path, 'derived.db'), { readonly: true });
  const rows = TABLES.map((table) =>
    db
      .prepare(`SELECT * FROM ${table}`)
      .all()
      .map((row) => JSON.stringify(row))
      .sort(),
  );
  db.close();
  return rows;
}

describe('an authority on record', () => {
  it('opens an alert at the first measurement that proves it, with chain, words and page', async () => {
    const id = await hand({ chain: chains.knownWhole, who: 1, note: { first_met: true } });
    const [event] = await events();
    expect(event).toMatchObject({
      authority: { id: KNOWN_AUTHORITY_ID },
      decision: 'interference',
      reason: 'known_authority',
      names: ['letters.example'],
      pseudonyms: 1,
      measurements: [id],
      networks: [{ asn: 9198, owner: 'Kazakhtelecom', access: 'fixed', pseudonyms: 1, clean: 0 }],
    });
    expect(event?.explanation.join(' ')).toContain(KNOWN_AUTHORITY_ID);
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      id: 1,
      state: 'opened',
      opens: null,
      event_id: event?.id,
      measurements: [id],
    });
    expect(Object.keys(alert?.words ?? {}).sort()).toEqual(['en', 'kk', 'ru']);

    const pem = await fetch(`${collector.url}/api/v2/interception/${event?.id}/chain.pem`);
    expect(pem.headers.get('content-type')).toContain('application/x-pem-file');
    const { blocks, errors } = parsePem(await pem.text());
    expect(errors).toEqual([]);
    expect(blocks).toHaveLength(2);
    expect(blocks.map(sha256Hex)).toEqual(event?.chain.map(({ sha256 }) => sha256));
    const one = await fetch(`${collector.url}/api/v2/certificates/${sha256Hex(blocks[1]!)}.pem`);
    expect(parsePem(await one.text()).blocks.map(sha256Hex)).toEqual([sha256Hex(blocks[1]!)]);
    expect(one.headers.get('cache-control')).toContain('immutable');

    expect(await page('/')).toContain(`/interception/${event?.id}`);
    expect(await page(`/m/${id}`)).toContain(`/interception/${event?.id}`);
    const shown = await page(`/interception/${event?.id}`);
    for (const text of [KNOWN_AUTHORITY_ID, 'Kazakhtelecom', 'letters.example', `/m/${id}`])
      expect(shown).toContain(text);
    expect(shown).not.toContain('<script');
  });

  it('is not believed from its certificate lying beside a chain that it has nothing to do with', async () => {
    await hand({ chain: chains.besideKnown, who: 1, note: { first_met: true } });
    expect(await decisions()).toEqual(['open: one_pseudonym']);
    expect(await alerts()).toEqual([]);
  });
});

describe('an unknown authority', () => {
  it('is open with one key, interference with a stranger’s of another owner; late and repeated ones change nothing', async () => {
    const old = Date.now() - 20 * DAY_MS;
    await stranger(1);
    await stranger(1, { asn: ASN.fixed, host: 'news.example' });
    expect(await decisions()).toEqual(['open: one_pseudonym']);
    expect(await alerts()).toEqual([]);
    await stranger(2, { asn: ASN.other, at: old });
    const [event] = await events();
    expect(event).toMatchObject({ decision: 'interference', reason: 'different_owners', pseudonyms: 2 });
    expect(event?.names).toEqual(['letters.example', 'news.example']);
    expect(Date.parse(event?.since ?? '')).toBeLessThan(old + 1);
    await stranger(3, { asn: ASN.mobile });
    expect(await alerts()).toHaveLength(1);
  });

  it('shown by one site to all its visitors from here is open, and so is a known chain shown again without its key', async () => {
    await stranger(1);
    await stranger(2, { asn: ASN.other });
    const again = {
      chain: chains.knownWhole,
      note: { first_met: true },
      failure: 'connection_reset',
    } as const;
    await hand({ ...again, who: 1 });
    await hand({ ...again, who: 2, asn: ASN.other });
    expect((await decisions()).sort()).toEqual(['open: not_proven', 'open: one_name']);
    expect(await alerts()).toEqual([]);
  });

  it('met by further keys of one device is open, and where is kept back', async () => {
    const first = await stranger(1);
    await stranger(2, { asn: ASN.other, note: { first_met: false } });
    const [event] = await events();
    expect(event).toMatchObject({
      reason: 'one_device_possible',
      kept_back: true,
      networks: [],
      names: [],
      measurements: [],
    });
    expect((await fetch(`${collector.url}/api/v2/interception/${event?.id}/chain.pem`)).status).toBe(404);
    expect(await page(`/m/${first}`)).not.toContain('/interception/');
    expect(await events('?probe_asn=AS41798')).toEqual([]);
    expect(await events('?domain=letters.example')).toEqual([]);
  });

  it('is local in one fixed network whose others get genuine chains, whoever came first', async () => {
    await hand({ chain: null, who: 7 });
    await stranger(1);
    await stranger(2);
    expect(await decisions()).toEqual(['open: one_owner']);
    await hand({ chain: null, who: 8 });
    expect(await decisions()).toEqual(['local: one_network_others_clean']);
    expect((await events())[0]?.networks).toMatchObject([{ pseudonyms: 2, clean: 2 }]);
  });

  it('met in two regions stays announced when their names are erased, and is not announced again', async () => {
    await stranger(1, { region: 'KZ-75' });
    await stranger(2, { region: 'KZ-71', host: 'news.example' });
    const [before] = await events();
    expect(before).toMatchObject({ decision: 'interference', reason: 'different_regions', regions: [] });
    const text = JSON.stringify([await events(), await alerts(), tables()]);
    expect(text).not.toContain('KZ-7');
    clock = 91 * DAY_MS;
    await collector.close();
    await start();
    expect(await decisions()).toEqual(['interference: different_regions']);
    expect(await alerts()).toHaveLength(1);
    const archive = openArchive({ folder: folder.path });
    expect(archive.privatePart(before!.measurements[0]!)).toBeNull();
    archive.close();
  });

  it('answers to filters, and refuses those that it does not have', async () => {
    await stranger(1);
    await hand({ chain: chains.knownWhole, who: 2, host: 'mail.example', asn: ASN.other });
    expect((await events()).map((e) => e.decision)).toEqual(['interference', 'open']);
    expect(await events('?decision=open')).toHaveLength(1);
    expect(await events(`?authority=${KNOWN_AUTHORITY_ID}`)).toHaveLength(1);
    expect((await events('?probe_asn=41798')).map((e) => e.authority.id)).toEqual([KNOWN_AUTHORITY_ID]);
    expect((await events('?domain=mail.example')).map((e) => e.authority.id)).toEqual([KNOWN_AUTHORITY_ID]);
    expect(await events('?until=2026-01-01')).toEqual([]);
    expect((await events('?lang=kk'))[0]?.explanation.join(' ')).toMatch(/[ғқү]/);
    for (const [path, status] of [
      ['interception?who=me', 400],
      ['interception?decision=guilty', 400],
      ['interception/abc', 404],
      [`interception/${'0'.repeat(64)}`, 404],
      [`certificates/${'0'.repeat(64)}.pem`, 404],
      ['certificates/..%2f..%2fkeys.pem', 404],
      ['alerts?limit=0', 400],
    ] as const) {
      const response = await fetch(`${collector.url}/api/v2/${path}`);
      expect([path, response.status]).toEqual([path, status]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
  });
});

describe('what is derived of it', () => {
  async function fill(): Promise<void> {
    await hand({ chain: null, who: 7 });
    await stranger(1, { region: 'KZ-75' });
    await stranger(2, { asn: ASN.other, host: 'news.example' });
    await stranger(3, { note: { first_met: false } });
    await hand({ chain: chains.knownWhole, who: 4, host: 'mail.example' });
    await hand({ chain: chains.imitation, who: 5, host: 'mail.example', note: {} });
    await hand({ chain: null, who: 8, asn: ASN.other });
  }

  it('is the same after a rebuild, after a lost database, and nothing is announced twice', async () => {
    await fill();
    const [before, announced] = [tables(), await alerts()];
    expect(announced).toHaveLength(2);
    await collector.close();
    await rebuildCommand({ data: folder.path, latest: false }, flags, quiet);
    expect(tables()).toEqual(before);
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(folder.path, `derived.db${suffix}`), { force: true });
    await start();
    expect(tables()).toEqual(before);
    // But for the port, which the system chose.
    const withoutUrl = (list: readonly AlertJson[]) =>
      // Another start, another port.
      list.map((alert) => ({ ...alert, event_url: '', alert_url: '' }));
    expect(withoutUrl(await alerts())).toEqual(withoutUrl(announced));
  });

  it('makes an alert again from the measurements and the context that it names', async () => {
    await fill();
    const announced = await alerts();
    await collector.close();
    const archive = openArchive({ folder: folder.path });
    const contextOf = createContexts(archive, () => '2026-01-01T00:00:00Z');
    for (const { id } of announced) {
      const alert = archive.alerts({}, { offset: 0, limit: 10 }).find((a) => a.id === id)!;
      const { measurements, context, key, apart, reason } = inputsOf(alert);
      const ready = contextOf(context).judge;
      const sightings = measurements.flatMap((measurementId) => {
        const document = documentOf(archive.find(measurementId)!);
        const judged = judgeMeasurement(document, ready);
        if ('problems' in judged) throw new Error('not judged');
        return (
          interceptionFacts({ measurementId, document, late: false }, { ...judged, ...ready }).sighting ?? []
        );
      });
      const [event] = joinSightings(sightings, [], ready.networks, apart);
      expect(event).toMatchObject({ key, decision: 'interference', reason });
    }
    archive.close();
    await start();
  });

  it('takes an alert back when it no longer follows, and says so once', async () => {
    await hand({ chain: chains.knownWhole, who: 4 });
    await collector.close();
    // An operator who knows nothing of that authority any more, and judges everything again.
    collector = await startTestCollector(folder.path, {
      extraRootsPem: KNOWS_AUTHORITIES.extraRootsPem ?? [],
    });
    await collector.close();
    await rebuildCommand({ data: folder.path, latest: true }, flags, quiet);
    await rebuildCommand({ data: folder.path, latest: true }, flags, quiet);
    await start();
    const said = await alerts();
    expect(said.map(({ state, opens }) => [state, opens])).toEqual([
      ['withdrawn', 1],
      ['opened', null],
    ]);
    expect(said[0]?.words['en']?.join(' ')).toContain(KNOWN_AUTHORITY_ID);
    expect(await decisions()).toEqual(['open: one_pseudonym']);
  });

  it('goes into a bundle by the event’s id', async () => {
    await fill();
    const [event] = await events('?decision=interference&domain=letters.example');
    const out = join(folder.path, 'b.zip');
    const built = await buildEvidence(
      { data: folder.path, measurements: [], events: [event!.id], out, force: false },
      flags,
      Date.now,
    );
    expect(built.measurements).toBe(3);
    const unknown = { data: folder.path, measurements: [], events: ['0'.repeat(64)], out, force: true };
    await expect(buildEvidence(unknown, flags, Date.now)).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
  });

  it('keeps each certificate once, whoever showed it', async () => {
    const chain = chains.knownWhole('letters.example');
    await hand({ chain: () => chain, who: 1 });
    await hand({ chain: () => chain, who: 2 });
    const db = new Database(join(folder.path, 'derived.db'), { readonly: true });
    expect(db.prepare('SELECT count(*) FROM certificates').pluck().get()).toBe(2);
    expect(db.prepare('SELECT count(*) FROM chain_certificates').pluck().get()).toBe(4);
    db.close();
    expect((await events())[0]).toMatchObject({ pseudonyms: 2, authority: { spki_sha256: spkiOf(chain) } });
  });
});

describe('what hostile uploads can do', () => {
  it('is to be open events, one for each authority that they make up', async () => {
    for (let who = 1; who <= 20; who++) {
      const made = makeAuthority(`${who}\u0000\u202e<script>alert(1)</script>${'x'.repeat(5000)}`);
      await stranger(who, { chain: (host) => [makeLeaf(made, [host]), made.der] });
    }
    const found = await events();
    expect(found.map((e) => e.reason)).toEqual(Array.from({ length: 20 }, () => 'one_pseudonym'));
    expect(await alerts()).toEqual([]);
    const list = await page('/interception');
    expect(list).toContain('&lt;script');
    expect(list).not.toMatch(/<script|\u0000|\u202e/);
    expect(list.length).toBeLessThan(40_000);
  });
});
