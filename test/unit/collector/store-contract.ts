/** What every Store must do, whatever the engine: run by the test of each engine. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leafHash, nodesToStore, rootFrom } from '../../../shared/proof/merkle.ts';
import type {
  ArchiveStore,
  DerivedStore,
  Listing,
  NewDiaryEntry,
  NewEntry,
} from '../../../collector/store/store.ts';

export interface StoreUnderTest {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  close(): Promise<void>;
}

const bytes = (n: number): Uint8Array => new Uint8Array(32).fill(n);

export const newEntry = (n: number, more: Partial<NewEntry> = {}): NewEntry => ({
  measurementId: n.toString(16).padStart(64, '0'),
  receivedAt: '2026-11-21T10:00:00Z',
  envelope: new TextEncoder().encode(`{"n":${n}}`),
  nonce: bytes(n),
  context: 'c'.repeat(64),
  privatePart: null,
  ...more,
});

export function append(archive: ArchiveStore, n: number, more: Partial<NewEntry> = {}) {
  return archive.append(newEntry(n, more), (index, readNode) => ({
    receipt: `{"index":${index}}`,
    nodes: nodesToStore(index, leafHash(bytes(n)), readNode),
  }));
}

const diaryEntry = (n: number, more: Partial<NewDiaryEntry> = {}): NewDiaryEntry => ({
  url: 'https://a.example/',
  host: 'a.example',
  madeAt: '2026-11-21T10:00:00.000Z',
  receivedAt: '2026-11-21T10:05:00Z',
  signed: {
    payloadType: 'application/vnd.kuager.control+json',
    payload: `{"n":${n},"title":"ә"}`,
    keyid: 'key',
    sig: `sig${n}`,
  },
  addresses: [],
  ...more,
});

export const listingOf = (index: number, more: Partial<Listing> = {}): Listing => ({
  index,
  measurementId: index.toString(16).padStart(64, '0'),
  receivedAt: '2026-11-21T10:00:00Z',
  startTime: `2026-11-21 0${index % 10}:00:00`,
  late: false,
  input: 'https://a.example/',
  target: 'https://a.example/',
  domain: 'a.example',
  reportId: '',
  testName: 'web_connectivity',
  probeCc: 'KZ',
  probeAsn: 'AS9198',
  networkName: 'Kazakhtelecom',
  context: 'c'.repeat(64),
  status: 'judged',
  outcome: 'interfered',
  layer: 'dns',
  method: 'dns.bogon',
  cause: null,
  evidence: 'confirmed',
  verdict: `{"n":${index}}`,
  controlSource: null,
  witnesses: [],
  diary: [],
  ...more,
});

const newestFirst = { orderBy: 'measurement_start_time', order: 'desc', offset: 0, limit: 100 } as const;

export function storeContract(name: string, open: () => StoreUnderTest): void {
  describe(`${name} keeps the contract of Store`, () => {
    let store: StoreUnderTest;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    it('numbers entries from 0 and gives back their bytes', () => {
      const { archive } = store;
      expect(archive.size()).toBe(0);
      expect(append(archive, 1).entry.index).toBe(0);
      expect(append(archive, 2).entry.index).toBe(1);
      expect(archive.size()).toBe(2);
      const found = archive.find(newEntry(2).measurementId);
      expect(Buffer.from(found?.envelope ?? []).toString()).toBe('{"n":2}');
      expect(archive.entriesFrom(1, 10).map((entry) => entry.index)).toEqual([1]);
      expect(Buffer.from(archive.nonce(newEntry(1).measurementId) ?? [])).toEqual(Buffer.from(bytes(1)));
      expect(archive.find('f'.repeat(64))).toBeNull();
    });

    it('answers a repeated append with the first receipt and stores nothing', () => {
      const { archive } = store;
      const first = append(archive, 1);
      append(archive, 2);
      const again = append(archive, 1, { receivedAt: '2027-01-01T00:00:00Z', nonce: bytes(99) });
      expect(again.existed).toBe(true);
      expect(again.entry.receipt).toBe(first.entry.receipt);
      expect(again.entry.receivedAt).toBe(first.entry.receivedAt);
      expect(archive.size()).toBe(2);
    });

    it('stores all of an append or nothing', () => {
      const { archive } = store;
      const broken = (): unknown =>
        archive.append(newEntry(1), () => {
          throw new Error('the signer failed');
        });
      expect(broken).toThrow('the signer failed');
      const clashing = (): unknown =>
        archive.append(newEntry(1), () => ({
          receipt: '{}',
          nodes: [0, 0].map((index) => ({ level: 0, index, hash: bytes(1) })),
        }));
      expect(clashing).toThrow();
      expect(archive.size()).toBe(0);
      expect(archive.nonce(newEntry(1).measurementId)).toBeNull();
      expect(append(archive, 1).entry.index).toBe(0);
    });

    it('keeps a tree whose root follows from its nodes', () => {
      const { archive } = store;
      for (let n = 1; n <= 7; n++) append(archive, n);
      expect(rootFrom(7, archive.readNode)).toHaveLength(32);
      expect(() => archive.readNode(0, 7)).toThrow('no node');
    });

    it('keeps the first copy of a snapshot, and which context was put in force last', () => {
      const { archive } = store;
      const snapshot = {
        sha256: 'a'.repeat(64),
        kind: 'roots',
        name: 'r.pem',
        bytes: bytes(1),
        receivedAt: 'first',
      };
      archive.saveSnapshot(snapshot);
      archive.saveSnapshot({ ...snapshot, receivedAt: 'second' });
      expect(archive.snapshot(snapshot.sha256)?.receivedAt).toBe('first');
      expect(archive.currentContext()).toBeNull();
      archive.putInForce('x', '1');
      archive.putInForce('y', '2');
      archive.putInForce('x', '3');
      expect(archive.currentContext()).toBe('x');
    });

    it('erases private parts when their time has come, and only then', () => {
      const { archive } = store;
      append(archive, 1, { privatePart: { envelope: bytes(5), eraseAfter: '2026-12-01T00:00:00Z' } });
      const id = newEntry(1).measurementId;
      expect(archive.erasePrivateParts('2026-11-30T23:59:59Z')).toBe(0);
      expect(archive.privatePart(id)).not.toBeNull();
      expect(archive.erasePrivateParts('2026-12-01T00:00:00Z')).toBe(1);
      expect(archive.privatePart(id)).toBeNull();
    });

    it('returns the largest checkpoint', () => {
      const { archive } = store;
      expect(archive.latestCheckpoint()).toBeNull();
      archive.saveCheckpoint(3, 'three', 't');
      archive.saveCheckpoint(2, 'two', 't');
      archive.saveCheckpoint(3, 'another three', 't');
      expect(archive.latestCheckpoint()).toEqual({ size: 3, note: 'three' });
    });

    it('keeps the diary in the order in which it came, the same words once', () => {
      const { archive } = store;
      expect([archive.diarySize(), archive.diaryLast().size]).toEqual([0, 0]);
      expect(archive.appendDiary(diaryEntry(1))).toBe(1);
      expect(archive.appendDiary(diaryEntry(1, { receivedAt: '2027-01-01T00:00:00Z' }))).toBeNull();
      const other = { url: 'https://b.example/', host: 'b.example', receivedAt: '2026-11-21T10:09:00Z' };
      expect(archive.appendDiary(diaryEntry(2, other))).toBe(2);
      expect(archive.appendDiary(diaryEntry(3, { madeAt: '2026-11-21T11:00:00.000Z' }))).toBe(3);
      expect(archive.diarySize()).toBe(3);
      expect(archive.diaryAfter(1, 10).map(({ id, host }) => [id, host])).toEqual([
        [2, 'b.example'],
        [3, 'a.example'],
      ]);
      expect(archive.diaryAfter(0, 1)[0]?.signed).toEqual(diaryEntry(1).signed);
      expect(archive.diaryEntries([3, 9, 1]).map(({ id }) => id)).toEqual([3, 1]);
      const of = (since: string, until: string): number[] =>
        archive.diaryOf('https://a.example/', since, until).map(({ id }) => id);
      expect(of('2026-11-21T10:00:00.000Z', '2026-11-21T11:00:00.000Z')).toEqual([1, 3]);
      expect(of('2026-11-21T10:00:00.001Z', '2026-11-21T10:59:59.999Z')).toEqual([]);
      expect([...archive.diaryLast()].sort()).toEqual([
        ['https://a.example/', '2026-11-21T10:05:00Z'],
        ['https://b.example/', '2026-11-21T10:09:00Z'],
      ]);
    });

    it('knows who works at the same address, and where a host was before', () => {
      const { archive } = store;
      const at = (address: string, trusted: boolean) => ({ address, trusted });
      const put = (n: number, host: string, receivedAt: string, addresses: NewDiaryEntry['addresses']) =>
        archive.appendDiary(diaryEntry(n, { host, url: `https://${host}/`, receivedAt, addresses }));
      put(1, 'a.example', '2026-11-21T08:00:00Z', [at('192.0.2.1', true), at('192.0.2.2', true)]);
      put(2, 'b.example', '2026-11-21T09:00:00Z', [at('192.0.2.1', true), at('192.0.2.3', true)]);
      put(3, 'c.example', '2026-11-21T09:00:00Z', [at('192.0.2.1', false)]);
      put(4, 'd.example', '2026-11-21T07:59:59Z', [at('192.0.2.1', true)]);
      put(5, 'a.example', '2026-11-21T09:30:00Z', [at('192.0.2.1', true)]);
      put(6, 'a.example', '2026-11-20T09:30:00Z', [at('192.0.2.9', true)]);
      put(7, 'a.example', '2026-11-21T09:40:00Z', [at('192.0.2.1', true)]);
      const neighbours = (host: string) => [...archive.diaryNeighbours(host, '2026-11-21T08:00:00.000Z')];
      // c showed no trusted chain, d is too old.
      expect(neighbours('a.example')).toEqual([
        ['192.0.2.1', ['b.example']],
        ['192.0.2.3', ['b.example']],
      ]);
      expect(neighbours('b.example')).toEqual([
        ['192.0.2.1', ['a.example']],
        ['192.0.2.2', ['a.example']],
      ]);
      const earlier = (since: string) => archive.diaryAddresses('a.example', since);
      expect(earlier('2026-11-01T00:00:00.000Z')).toEqual(['192.0.2.1', '192.0.2.9', '192.0.2.2']);
      expect(earlier('2026-11-21T00:00:00.000Z')).toEqual(['192.0.2.1', '192.0.2.2']);
      expect(archive.diaryAddresses('e.example', '2026-11-01')).toEqual([]);
    });

    it('finds what was judged without a live control, and remembers how far the diary was worked in', async () => {
      const { derived } = store;
      await derived.put(listingOf(0, { startTime: '2026-11-21 08:00:00' }), []);
      await derived.put(
        listingOf(1, { startTime: '2026-11-21 09:00:00', controlSource: 'diary', diary: [4, 7] }),
        [],
      );
      await derived.put(listingOf(2, { startTime: '2026-11-21 09:00:00', controlSource: 'live' }), []);
      await derived.put(listingOf(3, { startTime: '2026-11-21 10:00:00' }), []);
      await derived.put(listingOf(4, { startTime: '2026-11-21 10:10:00' }), []);
      await derived.put(listingOf(5, { startTime: '2026-11-21 09:00:00', domain: 'b.example' }), []);
      expect(
        await derived.withoutLiveControl('a.example', '2026-11-21 08:00:00', '2026-11-21 10:00:00'),
      ).toEqual([0, 1, 3]);
      expect((await derived.listing(listingOf(1).measurementId))?.diary).toEqual([4, 7]);
      expect(await derived.diaryCursor()).toBe(0);
      await derived.setDiaryCursor(5);
      await derived.setDiaryCursor(8);
      expect(await derived.diaryCursor()).toBe(8);
      await derived.reset();
      expect(await derived.diaryCursor()).toBe(0);
    });

    it('lists by every filter and in both orders', async () => {
      const { derived } = store;
      await derived.put(listingOf(0), ['{"a":1}', '{"a":2}']);
      await derived.put(listingOf(1, { outcome: 'suspected', method: 'tcp.timeout', evidence: 'weak' }), []);
      await derived.put(
        listingOf(2, { outcome: null, verdict: null, status: 'judge_failed', method: null }),
        [],
      );
      await derived.put(
        listingOf(3, {
          outcome: 'insufficient',
          probeAsn: 'AS1',
          probeCc: 'RU',
          domain: 'b.example',
          method: null,
        }),
        [],
      );
      const indexes = async (filter: object): Promise<number[]> =>
        (await derived.list(filter, newestFirst)).map((row) => row.index);
      expect(await indexes({})).toEqual([3, 2, 1, 0]);
      expect(await indexes({ anomaly: true })).toEqual([1, 0]);
      expect(await indexes({ anomaly: false })).toEqual([3, 2]);
      expect(await indexes({ confirmed: true })).toEqual([0]);
      expect(await indexes({ confirmed: false })).toEqual([3, 2, 1]);
      expect(await indexes({ failure: true })).toEqual([3, 2]);
      expect(await indexes({ failure: false })).toEqual([1, 0]);
      expect(await indexes({ probeAsn: 'AS1' })).toEqual([3]);
      expect(await indexes({ probeCc: 'KZ', method: 'tcp.timeout' })).toEqual([1]);
      expect(await indexes({ domain: 'b.example' })).toEqual([3]);
      expect(await indexes({ since: '2026-11-21 01:00:00', until: '2026-11-21 03:00:00' })).toEqual([2, 1]);
      expect(await indexes({ outcome: 'interfered', target: 'https://a.example/' })).toEqual([0]);
      expect(await derived.count({ anomaly: true })).toBe(2);
      const ascending = await derived.list({}, { ...newestFirst, order: 'asc', offset: 1, limit: 2 });
      expect(ascending.map((row) => row.index)).toEqual([1, 2]);
      expect(await derived.observations(listingOf(0).measurementId)).toEqual(['{"a":1}', '{"a":2}']);
      expect(await derived.listing(listingOf(1).measurementId)).toEqual(
        listingOf(1, { outcome: 'suspected', method: 'tcp.timeout', evidence: 'weak' }),
      );
    });

    it('knows what is missing, and forgets all on reset', async () => {
      const { derived } = store;
      await derived.put(listingOf(0), []);
      await derived.put(listingOf(2), []);
      expect(await derived.missing(5, 10)).toEqual([1, 3, 4]);
      expect(await derived.missing(5, 2)).toEqual([1, 3]);
      await derived.put(listingOf(1), []);
      expect(await derived.missing(3, 10)).toEqual([]);
      await derived.reset();
      expect(await derived.missing(2, 10)).toEqual([0, 1]);
      expect(await derived.count({})).toBe(0);
    });

    it('shows the newest measurement of a target on a network, by the time of measuring', async () => {
      const { derived } = store;
      await derived.put(listingOf(0, { startTime: '2026-11-21 09:00:00' }), []);
      // Came later, was measured earlier.
      await derived.put(listingOf(1, { startTime: '2026-11-20 09:00:00', outcome: 'accessible' }), []);
      await derived.put(listingOf(2, { startTime: '2026-11-21 08:00:00', probeAsn: 'AS1' }), []);
      await derived.put(listingOf(3, { startTime: '2026-11-22 08:00:00', target: 'https://b.example/' }), []);
      const rows = await derived.targets(10, 0, 10);
      expect(rows.map((row) => [row.target, row.latest.index])).toEqual([
        ['https://b.example/', 3],
        ['https://a.example/', 0],
        ['https://a.example/', 2],
      ]);
      expect((await derived.targets(1, 1, 1)).map((row) => row.latest.index)).toEqual([0]);
      expect(await derived.targetCount()).toBe(2);
    });
  });
}
