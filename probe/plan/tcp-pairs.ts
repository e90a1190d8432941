/** The address does not answer: is it the address, and not this site? Is it IPv6 as such? */
import { registrableName } from '../../shared/codec/registrable.ts';
import { CLOSED_PORT, type TcpObservation, type Verdict } from '../../shared/model/index.ts';
import {
  atControl,
  canonicalAddress,
  truthfulAddresses,
  worthAPause,
  type Case,
  type Hop,
} from '../../shared/rules/index.ts';
import {
  alternate,
  madeBefore,
  placeFor,
  suspicionOf,
  type PlannedPair,
  type PlannedStep,
  type PlanWorld,
} from './pair.ts';

/** Siblings that are tried at a silent address; three unrelated ones settle it. */
const MAX_SIBLINGS = 4;

const isV6 = (address: string): boolean => address.includes(':');

/** One name of each owner, none of them the target's. */
function unrelated(names: readonly string[], host: string): readonly string[] {
  const seen = new Set([registrableName(host)]);
  return names.filter((name) => {
    const owner = registrableName(name);
    const fresh = !seen.has(owner);
    seen.add(owner);
    return fresh;
  });
}

/** Failures at endpoints that no attempt has reached. */
function neverReached(hop: Hop): readonly TcpObservation[] {
  const reached = new Set(hop.tcp.filter((o) => o.failure === null).map((o) => canonicalAddress(o.address)));
  return hop.tcp.filter((o) => !reached.has(canonicalAddress(o.address)));
}

function siblingPairs(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  if (madeBefore(world, 'tcp.siblings_at_address', hop.host) > 0) return [];
  const seen = new Set<string>();
  return neverReached(hop).flatMap((o): PlannedPair[] => {
    const address = canonicalAddress(o.address);
    const names = unrelated(c.controlExtras.siblings[address] ?? [], hop.host).slice(0, MAX_SIBLINGS);
    if (names.length === 0 || seen.has(address)) return [];
    seen.add(address);
    const endpoint = { address: o.address, port: o.port };
    return [
      {
        kind: 'tcp.siblings_at_address',
        where: 'same_address',
        reflector: null,
        place: null,
        innocuous: names[0]!,
        suspect: hop.host,
        siblings: names,
        steps: names.map((name): PlannedStep => ({ protocol: 'tcp', name, endpoint })),
        order: 'at_once',
        ...suspicionOf(o),
      },
    ];
  });
}

/** All failures are IPv6, or the site has nothing else. */
function familyPair(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const place = placeFor(world, 'tls');
  const failed = neverReached(hop);
  const truth = [...truthfulAddresses(c, hop)];
  const onlyV6 = truth.length > 0 && truth.every(isV6);
  const symptom =
    (failed.length > 0 && failed.every((o) => isV6(o.address))) ||
    (onlyV6 && hop.tcp.every((o) => o.failure !== null));
  if (place === undefined || !symptom || madeBefore(world, 'tcp.family_at_reflector', hop.host) > 0)
    return [];
  const { reflector } = place;
  const [v4, v6] = [false, true].map((six) => reflector.addresses.find((a) => isV6(a) === six));
  if (v4 === undefined || v6 === undefined) return [];
  const step = (address: string): PlannedStep => ({
    protocol: 'tcp',
    name: reflector.name,
    endpoint: { address, port: reflector.tlsPort },
  });
  return [
    {
      kind: 'tcp.family_at_reflector',
      where: 'reflector',
      reflector,
      place: null,
      innocuous: reflector.name,
      suspect: hop.host,
      steps: [step(v4), step(v6), step(v4)],
      order: 'in_turn',
      ...suspicionOf(failed[0] ?? hop.dns.at(-1)),
    },
  ];
}

/**
 * Nothing answers at any address, and the control connects: our own server, the silent address, our own server. Over IPv4
 * if it can be; at an address that honest answers name, if any does.
 */
function betweenPair(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const failed = neverReached(hop);
  if (failed.length === 0 || failed.length < hop.tcp.length) return [];
  if (madeBefore(world, 'tcp.between_reflector', hop.host) > 0) return [];
  const truth = truthfulAddresses(c, hop);
  const sites = failed
    .filter((o) => atControl(c.control?.tcp, o)?.failure === null)
    .filter((o) => truth.size === 0 || truth.has(canonicalAddress(o.address)));
  const site = sites.find((o) => !isV6(o.address)) ?? sites[0];
  const place =
    site === undefined
      ? undefined
      : world.places.find((p) => p.service === 'tls' && isV6(p.endpoint.address) === isV6(site.address));
  if (site === undefined || place === undefined) return [];
  const { reflector, endpoint } = place;
  return [
    {
      kind: 'tcp.between_reflector',
      where: 'reflector',
      reflector,
      place: null,
      innocuous: reflector.name,
      suspect: hop.host,
      steps: alternate(
        { protocol: 'tcp', name: reflector.name, endpoint },
        { protocol: 'tcp', name: hop.host, endpoint: { address: site.address, port: site.port } },
      ),
      order: 'in_turn',
      ...suspicionOf(site),
    },
  ];
}

/**
 * The same after a pause, then a port at which nobody says names: what is punished for a name passes, or is one port's matter.
 * Only where somebody else's word can make more of it than a suspicion, since the pause is long.
 */
function afterPausePair(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const [site] = worthAPause(c, hop);
  if (!world.othersMayConfirm || site === undefined) return [];
  if (madeBefore(world, 'tcp.after_pause', hop.host) > 0) return [];
  const place = world.places.find(
    (p) => p.service === 'tls' && isV6(p.endpoint.address) === isV6(site.address),
  );
  if (place === undefined) return [];
  const { reflector, endpoint } = place;
  const own = (port: number): PlannedStep => ({
    protocol: 'tcp',
    name: reflector.name,
    endpoint: { ...endpoint, port },
  });
  const there = (port: number): PlannedStep => ({
    protocol: 'tcp',
    name: hop.host,
    endpoint: { address: site.address, port },
  });
  return [
    {
      kind: 'tcp.after_pause',
      where: 'reflector',
      reflector,
      place: null,
      innocuous: reflector.name,
      suspect: hop.host,
      steps: [own(endpoint.port), there(site.port), own(endpoint.port), there(CLOSED_PORT), own(CLOSED_PORT)],
      order: 'in_turn',
      ...suspicionOf(lastFailureAt(hop, site)),
    },
  ];
}

/** The latest try of the place, from which the pair's distance counts. */
const lastFailureAt = (hop: Hop, site: TcpObservation): TcpObservation =>
  hop.tcp
    .filter((o) => o.port === site.port && canonicalAddress(o.address) === canonicalAddress(site.address))
    .reduce((late, o) => ((o.startedAt ?? 0) > (late.startedAt ?? 0) ? o : late), site);

export function tcpPairs(c: Case, hop: Hop, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  // Reached over the other family, the page is here: which family failed is no question of this measurement.
  if (verdict.outcome === 'accessible') return [];
  return [
    ...siblingPairs(c, hop, world),
    ...familyPair(c, hop, world),
    ...betweenPair(c, hop, world),
    ...afterPausePair(c, hop, world),
  ];
}
