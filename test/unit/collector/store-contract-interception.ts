/** What every Store must do with sightings, chains, events and alerts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { authorityKey, joinSightings } from '../../../shared/judge/authorities.ts';
import type { InterceptionEvent, Sighting } from '../../../shared/model/index.ts';
import type { NewAlert } from '../../../collector/store/alerts.ts';
import { ASN, clean, met, NETWORKS, SPKI } from '../judge/sightings.ts';
import { listingOf, type StoreUnderTest } from './store-contract.ts';

const der = (n: number): Uint8Array => new Uint8Array(100).fill(n);
const alert = (more: Partial<NewAlert> = {}): NewAlert => ({
  kind: 'interception',
  subject: 'spki:a',
  state: 'opened',
  at: '2026-11-21T10:00:00Z',
  inputs: '{}',
  words: '{}',
  ...more,
});
const eventOf = (sighting: Sighting): InterceptionEvent => joinSightings([sighting], [], NETWORKS)[0]!;

export function interceptionContract(name: string, open: () => StoreUnderTest): void {
  describe(`${name} keeps what Store promises of interception`, () => {
    let store: StoreUnderTest;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    const at = (index: number, more: Partial<Sighting> = {}) =>
      met({ measurementId: listingOf(index).measurementId, ...more });
    const put = async (
      index: number,
      sighting: Sighting | null,
      chains: readonly (readonly Uint8Array[])[] = [],
    ) => store.derived.put(listingOf(index), [], { interception: { sighting, clean: [], chains } });
    const due = () => store.derived.dueAuthorities(100);

    it('replaces what an entry said, and makes due what it said before and says now', async () => {
      const { derived } = store;
      const [first, second] = [at(0), at(0, { spki: 'cd'.repeat(32) })];
      await put(0, first);
      expect(await due()).toEqual([authorityKey(first)]);
      await derived.putEvent(authorityKey(first), eventOf(first), 'c');
      expect(await due()).toEqual([]);
      await put(0, second);
      expect([...(await due())].sort()).toEqual([authorityKey(first), authorityKey(second)].sort());
      expect(await derived.sightingsOf(authorityKey(first), 10, 10)).toEqual([]);
      expect(await derived.sightingsOf(authorityKey(second), 10, 10)).toEqual([second]);
      await derived.putEvent(authorityKey(first), null, 'c');
      expect([await derived.event(eventOf(first).id), await derived.eventCount({})]).toEqual([null, 0]);
      await put(0, null);
      expect(await derived.measurementsOf(authorityKey(second), 10)).toEqual([]);
    });

    it('never keeps a region', async () => {
      const sighting = at(0, { region: 'KZ-75' });
      await put(0, sighting);
      expect((await store.derived.sightingsOf(authorityKey(sighting), 10, 10))[0]?.region).toBeNull();
    });

    it('gives of each pseudonym the first and the last that came, whatever times they claim', async () => {
      const key = `spki:${SPKI}`;
      for (let index = 0; index < 6; index++)
        await put(index, at(index, { startTime: `202${6 - index}-01-01 00:00:00` }));
      await put(6, at(6, { pseudonym: 'p2' }));
      const ids = async (per: number, limit: number) =>
        (await store.derived.sightingsOf(key, per, limit)).map((s) => Number(`0x${s.measurementId}`));
      expect(await ids(1, 100)).toEqual([0, 5, 6]);
      expect(await ids(2, 100)).toEqual([0, 1, 4, 5, 6]);
      expect(await ids(9, 3)).toEqual([0, 1, 2]);
      expect(await store.derived.measurementsOf(key, 2)).toHaveLength(2);
    });

    it('makes due, behind the others, what a genuine chain in the same network has a say in', async () => {
      const { derived } = store;
      const here = at(0);
      await put(0, here);
      await derived.putEvent(authorityKey(here), eventOf(here), 'c');
      const beside = (index: number, more: Parameters<typeof clean>[1]) =>
        derived.put(listingOf(index), [], {
          interception: {
            sighting: null,
            clean: [clean('c1', { measurementId: listingOf(index).measurementId, ...more })],
            chains: [],
          },
        });
      await beside(1, { asn: ASN.other });
      await beside(2, { host: 'b.example' });
      expect(await due()).toEqual([]);
      await beside(3, {});
      await put(4, at(4, { spki: 'cd'.repeat(32) }));
      expect(await due()).toEqual([`spki:${'cd'.repeat(32)}`, authorityKey(here)]);
      const days = ['2026-11-20 00:00:00', '2026-11-21 00:00:00'] as const;
      expect(await derived.cleanIn(ASN.fixed, ['a.example', 'x.example'], ...days, 10)).toMatchObject([
        { pseudonym: 'c1', host: 'a.example', asn: ASN.fixed },
      ]);
      expect(await derived.cleanIn(ASN.fixed, ['a.example'], days[1], days[1], 10)).toEqual([]);
      expect(await derived.cleanIn(ASN.fixed, ['b.example'], ...days, 0)).toEqual([]);
    });

    it('gives a genuine chain of every day, however many one day or one key has; a proven sighting before all', async () => {
      const { derived } = store;
      const genuine = (index: number, pseudonym: string, day: number) =>
        derived.put(listingOf(index), [], {
          interception: {
            sighting: null,
            clean: [
              clean(pseudonym, {
                measurementId: listingOf(index).measurementId,
                startTime: `2026-11-0${day} 12:00:00`,
              }),
            ],
            chains: [],
          },
        });
      for (let index = 0; index < 30; index++) await genuine(index, 'loud', 1);
      for (let index = 30; index < 60; index++) await genuine(index, `c${index}`, 1);
      await genuine(60, 'loud', 2);
      await genuine(61, 'late', 2);
      const found = await derived.cleanIn(
        ASN.fixed,
        ['a.example'],
        '2026-11-01 00:00:00',
        '2026-11-03 00:00:00',
        100,
      );
      const of = (day: number) => found.filter((c) => c.startTime.startsWith(`2026-11-0${day}`));
      expect([of(1).length, of(1).filter((c) => c.pseudonym === 'loud').length]).toEqual([20, 1]);
      expect(of(2).map((c) => c.pseudonym)).toEqual(['loud', 'late']);

      const root = { authority: 'root', hosts: [] } as const;
      for (let index = 70; index < 74; index++)
        await put(index, at(index, { ...root, pseudonym: `s${index}`, proven: index === 73 }));
      const [first] = await derived.sightingsOf('known:root', 10, 2);
      expect(first?.proven).toBe(true);
    });

    it('keeps a certificate while somebody’s chain has it', async () => {
      const { derived } = store;
      const id = (index: number) => listingOf(index).measurementId;
      await put(0, at(0), [[der(1), der(2)], [der(3)]]);
      await put(1, at(1), [[der(4), der(2)]]);
      const bytesOf = (chains: readonly (readonly Uint8Array[])[]) => chains.map((c) => c.map((d) => d[0]));
      expect(bytesOf(await derived.chainsOf(id(0)))).toEqual([[1, 2], [3]]);
      await put(0, at(0), []);
      expect(await derived.chainsOf(id(0))).toEqual([]);
      expect(await derived.certificate(sha256Hex(der(1)))).toBeNull();
      expect((await derived.certificate(sha256Hex(der(2))))?.[0]).toBe(2);
      // Said again, it is still there.
      await put(1, at(1), [[der(4), der(2)]]);
      expect(bytesOf(await derived.chainsOf(id(1)))).toEqual([[4, 2]]);
      expect(await derived.certificate('f'.repeat(64))).toBeNull();
    });

    it('lists interference first, finds events by what they say, and joins again for another context', async () => {
      const { derived } = store;
      const known = at(0, { authority: 'root', proven: true, asn: ASN.other, hosts: ['k.example'] });
      const stranger = at(1, { startTime: '2026-11-22 10:00:00' });
      const regional = { ...eventOf(stranger), regions: ['KZ-75'] };
      for (const [i, s] of [known, stranger].entries()) await put(i, s);
      await derived.putEvent(authorityKey(known), eventOf(known), 'c1');
      await derived.putEvent(authorityKey(stranger), regional, 'c2');
      const all = { offset: 0, limit: 10 };
      const found = async (filter: Parameters<typeof derived.events>[0]) =>
        (await derived.events(filter, all)).map((e) => e.authority);
      expect(await found({})).toEqual(['root', 'unknown']);
      expect(await found({ asn: ASN.other })).toEqual(['root']);
      expect(await found({ host: 'a.example', decision: 'open' })).toEqual(['unknown']);
      expect(await found({ since: '2026-11-21 00:00:00' })).toEqual(['unknown']);
      expect(await found({ until: '2026-11-21 00:00:00', authority: 'root' })).toEqual(['root']);
      expect(await derived.eventCount({ decision: 'interference' })).toBe(1);
      expect((await derived.events({}, { offset: 1, limit: 1 }))[0]).toEqual(regional);
      expect(await derived.event(regional.id)).toEqual(regional);
      expect((await derived.eventOf(known.measurementId))?.authority).toBe('root');
      expect(await derived.eventOf('f'.repeat(64))).toBeNull();
      await derived.makeRegionalDue();
      expect(await due()).toEqual([regional.key]);
      await derived.makeDue('c2');
      expect(await due()).toEqual([regional.key, 'known:root']);
      await derived.markDue(['spki:x']);
      expect(await due()).toEqual(['spki:x', regional.key, 'known:root']);
    });

    it('appends alerts, and knows which of them stand', () => {
      const { archive } = store;
      expect([archive.alertCount({}), archive.latestAlert('interception', 'spki:a')]).toEqual([0, null]);
      expect(archive.appendAlert(alert())).toMatchObject({ id: 1, opens: null });
      expect(archive.appendAlert(alert({ subject: 'spki:b' }))).toMatchObject({ id: 2, opens: null });
      expect(archive.openSubjects('interception')).toEqual(['spki:a', 'spki:b']);
      expect(archive.appendAlert(alert({ state: 'withdrawn' }))).toMatchObject({ id: 3, opens: 1 });
      expect(archive.openSubjects('interception')).toEqual(['spki:b']);
      expect(archive.appendAlert(alert())).toMatchObject({ id: 4, opens: null });
      expect(archive.openSubjects('interception')).toEqual(['spki:a', 'spki:b']);
      archive.appendAlert(alert({ kind: 'silence' }));
      expect(archive.alerts({ kind: 'interception' }, { offset: 0, limit: 2 }).map(({ id }) => id)).toEqual([
        4, 3,
      ]);
      expect(archive.alerts({}, { offset: 0, limit: 1 }).map(({ id }) => id)).toEqual([5]);
      expect([archive.alertCount({ kind: 'interception' }), archive.alertCount({})]).toEqual([4, 5]);
      expect(archive.latestAlert('interception', 'spki:a')?.id).toBe(4);
    });

    it('keeps what changes and ends under the alert that it belongs to', () => {
      const { archive } = store;
      const said = (state: NewAlert['state']) => archive.appendAlert(alert({ kind: 'blocking', state }));
      expect(said('opened')).toMatchObject({ id: 1, opens: null });
      expect(said('changed')).toMatchObject({ id: 2, opens: 1 });
      expect(archive.openSubjects('blocking')).toEqual(['spki:a']);
      expect(said('ended')).toMatchObject({ id: 3, opens: 1 });
      expect(archive.openSubjects('blocking')).toEqual([]);
      expect(said('withdrawn')).toMatchObject({ id: 4, opens: 1 });
      expect(said('opened')).toMatchObject({ id: 5, opens: null });
      expect(said('ended')).toMatchObject({ id: 6, opens: 5 });
    });

    it('finds alerts by kind, state and time, and what was known at a time', () => {
      const { archive } = store;
      const ids = (filter: Parameters<typeof archive.alerts>[0]) => {
        const found = archive.alerts(filter, { offset: 0, limit: 10 }).map(({ id }) => id);
        expect(archive.alertCount(filter)).toBe(found.length);
        return found;
      };
      expect([archive.lastAlert(), archive.alert(1), ids({})]).toEqual([0, null, []]);
      archive.appendAlert(alert({ at: '2026-11-21T10:00:00Z' }));
      archive.appendAlert(alert({ kind: 'silence', at: '2026-11-21T11:00:00Z' }));
      archive.appendAlert(alert({ kind: 'silence', state: 'ended', at: '2026-11-21T12:00:00Z' }));
      expect(ids({ kind: 'silence' })).toEqual([3, 2]);
      expect(ids({ state: 'opened' })).toEqual([2, 1]);
      expect(ids({ since: '2026-11-21T11:00:00Z', until: '2026-11-21T12:00:00Z' })).toEqual([2]);
      expect(ids({ asOf: '2026-11-21T11:00:00Z' })).toEqual([2, 1]);
      expect(ids({ kind: 'silence', asOf: '2026-11-21T10:59:59Z' })).toEqual([]);
      expect(archive.alertsSince(1, 10).map(({ id }) => id)).toEqual([2, 3]);
      expect(archive.alertsSince(0, 2).map(({ id }) => id)).toEqual([1, 2]);
      expect(archive.alert(3)).toMatchObject({ id: 3, kind: 'silence', state: 'ended' });
      expect(archive.lastAlert()).toBe(3);
    });
  });
}
