/** The resolver gives no address: it denies the name, refuses it, or fails. */
import type { Case, Hop } from './case.ts';
import {
  answeredOnTheWire,
  controlAnswer,
  controlKnows,
  denied,
  DENIALS,
  parentDenies,
  perHop,
  RESOLVER_ALTERNATIVES,
  RESOLVER_FAULTS,
  secondOpinion,
  type Denial,
  type DnsFinding,
} from './dns-facts.ts';
import { idsOf, namePairs, stepsOf } from './dns-pairs.ts';
import { accusesNetwork } from './resolvers.ts';
import type { Rule } from './rule.ts';

/** A denial that stood when it was asked for again, by a resolver that is not broken for every name. */
function standingDenial(c: Case, hop: Hop): Denial | null {
  const { sound, broken } = namePairs(c, hop);
  const undone = sound.some((p) => p.suspect!.addresses.length > 0);
  return undone || broken.length > 0 || parentDenies(c, hop) ? null : denied(hop, DENIALS);
}

/** Control and an honest second resolver both know the name. */
export function deniesKnownName(c: Case, hop: Hop): DnsFinding | null {
  const no = standingDenial(c, hop);
  const [control, second] = [controlKnows(c, hop), secondOpinion(hop)];
  if (no === null || control.length === 0 || second.length === 0) return null;
  const { sound } = namePairs(c, hop);
  return {
    outcome: 'interfered',
    method: no.method,
    evidence: 'strong',
    because: [...no.by, ...stepsOf(sound), ...control, ...second],
    ...(sound.length === 0
      ? {}
      : { counterfactuals: idsOf(sound), repeats: { n: 1 + sound.length, m: 1 + sound.length } }),
  };
}

/** Only one of the two could be asked, or only one knows the name. */
export function deniesHalfKnownName(c: Case, hop: Hop): DnsFinding | null {
  const no = standingDenial(c, hop);
  const [control, second] = [controlKnows(c, hop), secondOpinion(hop)];
  if (no === null || control.length > 0 === second.length > 0) return null;
  const because = [...no.by, ...control, ...second];
  return { outcome: 'suspected', method: no.method, evidence: 'weak', because };
}

/** REFUSED is the resolver's own word, and it has one name that it says it for. */
export function refusesThisName(c: Case, hop: Hop): DnsFinding | null {
  const refused = hop.dns.filter(
    (o) => o.path !== 'second' && !o.late && o.failure === 'dns_refused_error' && o.addresses.length === 0,
  );
  const { sound } = namePairs(c, hop);
  const truth = [...controlAnswer(c, hop), ...secondOpinion(hop)];
  const again = sound.length > 0 && sound.every((p) => p.suspect!.failure === 'dns_refused_error');
  if (refused.length === 0 || !again || truth.length === 0 || denied(hop, RESOLVER_FAULTS) === null)
    return null;
  return {
    outcome: 'interfered',
    method: 'dns.refused',
    evidence: 'strong',
    because: [...refused, ...stepsOf(sound), ...truth],
    counterfactuals: idsOf(sound),
    repeats: { n: 1 + sound.length, m: 1 + sound.length },
  };
}

/** libc has one word for every fault of a resolver; on the wire it can be heard which. */
function faultOf(hop: Hop): Denial | null {
  const no = denied(hop, RESOLVER_FAULTS);
  const heard = hop.dns.find(
    (o) => o.path === 'wire' && !o.late && o.failure !== null && Object.hasOwn(RESOLVER_FAULTS, o.failure),
  );
  const vague = no?.by.every((o) => o.failure === 'dns_temporary_failure') === true;
  return no === null || !vague || heard?.failure == null
    ? no
    : { method: RESOLVER_FAULTS[heard.failure]!, by: [...no.by, heard] };
}

function failsForName(c: Case, hop: Hop): DnsFinding | null {
  const no = faultOf(hop);
  const truth = [...controlAnswer(c, hop), ...secondOpinion(hop)];
  const { sound, broken, flapping } = namePairs(c, hop);
  const undone = sound.some((p) => p.suspect!.addresses.length > 0);
  if (no === null || truth.length === 0 || answeredOnTheWire(c, hop)) return null;
  if (undone || broken.length > 0 || flapping.length > 0) return null;
  return {
    outcome: 'suspected',
    method: no.method,
    evidence: 'weak',
    because: [...no.by, ...stepsOf(sound), ...truth],
    ...(sound.length === 0 ? {} : { counterfactuals: idsOf(sound) }),
  };
}

export const DNS_DENIAL_RULES: readonly Rule[] = [
  {
    id: 'dns.name_denied',
    layer: 'dns',
    claim: 'The resolver denies a name that the control and an honest second resolver both resolve.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['name_changed_within_minutes', ...RESOLVER_ALTERNATIVES],
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? deniesKnownName(c, hop) : null)),
  },
  {
    id: 'dns.name_denied_unpaired',
    layer: 'dns',
    claim: 'The resolver denies a name that one other vantage resolves.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['name_changed_within_minutes', 'domain_suspended_but_cached', ...RESOLVER_ALTERNATIVES],
    fires: (c) => perHop(c, (hop) => deniesHalfKnownName(c, hop)),
  },
  {
    id: 'dns.refused_for_name',
    layer: 'dns',
    claim:
      'The resolver refuses to answer for one name, twice, and answers for an innocuous one before and after; others resolve it.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: RESOLVER_ALTERNATIVES,
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? refusesThisName(c, hop) : null)),
  },
  {
    id: 'dns.resolver_fails',
    layer: 'dns',
    claim: 'The resolver fails for a name that others resolve.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['site_drops_this_resolver', 'resolver_broken', 'transient_failure'],
    fires: (c) => perHop(c, (hop) => failsForName(c, hop)),
  },
];
