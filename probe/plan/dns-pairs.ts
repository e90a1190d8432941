/** The resolver fails, denies, or gives addresses that nobody else gives. */
import type { DnsObservation } from '../../shared/model/index.ts';
import {
  canonicalAddress,
  controlDenial,
  deviceAddresses,
  secondDenial,
  servesName,
  truthfulAddresses,
  usedByDevice,
  type Case,
  type Hop,
} from '../../shared/rules/index.ts';
import {
  alternate,
  INNOCUOUS_NAME,
  madeBefore,
  suspicionOf,
  type PlannedPair,
  type PlannedStep,
  type PlanWorld,
} from './pair.ts';

/** Addresses of one answer at which a reflector's name is tried. */
const MAX_ADDRESSES_TRIED = 4;

const question = (name: string, type: 'A' | 'AAAA', encrypted = false): PlannedStep => ({
  protocol: 'dns',
  name,
  type,
  encrypted,
});

/** The record type to ask for: A, unless only AAAA is known of the name. */
function typeFor(addresses: Iterable<string>): 'A' | 'AAAA' {
  const all = [...addresses];
  return all.length > 0 && all.every((a) => a.includes(':')) ? 'AAAA' : 'A';
}

function atResolver(
  kind: 'dns.name_at_resolver' | 'dns.uncached_at_resolver',
  hop: Hop,
  world: PlanWorld,
  by: DnsObservation | undefined,
  steps: readonly PlannedStep[],
): readonly PlannedPair[] {
  if (madeBefore(world, kind, hop.host) > 0) return [];
  return [
    {
      kind,
      where: 'same_address',
      reflector: null,
      place: null,
      innocuous: innocuousName(world),
      suspect: hop.host,
      steps,
      order: 'in_turn',
      ...suspicionOf(by),
    },
  ];
}

const innocuousName = (world: PlanWorld): string => world.places[0]?.reflector.name ?? INNOCUOUS_NAME;

/** Given addresses are nobody's that anybody else knows, and none of them serves the name. */
function allStrange(c: Case, hop: Hop): boolean {
  const truth = truthfulAddresses(c, hop);
  const given = [...(deviceAddresses(hop) ?? [])];
  return given.length > 0 && given.every((a) => !truth.has(a) && !servesName(c, hop, a));
}

/** Does the resolver fail, or send to the same place, for everything, or for this name? */
export function nameAtResolver(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const used = usedByDevice(hop);
  const denied = used.length > 0 && used.every((o) => o.addresses.length === 0 && o.failure !== null);
  if (!denied && !allStrange(c, hop)) return [];
  const innocuous = question(innocuousName(world), typeFor(world.places[0]?.reflector.addresses ?? []));
  const suspect = question(hop.host, typeFor(truthfulAddresses(c, hop)));
  return atResolver('dns.name_at_resolver', hop, world, used[0], alternate(innocuous, suspect));
}

/** Addresses that only the device's own resolution gave and that showed no chain of the name: made up, or stale? */
function uncachedAtResolver(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const given = [...(deviceAddresses(hop) ?? [])];
  if (!world.hasSecondOpinion || given.length === 0) return [];
  const strange = allStrange(c, hop);
  const asked = hop.dns.some((o) => o.path === 'second') || c.control !== null;
  if (!strange || !asked) return [];
  const below = (name: string): string => `${world.label()}.${name}`;
  const type = typeFor(given);
  const made = below(hop.host);
  const steps = [
    question(below(innocuousName(world)), type),
    question(made, type),
    question(below(innocuousName(world)), type),
    question(made, type, true),
  ];
  return atResolver('dns.uncached_at_resolver', hop, world, usedByDevice(hop)[0], steps);
}

/** A transparent proxy relays our reflector's name too, which no CDN does; also where the page looked as it should. */
function reflectorAtAddress(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const reflector = world.places[0]?.reflector;
  if (reflector === undefined || madeBefore(world, 'dns.reflector_at_address', hop.host) > 0) return [];
  const truth = truthfulAddresses(c, hop);
  // Without anybody else's word, a denial included, no address is strange.
  const word = truth.size > 0 || controlDenial(c, hop).length > 0 || secondDenial(hop).length > 0;
  const device = word ? (deviceAddresses(hop) ?? new Set<string>()) : new Set<string>();
  const own = new Set(reflector.addresses.map(canonicalAddress));
  const strange = [...device].filter((a) => !truth.has(a) && !own.has(a));
  const reached = hop.tcp.filter((o) => o.failure === null && strange.includes(canonicalAddress(o.address)));
  const byAddress = new Map(reached.map((o) => [canonicalAddress(o.address), o]));
  return [...byAddress.values()].slice(0, MAX_ADDRESSES_TRIED).map((o): PlannedPair => {
    const endpoint = { address: o.address, port: o.port };
    const { name } = reflector;
    const step: PlannedStep = hop.encrypted
      ? { protocol: 'tls', name, endpoint, validFor: name, split: false }
      : { protocol: 'http', name, endpoint, path: '/', split: false, download: false };
    return {
      kind: 'dns.reflector_at_address',
      where: 'same_address',
      reflector,
      place: null,
      innocuous: name,
      suspect: hop.host,
      steps: [step],
      order: 'in_turn',
      ...suspicionOf(usedByDevice(hop)[0] ?? o),
    };
  });
}

/** `settled`: the page is here; only the address is looked at once more. */
export function dnsPairs(c: Case, hop: Hop, settled: boolean, world: PlanWorld): readonly PlannedPair[] {
  if (hop.dns.length === 0) return [];
  const atAddress = reflectorAtAddress(c, hop, world);
  if (settled) return atAddress;
  return [...nameAtResolver(c, hop, world), ...uncachedAtResolver(c, hop, world), ...atAddress];
}
