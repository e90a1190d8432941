import { afterEach, beforeEach, expect, it } from 'vitest';
import { createInterceptionDetector } from '../../../collector/detect/interception.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openDerived } from '../../../collector/store/sqlite/derived.ts';
import type { ArchiveStore, DerivedStore } from '../../../collector/store/store.ts';
import type { Sighting } from '../../../shared/model/index.ts';
import { ASN, met, NETWORKS } from '../judge/sightings.ts';
import { listingOf } from './store-contract.ts';
import type { TemporaryFolder } from './support.ts';
import { temporaryFolder } from './support.ts';

let folder: TemporaryFolder;
let archive: ArchiveStore;
let derived: DerivedStore;
beforeEach(() => {
  folder = temporaryFolder();
  archive = openArchive({ folder: folder.path });
  derived = openDerived({ folder: folder.path });
});
afterEach(async () => {
  await derived.close();
  archive.close();
  folder.remove();
});

const put = (index: number, more: Partial<Sighting> = {}): Promise<void> =>
  derived.put(listingOf(index), [], {
    interception: {
      sighting: met({ measurementId: listingOf(index).measurementId, pseudonym: `p${index}`, ...more }),
      clean: [],
      chains: [],
    },
  });
const pseudonyms = async (): Promise<readonly number[]> =>
  (await derived.events({}, { offset: 0, limit: 10 })).map((event) => event.pseudonyms);

/** A clock on which every look takes `step` milliseconds. */
function detectorWith(clock: { now: number; step: number }) {
  return createInterceptionDetector({
    archive,
    derived,
    context: () => ({ id: 'c', networks: NETWORKS }),
    now: () => '2026-11-21T10:00:00Z',
    monotonicMs: () => (clock.now += clock.step),
  });
}

it('lets an authority rest whose join takes long, and joins it in the end', async () => {
  const clock = { now: 0, step: 30 };
  const detector = detectorWith(clock);
  await put(0);
  expect(await detector.run(1000)).toBe(true);
  await put(1);
  expect(await detector.run(1000)).toBe(false);
  expect(await pseudonyms()).toEqual([1]);
  // Others don't wait for it.
  await put(2, { spki: 'cd'.repeat(32) });
  await detector.run(1000);
  expect([...(await pseudonyms())].sort()).toEqual([1, 1]);
  clock.now += 2000;
  expect(await detector.run(1000)).toBe(true);
  expect([...(await pseudonyms())].sort()).toEqual([1, 2]);
});

it('stops when its time is up and goes on where it was; settling leaves nothing', async () => {
  const detector = detectorWith({ now: 0, step: 10 });
  for (let index = 0; index < 5; index++) await put(index, { spki: String(index).repeat(64) });
  expect(await detector.run(15)).toBe(false);
  expect(await derived.eventCount({})).toBe(1);
  await detector.settle();
  expect(await derived.eventCount({})).toBe(5);
  expect(await derived.dueAuthorities(10)).toEqual([]);
});

it('announces once, also when it ended between announcing and storing the event', async () => {
  await put(0);
  await put(1, { asn: ASN.other });
  const detector = detectorWith({ now: 0, step: 0 });
  const { putEvent } = derived;
  derived.putEvent = () => Promise.reject(new Error('the power went'));
  await expect(detector.run(1000)).rejects.toThrow('the power went');
  expect(archive.alertCount({})).toBe(1);
  derived.putEvent = putEvent;
  await detector.run(1000);
  await detector.settle();
  expect(archive.alertCount({})).toBe(1);
  expect((await derived.events({}, { offset: 0, limit: 1 }))[0]?.decision).toBe('interference');
});
