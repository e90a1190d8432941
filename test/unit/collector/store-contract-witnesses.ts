import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Place } from '../../../shared/model/index.ts';
import type { EntryPlaces } from '../../../collector/store/witnesses.ts';
import { listingOf, type StoreUnderTest } from './store-contract.ts';

const PLACE: Place = { address: '11.0.0.10', port: 443 };
const NETWORKS = 16;
/** Rows of a popular address, and how long a look-up in them may take. Milliseconds; some hundred times less is usual. */
const MANY_ROWS = 4_000;
const LOOK_UP_MS = 25;

const hour = (minutes: number): string =>
  new Date(Date.UTC(2026, 10, 21, 10, minutes)).toISOString().slice(0, 19).replace('T', ' ');

export function witnessContract(name: string, open: () => StoreUnderTest): void {
  describe(`${name} keeps the contract of WitnessStore`, () => {
    let store: StoreUnderTest;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    const put = (index: number, places: Partial<EntryPlaces> & { readonly startTime: string }) =>
      store.derived.put(listingOf(index, { startTime: places.startTime }), [], {
        places: { reached: null, silent: null, given: [], ...places },
      });
    const reach = (index: number, asn: number, minutes: number, place: Place = PLACE) =>
      put(index, { startTime: hour(minutes), reached: { asn, places: [place] } });
    const fallSilent = (index: number, minutes: number, given: readonly string[] = []) =>
      put(index, { startTime: hour(minutes), silent: { asn: 1, places: [PLACE] }, given });
    const near = async (minutes: number, networks = NETWORKS) =>
      (await store.derived.reachedNear(PLACE, hour(minutes), networks))
        .map((row) => `${row.asn} ${row.startTime.slice(11, 16)} ${Number(`0x${row.measurementId}`)}`)
        .sort();

    it('finds in each network the nearest start on either side, within the hour', async () => {
      const rows: readonly (readonly [number, number, number])[] = [
        [1, 7, -60],
        [2, 7, -50],
        [3, 7, -10],
        [5, 7, 0],
        [4, 7, 0],
        [6, 7, 20],
        [7, 7, 30],
        [8, 9, 50],
        [9, 9, 60],
        [10, 11, 70],
      ];
      for (const [index, asn, minutes] of rows) await reach(index, asn, minutes);
      await reach(11, 13, 0, { ...PLACE, port: 8443 });
      expect(await near(0)).toEqual(['7 10:00 4', '7 10:20 6', '9 10:50 8']);
      expect(await near(-30)).toEqual(['7 09:10 2', '7 09:50 3']);
      expect(await near(0, 1)).toEqual(['7 10:00 4', '7 10:20 6']);
      expect(await near(300)).toEqual([]);
    });

    it('replaces what an entry said before', async () => {
      await reach(1, 7, 0);
      await put(1, { startTime: hour(0), silent: { asn: 7, places: [PLACE] }, given: ['a'] });
      expect(await near(0)).toEqual([]);
      expect(await store.derived.silentOf(1)).toEqual({ asn: 7, startTime: hour(0), places: [PLACE] });
      await reach(1, 7, 0);
      expect(await store.derived.silentOf(1)).toBeNull();
      expect(await near(0)).toEqual(['7 10:00 1']);
    });

    it('says who waits for a new one, in parts, and that it is no news when it comes again', async () => {
      await fallSilent(1, 0, ['x']);
      await fallSilent(2, 50);
      await fallSilent(3, 60);
      expect(await store.derived.dueWitness()).toBeNull();
      await reach(4, 7, 0);
      const due = (await store.derived.dueWitness())!;
      expect(due).toEqual({ ...PLACE, startTime: hour(0), afterIndex: -1, generation: 0 });
      expect(await store.derived.waitingFor(due, 1)).toEqual([{ index: 1, given: ['x'] }]);
      expect((await store.derived.waitingFor(due, 9)).map((w) => w.index)).toEqual([1, 2]);
      await store.derived.advanceWitness(due, 1);
      const later = (await store.derived.dueWitness())!;
      expect((await store.derived.waitingFor(later, 9)).map((w) => w.index)).toEqual([2]);
      // One more at the same place and time: all of them once more, and what was read before it is out of date.
      await reach(5, 9, 0);
      await store.derived.advanceWitness(later, 2);
      await store.derived.advanceWitness(later, null);
      const again = (await store.derived.dueWitness())!;
      expect(again).toMatchObject({ afterIndex: -1, generation: 1 });
      await store.derived.advanceWitness(again, null);
      expect(await store.derived.dueWitness()).toBeNull();
      await reach(5, 9, 0);
      expect(await store.derived.dueWitness()).toBeNull();
    });

    it('makes nothing due where nobody waits', async () => {
      await fallSilent(1, 0);
      await reach(2, 7, 60);
      await reach(3, 7, 0, { address: '11.0.0.11', port: 443 });
      expect(await store.derived.dueWitness()).toBeNull();
    });

    it('keeps the ids that a verdict rests on, and forgets all on reset', async () => {
      const witnesses = ['a', 'b'];
      await store.derived.put(listingOf(1, { witnesses }), []);
      expect((await store.derived.listing(listingOf(1).measurementId))?.witnesses).toEqual(witnesses);
      await reach(2, 7, 0);
      await store.derived.reset();
      expect(await near(0)).toEqual([]);
    });

    it('is quick at an address that everybody reaches', async () => {
      for (let i = 0; i < MANY_ROWS; i++) await reach(i, 7 + (i % 40), (i % 11) * 10);
      const rows = Array.from({ length: 50 }, (_, i) => i);
      const started = performance.now();
      for (const i of rows) await store.derived.reachedNear(PLACE, hour((i % 11) * 10), 256);
      expect((performance.now() - started) / rows.length).toBeLessThan(LOOK_UP_MS);
    });
  });
}
