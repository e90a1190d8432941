/** The same wrong answers, given by a resolver that is not the network's. */
import type { TcpObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import { givesBogon, givesOtherAddresses, givesUncheckedBogon } from './dns-answers.ts';
import { givesBlockPage } from './dns-blockpage.ts';
import { deniesHalfKnownName, deniesKnownName, refusesThisName } from './dns-denials.ts';
import { allProvenWrong, perHop, type DnsFinding } from './dns-facts.ts';
import { answersForNobody, givesProxy, inventsBelowName, samePageForReflector } from './dns-made-up.ts';
import { idsOf, namePairs, sendsEveryNameThere, stepsOf } from './dns-pairs.ts';
import { atControl, atDeviceAddress, endingOf, responseOf, usedByDevice } from './predicates.ts';
import { resolverRole, saysItFilters } from './resolvers.ts';
import type { Rule } from './rule.ts';

/** What would accuse the network if the resolver were its own, strongest first. */
const ACCUSATIONS = [
  givesBlockPage,
  givesBogon,
  givesProxy,
  deniesKnownName,
  refusesThisName,
  inventsBelowName,
  answersForNobody,
] as const;

const accusation = (c: Case, hop: Hop): DnsFinding | null =>
  ACCUSATIONS.map((check) => check(c, hop)).find((found) => found !== null) ?? null;

/** Control and device met the same dead end at every address that was given: no edge of a CDN that works for others. */
function deadForControlToo(c: Case, hop: Hop): boolean {
  const given = usedByDevice(hop).flatMap((o) => o.addresses.map(canonicalAddress));
  return (
    given.length > 0 &&
    given.every((address) => {
      const tried = hop.tcp.filter((o) => canonicalAddress(o.address) === address);
      return tried.length > 0 && tried.every((o) => sameDeadEnd(o, atControl(c.control?.tcp, o)));
    })
  );
}
const sameDeadEnd = (o: TcpObservation, control: TcpObservation | undefined): boolean =>
  o.failure !== null && control !== undefined && endingOf(control.failure) === endingOf(o.failure);

/** The page from there is everybody's: our reflector's name gets it as well. */
function noticeForEverybody(c: Case, hop: Hop): boolean {
  const page = responseOf(hop);
  if (hop.encrypted || page === null || !atDeviceAddress(hop, page.address)) return false;
  return samePageForReflector(c, page).length > 0;
}

/** A denial or an address that can't be true needs no second witness to be a filter's; other addresses may be a CDN's. */
function filtered(c: Case, hop: Hop): DnsFinding | null {
  const plain = accusation(c, hop) ?? deniesHalfKnownName(c, hop) ?? givesUncheckedBogon(c, hop);
  if (plain !== null) return plain;
  const notTheSites =
    allProvenWrong(c, hop) ||
    saysItFilters(hop).length > 0 ||
    deadForControlToo(c, hop) ||
    noticeForEverybody(c, hop);
  return notTheSites ? givesOtherAddresses(c, hop) : null;
}

export const DNS_RESOLVER_RULES: readonly Rule[] = [
  {
    id: 'local.resolver_filter',
    layer: 'dns',
    claim:
      'The resolver that denies the name or answers wrongly is not the network’s, and it is one that filters: by its own word, by what is known of it, or as somebody’s own choice.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      perHop(c, (hop) => {
        const found = resolverRole(c, hop) === 'filter' ? filtered(c, hop) : null;
        if (found === null) return null;
        const because = [...found.because, ...saysItFilters(hop)];
        return { outcome: 'local', cause: 'resolver_filter', evidence: 'strong', because };
      }),
  },
  {
    id: 'dns.foreign_resolver',
    layer: 'dns',
    claim:
      'A resolver that is not this network’s, or says that it filters, denies the name or answers wrongly: it, or somebody on the way to it.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['resolver_filter_chosen_by_user', 'resolver_follows_another_law'],
    fires: (c) =>
      perHop(c, (hop) => {
        const found = resolverRole(c, hop) === 'foreign' ? accusation(c, hop) : null;
        return found === null ? null : { ...found, outcome: 'suspected', evidence: 'weak' };
      }),
  },
  {
    id: 'local.every_name_elsewhere',
    layer: 'dns',
    claim:
      'The resolver sends our own server’s name to the same addresses as the target, before and after: it does so with every name, as before a log-in or without balance.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: ['everything_redirected_by_operator'],
    fires: (c) =>
      perHop(c, (hop) => {
        const pairs = sendsEveryNameThere(c, hop);
        if (pairs.length === 0) return null;
        // A mobile line has no log-in page.
        const cause = c.network.networkType === 'mobile' ? 'subscriber_cut' : 'captive_portal';
        const because = [...usedByDevice(hop), ...stepsOf(pairs)];
        return { outcome: 'local', cause, evidence: 'strong', because, counterfactuals: idsOf(pairs) };
      }),
  },
  {
    id: 'local.resolver_broken',
    layer: 'dns',
    claim: 'The resolver answers for no name, not even for an innocuous one before and after.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      perHop(c, (hop) => {
        const { broken } = namePairs(c, hop);
        // It answered for something in the same minutes: then it is choosy, not broken.
        const works = c.observations.some(
          (o) => o.kind === 'dns' && o.vantage === 'probe' && o.path !== 'second' && o.addresses.length > 0,
        );
        if (broken.length === 0 || works) return null;
        return {
          outcome: 'local',
          cause: 'resolver_broken',
          evidence: 'strong',
          because: stepsOf(broken),
          counterfactuals: broken.map((p) => p.record.id),
        };
      }),
  },
];
