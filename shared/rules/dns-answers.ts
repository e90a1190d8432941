/** The resolver gives an address: one that can't be, one that others don't get, or one for a name that doesn't exist. */
import type { Case, Hop } from './case.ts';
import {
  bogonAnswers,
  bogonOnTheWire,
  controlAnswer,
  controlDenial,
  denialsOnTheWire,
  honestWire,
  isBogonAnswer,
  perHop,
  RESOLVER_ALTERNATIVES,
  secondDenial,
  secondOpinion,
  wireDisagrees,
  type DnsFinding,
} from './dns-facts.ts';
import { sendsEveryNameThere, uncachedPairs } from './dns-pairs.ts';
import { overtaken } from './dns-replies.ts';
import { looksLikeControls } from './page-difference.ts';
import {
  addressClass,
  atDeviceAddress,
  canonicalEquals,
  provenWrong,
  responseOf,
  servesName,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import { accusesNetwork } from './resolvers.ts';
import type { Rule } from './rule.ts';

/** What hosts files send unwanted names to. */
const LEADS_NOWHERE: ReadonlySet<string> = new Set(['loopback', 'unspecified']);

export function givesBogon(c: Case, hop: Hop): DnsFinding | null {
  const bogus = bogonAnswers(c, hop);
  const truth = [...controlAnswer(c, hop), ...secondOpinion(hop)];
  // An answer that somebody slipped in ahead of the resolver's own is not the resolver's: dns.two_replies says so.
  const injected = overtaken(c, hop).length > 0;
  if (bogus.length === 0 || truth.length === 0 || injected || wireDisagrees(c, hop, bogus).length > 0)
    return null;
  if (!bogonOnTheWire(c, hop) || sendsEveryNameThere(c, hop).length > 0) return null;
  return { outcome: 'interfered', method: 'dns.bogon', evidence: 'confirmed', because: [...bogus, ...truth] };
}

export function givesUncheckedBogon(c: Case, hop: Hop): DnsFinding | null {
  const bogus = bogonAnswers(c, hop);
  if (bogus.length === 0 || sendsEveryNameThere(c, hop).length > 0) return null;
  // Where others know the truth, this is for what the resolver itself could not be heard to say.
  const unheard = !bogonOnTheWire(c, hop) && denialsOnTheWire(c, hop).length === 0;
  if (wireDisagrees(c, hop, bogus).length > 0) return null;
  if (truthfulAddresses(c, hop).size > 0 && !unheard) return null;
  return { outcome: 'suspected', method: 'dns.bogon', evidence: 'weak', because: bogus };
}

/** The device's addresses are none of those that honest others get, and none of them serves the site. */
export function givesOtherAddresses(c: Case, hop: Hop): DnsFinding | null {
  const truth = truthfulAddresses(c, hop);
  const used = usedByDevice(hop).filter((o) => o.addresses.length > 0 && !isBogonAnswer(o));
  const given = used.flatMap((o) => o.addresses);
  if (used.length === 0 || truth.size === 0 || given.some((a) => canonicalEquals(truth, a))) return null;
  const serves = given.some((a) => servesName(c, hop, a));
  const answer = responseOf(hop);
  const control = c.control?.http;
  const plainAnswer =
    !hop.encrypted &&
    answer !== null &&
    atDeviceAddress(hop, answer.address) &&
    (control === undefined || looksLikeControls(answer, control));
  if (serves || plainAnswer || honestWire(c, hop, used).length > 0) return null;
  if (sendsEveryNameThere(c, hop).length > 0) return null;
  const because = [...used, ...controlAnswer(c, hop), ...secondOpinion(hop)];
  return { outcome: 'suspected', method: 'dns.wrong_address', evidence: 'weak', because };
}

export const DNS_ANSWER_RULES: readonly Rule[] = [
  {
    id: 'dns.hosts_file',
    layer: 'dns',
    claim: 'The device answers from its own hosts file: the resolver on the wire says otherwise.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      perHop(c, (hop) => {
        const used = usedByDevice(hop).filter((o) => o.path === 'system' && o.addresses.length > 0);
        const wire = honestWire(c, hop, used);
        const wrong = used.length > 0 && used.every((o) => o.addresses.every((a) => provenWrong(c, hop, a)));
        // A resolver that denies the name did not give this device its own address for it.
        const nowhere = used.every((o) => o.addresses.every((a) => LEADS_NOWHERE.has(addressClass(a))));
        const said = wire.length === 0 && nowhere ? denialsOnTheWire(c, hop) : wire;
        return said.length > 0 && wrong
          ? { outcome: 'local', cause: 'hosts_file', evidence: 'strong', because: [...used, ...said] }
          : null;
      }),
  },
  {
    id: 'dns.bogon_answer',
    layer: 'dns',
    claim:
      'The resolver answers with an address that no public name can have; control or a second resolver know another.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: RESOLVER_ALTERNATIVES,
    standsAlone: true,
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? givesBogon(c, hop) : null)),
  },
  {
    id: 'dns.bogon_unchecked',
    layer: 'dns',
    claim:
      'The device is given an address that no public name can have; nobody else could be asked, or not the resolver itself.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['name_is_private_for_everyone', ...RESOLVER_ALTERNATIVES],
    fires: (c) => perHop(c, (hop) => givesUncheckedBogon(c, hop)),
  },
  {
    id: 'dns.name_invented',
    layer: 'dns',
    claim: 'The resolver gives an address for a name that control and second resolver say does not exist.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: [
      'name_changed_within_minutes',
      'domain_suspended_but_cached',
      'resolver_invents_addresses',
    ],
    fires: (c) =>
      perHop(c, (hop) => {
        const given = usedByDevice(hop).filter((o) => o.addresses.length > 0);
        const [second, control] = [secondDenial(hop), controlDenial(c, hop)];
        if (given.length === 0 || second.length === 0 || control.length === 0) return null;
        // It answers for names that nobody has either: a search page for mistyped ones.
        if (uncachedPairs(c, hop).some((p) => p.inventsEverything)) return null;
        const because = [...given, ...second, ...control];
        return { outcome: 'suspected', method: 'dns.wrong_address', evidence: 'weak', because };
      }),
  },
  {
    id: 'dns.answers_differ',
    layer: 'dns',
    claim:
      'The resolver gives other addresses than control and second resolver, and none of them serves the name.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: [
      'site_uses_other_addresses_here',
      'site_moved_recently',
      'resolver_invents_addresses',
      ...RESOLVER_ALTERNATIVES,
    ],
    fires: (c) => perHop(c, (hop) => givesOtherAddresses(c, hop)),
  },
];
