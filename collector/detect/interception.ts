/**
 * Sightings → events and alerts. An event is joined again whenever something that it rests on has changed, from what is
 * derived, so that a rebuild ends at the same events. An alert is archived before its event is stored: after a crash
 * between the two the same join finds it there and says nothing twice.
 */
import { fromUtf8 } from '../../shared/codec/base64.ts';
import { decodeEnvelope, PAYLOAD_TYPES } from '../../shared/codec/dsse.ts';
import { joinSightings } from '../../shared/judge/authorities.ts';
import { regionOf } from '../../shared/judge/sighting.ts';
import type { Apart, CleanSighting, InterceptionEvent, Sighting } from '../../shared/model/index.ts';
import type { Networks } from '../../shared/rules/index.ts';
import type { ArchiveStore, DerivedStore } from '../store/store.ts';
import { ALERT_KIND, apartOf, newAlert } from './alert.ts';
import { createWorkOff } from './work-off.ts';

/** Sightings of one authority that are joined: of each pseudonym so many that came first and last. */
const MAX_OF_PSEUDONYM = 100;
const MAX_SIGHTINGS = 20_000;
/** Genuine chains looked at in one network, years of days, and networks in which they are. */
const MAX_CLEAN = 20_000;
const MAX_CLEAN_NETWORKS = 50;
/** Names of an authority by which they are looked for in one network. */
const MAX_CLEAN_NAMES = 200;
/** Sightings whose region is looked up: it is a document to decode each time. */
const MAX_REGIONS = 4_000;
/** More than the days within which a genuine chain counts. */
const CLEAN_REACH_MS = 8 * 24 * 3600 * 1000;

export interface DetectorOptions {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  /** What is in force now: its id, and whose networks are. */
  readonly context: () => { readonly id: string; readonly networks: Networks };
  /** ISO 8601 UTC, whole seconds. */
  readonly now: () => string;
  readonly monotonicMs: () => number;
}

export interface InterceptionDetector {
  /** Joins what is due until the time is up; true: nothing is left. */
  run(budgetMs: number): Promise<boolean>;
  /** After everything is derived: also looks again at what stands announced, and what was joined in another context. */
  settle(signal?: AbortSignal): Promise<void>;
}

/** What a private part says, while it is there. */
function regionIn(archive: ArchiveStore, measurementId: string): string | null {
  const envelope = archive.privatePart(measurementId);
  if (envelope === null) return null;
  const decoded = decodeEnvelope(envelope, PAYLOAD_TYPES.private);
  // Admitted once, so it could be read then.
  return 'error' in decoded ? null : regionOf(JSON.parse(fromUtf8(decoded.ok.payload) ?? 'null'));
}

/** Those that came first: people move, so each measurement speaks for itself. */
function withRegions(archive: ArchiveStore, sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.map((sighting, i) =>
    i < MAX_REGIONS ? { ...sighting, region: regionIn(archive, sighting.measurementId) } : sighting,
  );
}

const shifted = (startTime: string, ms: number): string =>
  new Date(Date.parse(`${startTime.replace(' ', 'T')}Z`) + ms).toISOString().slice(0, 19).replace('T', ' ');

/** Genuine chains that may speak for or against these sightings. */
export async function cleanBeside(
  derived: Pick<DerivedStore, 'cleanIn'>,
  sightings: readonly Sighting[],
): Promise<readonly CleanSighting[]> {
  const asns = [...new Set(sightings.flatMap((s) => s.asn ?? []))].sort((a, b) => a - b);
  const found: CleanSighting[] = [];
  for (const asn of asns.slice(0, MAX_CLEAN_NETWORKS)) {
    const there = sightings.filter((s) => s.asn === asn);
    const hosts = [...new Set(there.flatMap((s) => s.hosts))].sort().slice(0, MAX_CLEAN_NAMES);
    const times = there.map((s) => s.startTime);
    const [first, last] = [times.reduce((a, b) => (a < b ? a : b)), times.reduce((a, b) => (a > b ? a : b))];
    const [since, until] = [shifted(first, -CLEAN_REACH_MS), shifted(last, CLEAN_REACH_MS)];
    found.push(...(await derived.cleanIn(asn, hosts, since, until, MAX_CLEAN)));
  }
  return found;
}

export function createInterceptionDetector(options: DetectorOptions): InterceptionDetector {
  const { archive, derived } = options;

  const announce = (key: string, event: InterceptionEvent | null): void => {
    const latest = archive.latestAlert(ALERT_KIND, key);
    const isOpen = latest?.state === 'opened';
    if ((event?.decision === 'interference') === isOpen) return;
    archive.appendAlert(newAlert(key, event, latest, options.context().id, options.now()));
  };

  const join = async (key: string): Promise<void> => {
    const { id, networks } = options.context();
    const stored = await derived.sightingsOf(key, MAX_OF_PSEUDONYM, MAX_SIGHTINGS);
    const sightings = withRegions(archive, stored);
    const latest = archive.latestAlert(ALERT_KIND, key);
    const apart: readonly Apart[] = latest === null ? [] : apartOf(latest);
    const clean = await cleanBeside(derived, sightings);
    const event = joinSightings(sightings, clean, networks, apart).find((e) => e.key === key) ?? null;
    announce(key, event);
    await derived.putEvent(key, event, id);
  };

  const run = createWorkOff({
    due: (limit) => derived.dueAuthorities(limit),
    work: join,
    monotonicMs: options.monotonicMs,
  });

  return {
    run: (budgetMs) => run(budgetMs),
    async settle(signal) {
      await derived.makeDue(options.context().id);
      await derived.makeRegionalDue();
      await derived.markDue(archive.openSubjects(ALERT_KIND));
      await run(Number.POSITIVE_INFINITY, signal);
    },
  };
}
