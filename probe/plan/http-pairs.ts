/** Plain HTTP that dies, or an answer that nobody vouches for. */
import type { Verdict } from '../../shared/model/index.ts';
import { endingOf, looksLikeControls, type Case, type Hop } from '../../shared/rules/index.ts';
import {
  alternate,
  madeBefore,
  pathOf,
  placeFor,
  suspicionOf,
  type PlannedPair,
  type PlannedStep,
  type PlanWorld,
  type ReflectorPlace,
} from './pair.ts';

const HTTPS_PORT = 443;
/** Requests in two pieces where whole ones are cut off at once: one gets through a flapping server by chance. */
const SPLITS_AT_ONCE = 3;

const plain = (name: string, endpoint: ReflectorPlace['endpoint'], path: string): PlannedStep => ({
  protocol: 'http',
  name,
  endpoint,
  path,
  split: false,
  download: false,
});

export function hostAtReflector(hop: Hop, place: ReflectorPlace): PlannedPair {
  const { reflector, endpoint } = place;
  return {
    kind: 'http.host_at_reflector',
    where: 'reflector',
    reflector,
    place,
    innocuous: reflector.name,
    suspect: hop.host,
    steps: alternate(plain(reflector.name, endpoint, '/'), plain(hop.host, endpoint, pathOf(hop))),
    order: 'in_turn',
    ...suspicionOf(hop.http.at(-1)),
  };
}

/** The target's own name is the innocuous one here: what is suspected is its path. */
function pathAtReflector(hop: Hop, place: ReflectorPlace): PlannedPair {
  const { endpoint } = place;
  return {
    ...hostAtReflector(hop, place),
    kind: 'http.path_at_reflector',
    innocuous: hop.host,
    steps: alternate(plain(hop.host, endpoint, '/'), plain(hop.host, endpoint, pathOf(hop))),
  };
}

/** A plain answer that nobody vouches for and that is not plainly the control's. */
function suspiciousPlain(c: Case, hop: Hop): boolean {
  if (hop.encrypted || hop.http.length === 0) return false;
  // A second attempt that was answered does not excuse the first by itself: one symptom is enough to look.
  return hop.http.some((page) => {
    if (page.failure !== null || page.status === null) return true;
    const control = c.control?.http;
    if (control === undefined || control.failure !== null) return true;
    const redirected = c.hops.find((h) => h.depth === hop.depth + 1);
    if (redirected !== undefined) return !(c.control?.hosts.has(redirected.host) ?? false);
    return !looksLikeControls(page, control);
  });
}

/** At the site's own address: does the Host pass in two segments, and what does the authenticated origin say? */
function atSite(hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const page = hop.http.find((o) => o.address !== null);
  if (page?.address == null) return [];
  const { address } = page;
  const base = {
    where: 'same_address',
    reflector: null,
    place: null,
    innocuous: hop.host,
    suspect: hop.host,
    order: 'in_turn',
    ...suspicionOf(page),
  } as const;
  const split: PlannedStep = {
    ...plain(hop.host, { address, port: hop.port }, pathOf(hop)),
    protocol: 'http',
    split: true,
  } as PlannedStep;
  const authenticated: PlannedStep = {
    protocol: 'https',
    name: hop.host,
    endpoint: { address, port: HTTPS_PORT },
    validFor: hop.host,
    host: hop.host,
    path: pathOf(hop),
    download: false,
  };
  const splits = endingOf(page.failure) === 'timeout' ? 1 : SPLITS_AT_ONCE;
  const pairs: PlannedPair[] = [
    ...Array.from({ length: splits }, (): PlannedPair => ({
      ...base,
      kind: 'http.split_host',
      steps: [split],
    })),
    { ...base, kind: 'http.over_tls', steps: [authenticated] },
  ];
  return pairs.filter((p) => madeBefore(world, p.kind, hop.host) === 0);
}

export function httpPairs(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  if (!suspiciousPlain(c, hop)) return [];
  const place = placeFor(world, 'http');
  if (
    place !== undefined &&
    world.mayNameAtReflector &&
    madeBefore(world, 'http.host_at_reflector', hop.host) === 0
  )
    return [hostAtReflector(hop, place)];
  return atSite(hop, world);
}

/** Once it is proven that the Host is interfered with: the whole host, or this URL? */
export function scopePairs(c: Case, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  const hop = c.hops.find((h) => !h.encrypted && h.host === verdict.scope.affected);
  const place = placeFor(world, 'http');
  if (hop === undefined || place === undefined || !world.mayNameAtReflector || pathOf(hop) === '/') return [];
  const made = madeBefore(world, 'http.path_at_reflector', hop.host) > 0;
  return made || verdict.rules[0]?.id !== 'http.host_at_reflector' ? [] : [pathAtReflector(hop, place)];
}

/** Is somebody answering in everybody's name? One plain request to the reflector, its own name. */
export function canary(c: Case, world: PlanWorld): readonly PlannedPair[] {
  const place = placeFor(world, 'http');
  const hop = c.hops[0];
  if (place === undefined || hop === undefined || world.made.some((r) => r.kind === 'http.canary')) return [];
  const { name } = place.reflector;
  const pair = hostAtReflector(hop, place);
  return [{ ...pair, kind: 'http.canary', suspect: name, steps: [plain(name, place.endpoint, '/')] }];
}
