/** Addresses that are proven to be made up, by names that nobody can have cached and servers that nobody else can be. */
import type { HttpObservation, Observation, TlsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import {
  controlAnswer,
  controlDenial,
  parentDenies,
  perHop,
  RESOLVER_ALTERNATIVES,
  secondDenial,
  secondOpinion,
  wasThereBefore,
  type DnsFinding,
} from './dns-facts.ts';
import { givesOtherAddresses } from './dns-answers.ts';
import { idsOf, stepsOf, uncachedPairs } from './dns-pairs.ts';
import {
  atDeviceAddress,
  canonicalEquals,
  deviceAddresses,
  headerOf,
  isGenuineReflector,
  isReflectorAnswer,
  responseOf,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import { accusesNetwork } from './resolvers.ts';
import type { Rule } from './rule.ts';

const WRONG = { outcome: 'interfered', method: 'dns.wrong_address' } as const;

/** A random name below the target gets an address, one below an innocuous name gets none: the whole name is made up. */
export function inventsBelowName(c: Case, hop: Hop): DnsFinding | null {
  const other = givesOtherAddresses(c, hop);
  const given = usedByDevice(hop).flatMap((o) => o.addresses);
  const pairs = uncachedPairs(c, hop);
  // Servers that were the zone's until lately still answer for everything below it.
  if (other === null || pairs.length === 0 || wasThereBefore(c, given)) return null;
  const madeUp = pairs.every(
    (p) =>
      p.honestAboutInnocuous &&
      p.invented.length > 0 &&
      // Where the second opinion has an address too, the zone itself answers for everything below it: perhaps by country.
      p.secondDenies,
  );
  if (!madeUp) return null;
  const because = [...other.because, ...stepsOf(pairs.map((p) => p.pair))];
  return { ...WRONG, evidence: 'strong', because, counterfactuals: idsOf(pairs.map((p) => p.pair)) };
}

interface Relayed {
  readonly id: string;
  readonly seen: TlsObservation | HttpObservation;
  readonly address: string;
}

/** Addresses at which a reflector's own certificate or mark was found, though no reflector is there. */
function relayed(c: Case): readonly Relayed[] {
  const own = new Set(c.reflectorNotes.flatMap((r) => r.addresses.map(canonicalAddress)));
  const known = (name: string | null): boolean => c.reflectors.some((r) => r.name === name);
  const overTls = c.tlsPairs.flatMap(({ record, suspect: o }) =>
    record.kind === 'dns.reflector_at_address' &&
    o?.serverName != null &&
    known(o.serverName) &&
    isGenuineReflector(c, o.serverName, o)
      ? [{ id: record.id, seen: o, address: o.address }]
      : [],
  );
  const plain = c.httpPairs.flatMap(({ record, suspect: o }) =>
    record.kind === 'dns.reflector_at_address' &&
    o?.address != null &&
    !o.encrypted &&
    known(o.host) &&
    isReflectorAnswer(o, o.host) &&
    // A cache that the operator puts before everybody's port 80 says so, and relays everything everywhere.
    headerOf(o, 'via') === null
      ? [{ id: record.id, seen: o, address: o.address }]
      : [],
  );
  return [...overTls, ...plain].filter((r) => !own.has(canonicalAddress(r.address)));
}

/** The address that the resolver gave relays to our reflector: a proxy for everybody's names, no server of the site. */
export function givesProxy(c: Case, hop: Hop): DnsFinding | null {
  const [given, truth] = [deviceAddresses(hop), truthfulAddresses(c, hop)];
  const found = relayed(c);
  if (given === null || truth.size === 0) return null;
  // At the site's true address too: something on the path relays all names, and the resolver has no part in it.
  if (found.some((r) => canonicalEquals(truth, r.address))) return null;
  const here = found.filter((r) => canonicalEquals(given, r.address));
  if (here.length === 0) return null;
  const asked = usedByDevice(hop).filter((o) => o.addresses.length > 0);
  const because: Observation[] = [...asked, ...here.map((r) => r.seen)];
  return {
    ...WRONG,
    evidence: 'confirmed',
    because: [...because, ...controlAnswer(c, hop), ...secondOpinion(hop)],
    counterfactuals: here.map((r) => r.id),
  };
}

/** Whoever answered there answers the reflector's name with the very same page: it is no site's own server. */
export function samePageForReflector(c: Case, page: HttpObservation): readonly HttpObservation[] {
  return c.httpPairs.flatMap(({ record, suspect: o }) =>
    record.kind === 'dns.reflector_at_address' &&
    o?.address != null &&
    o.host !== page.host &&
    canonicalAddress(o.address) === canonicalAddress(page.address ?? '') &&
    o.status === page.status &&
    o.bodySha256 !== null &&
    o.bodySha256 === page.bodySha256
      ? [o]
      : [],
  );
}

/** A name that its own parent zone denies has an address here, and somebody answers there in its name. */
export function answersForNobody(c: Case, hop: Hop): DnsFinding | null {
  const given = usedByDevice(hop).filter((o) => o.addresses.length > 0);
  const [second, control, page] = [secondDenial(hop), controlDenial(c, hop), responseOf(hop)];
  if (given.length === 0 || second.length === 0 || control.length === 0 || !parentDenies(c, hop)) return null;
  if (secondOpinion(hop).length > 0 || hop.encrypted || page === null) return null;
  if (!atDeviceAddress(hop, page.address)) return null;
  if (
    wasThereBefore(
      c,
      given.flatMap((o) => o.addresses),
    )
  )
    return null;
  const pairs = uncachedPairs(c, hop);
  if (pairs.length === 0 || !pairs.every((p) => p.honestAboutInnocuous)) return null;
  const same = samePageForReflector(c, page);
  if (same.length === 0 && !pairs.every((p) => p.invented.length > 0)) return null;
  const steps = stepsOf(pairs.map((p) => p.pair));
  return {
    ...WRONG,
    evidence: 'strong',
    because: [...given, ...second, ...control, page, ...steps, ...same],
    counterfactuals: [
      ...idsOf(pairs.map((p) => p.pair)),
      ...same.flatMap((o) => (o.counterfactual === null ? [] : [o.counterfactual])),
    ],
  };
}

export const DNS_MADE_UP_RULES: readonly Rule[] = [
  {
    id: 'dns.invents_below_name',
    layer: 'dns',
    claim:
      'The resolver gives addresses for random names below the target that nobody else knows, and none below an innocuous name: its answers for the target are made up, not old.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['site_moved_recently', ...RESOLVER_ALTERNATIVES],
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? inventsBelowName(c, hop) : null)),
  },
  {
    id: 'dns.reflector_at_address',
    layer: 'dns',
    claim:
      'The address that the resolver gave, and nobody else, also answers in the name of our reflector: a proxy stands there, which no server of the site is.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: RESOLVER_ALTERNATIVES,
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? givesProxy(c, hop) : null)),
  },
  {
    id: 'dns.ghost_name',
    layer: 'dns',
    claim:
      'The resolver gives an address for a name that does not exist by the word of its own zone, and a page that is no site’s own answers there.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['domain_suspended_but_cached', ...RESOLVER_ALTERNATIVES],
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? answersForNobody(c, hop) : null)),
  },
];
