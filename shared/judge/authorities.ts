/**
 * Sightings of many measurements → one event for each authority. Pure; the order of what is given decides nothing, and
 * nothing is remembered between two calls but what an alert has kept of erased regions.
 */
import { utf8 } from '../codec/base64.ts';
import { sha256Hex } from '../codec/digest.ts';
import type { Apart, CleanSighting, EventNetwork, InterceptionEvent, Sighting } from '../model/index.ts';
import type { Networks } from '../rules/index.ts';
import { createCleanChains, timeOf, type CleanChains } from './clean-chains.ts';
import { alternativesOf, decideEvent, isKnown } from './event-decision.ts';

/** Names and measurements that an event lists; counts go on. */
const MAX_EVENT_NAMES = 200;
export const MAX_EVENT_MEASUREMENTS = 200;
const MAX_EVENT_NETWORKS = 100;
/** A region is named only when so many pseudonyms came from it. */
export const MIN_REGION_PSEUDONYMS = 3;

/** Which event a sighting belongs to: the authority on record, else its key, else nothing but its name. */
export function authorityKey(s: Pick<Sighting, 'authority' | 'spki' | 'name'>): string {
  if (isKnown(s)) return `known:${s.authority}`;
  return s.spki === null ? `name:${sha256Hex(utf8(s.name ?? ''))}` : `spki:${s.spki}`;
}

export const eventId = (key: string): string => sha256Hex(utf8(`kuager interception\n${key}`));

const byTime = (a: Sighting, b: Sighting): number => {
  const [x, y] = [`${a.startTime} ${a.measurementId}`, `${b.startTime} ${b.measurementId}`];
  return x < y ? -1 : x > y ? 1 : 0;
};
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
const pseudonymsOf = (sightings: readonly Sighting[]): number =>
  new Set(sightings.map((s) => s.pseudonym)).size;

function networksOf(
  sightings: readonly Sighting[],
  clean: CleanChains,
  networks: Networks,
): readonly EventNetwork[] {
  const asns = distinct(sightings.flatMap((s) => s.asn ?? [])).sort((a, b) => a - b);
  return asns.slice(0, MAX_EVENT_NETWORKS).map((asn) => {
    const there = sightings.filter((s) => s.asn === asn);
    const times = there.map((s) => timeOf(s.startTime));
    const lastAt = times.at(-1) ?? 0;
    return {
      asn,
      owner: networks.ownerOf(asn, lastAt),
      access: networks.accessOf(asn, lastAt),
      pseudonyms: pseudonymsOf(there),
      clean: clean.others(asn, times),
    };
  });
}

function regionsOf(sightings: readonly Sighting[]): readonly string[] {
  const regions = distinct(sightings.flatMap((s) => s.region ?? [])).sort();
  return regions.filter(
    (region) => pseudonymsOf(sightings.filter((s) => s.region === region)) >= MIN_REGION_PSEUDONYMS,
  );
}

function joinOne(
  key: string,
  sightings: readonly Sighting[],
  clean: readonly CleanSighting[],
  networks: Networks,
  apart: readonly Apart[],
): InterceptionEvent {
  const first = sightings[0]!;
  const hosts = distinct(sightings.flatMap((s) => s.hosts)).sort();
  // Like is compared with like; and a genuine chain of another name there would not make the event due again.
  const forgedThere = new Set(sightings.flatMap((s) => s.hosts.map((host) => `${s.asn} ${host}`)));
  const met = new Set(sightings.map((s) => s.pseudonym));
  const beside = clean.filter((c) => forgedThere.has(`${c.asn} ${c.host}`));
  const there = createCleanChains(beside, met);
  const decision = decideEvent(sightings, there, networks, apart);
  const pseudonyms = pseudonymsOf(sightings);
  const firstMet = pseudonymsOf(sightings.filter((s) => s.firstMet));
  const forgedAtReflector = sightings.some((s) => s.forgedAtReflector);
  const owners = sightings.flatMap((s) =>
    s.asn === null ? [] : (networks.ownerOf(s.asn, timeOf(s.startTime)) ?? []),
  );
  return {
    id: eventId(key),
    key,
    authority: first.authority,
    spki: first.spki,
    name: first.name,
    ...decision,
    names: hosts.slice(0, MAX_EVENT_NAMES),
    nameCount: hosts.length,
    networks: networksOf(sightings, there, networks),
    owners: distinct(owners).sort(),
    regions: regionsOf(sightings),
    since: first.startTime,
    until: sightings.at(-1)!.startTime,
    pseudonyms,
    firstMet,
    forgedAtReflector,
    measurements: sightings.slice(0, MAX_EVENT_MEASUREMENTS).map((s) => s.measurementId),
    measurementCount: sightings.length,
    alternatives: alternativesOf({ ...decision, pseudonyms, forgedAtReflector }),
    // Keys of one device can't be linked by anybody but it: an event must not do it for them.
    keptBack: decision.decision !== 'interference' && pseudonyms > 1 && firstMet < 2,
  };
}

/**
 * Events by key. `clean`: genuine chains in the networks of these sightings. `apart`: pairs of measurements that an alert
 * has on record as from different regions. A measurement that is given twice counts once.
 */
export function joinSightings(
  sightings: readonly Sighting[],
  clean: readonly CleanSighting[],
  networks: Networks,
  apart: readonly Apart[] = [],
): readonly InterceptionEvent[] {
  const byKey = new Map<string, Map<string, Sighting>>();
  for (const s of sightings) {
    if (Number.isNaN(timeOf(s.startTime))) continue;
    const key = authorityKey(s);
    byKey.set(key, (byKey.get(key) ?? new Map<string, Sighting>()).set(s.measurementId, s));
  }
  const pairs = [...apart].sort(([a, b], [c, d]) => (`${a} ${b}` < `${c} ${d}` ? -1 : 1));
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => joinOne(key, [...group.values()].sort(byTime), clean, networks, pairs));
}
