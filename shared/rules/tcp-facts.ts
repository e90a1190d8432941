/** Which connects failed, whose addresses those were, and what pairs say: what the rules about TCP have in common. */
import type { TcpObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop, type Pair } from './case.ts';
import { canonicalEquals, endingOf, responseOf, truthfulAddresses } from './predicates.ts';

/** Tries of one address before its failure counts; documents of other probes have but one. */
const TRIES = 2;

export const samePlace = (a: TcpObservation, b: TcpObservation): boolean =>
  a.port === b.port && canonicalAddress(a.address) === canonicalAddress(b.address);

/** Every address of the hop was tried and none answered, not even once, a second attempt and pairs included. */
export function allFailed(c: Case, hop: Hop): boolean {
  if (hop.tcp.length === 0 || responseOf(hop) !== null) return false;
  // What connected before and fails after is being punished, or a line that flaps: no matter of the address.
  return !c.observations.some(
    (o) =>
      o.kind === 'tcp' &&
      o.vantage === 'probe' &&
      o.failure === null &&
      hop.tcp.some((own) => samePlace(own, o)),
  );
}

export const isV6 = (o: TcpObservation): boolean => o.address.includes(':');

/** Failures of addresses that are the site's by the word of somebody honest; a forged address proves nothing. */
export function failuresAtTrueAddresses(c: Case, hop: Hop): readonly TcpObservation[] {
  const truth = truthfulAddresses(c, hop);
  return hop.tcp.filter((o) => o.failure !== null && (truth.size === 0 || canonicalEquals(truth, o.address)));
}

/** The failure that says most: one family being unreachable says less than silence of the other. */
export function telling(failures: readonly TcpObservation[]): TcpObservation | undefined {
  return failures.find((o) => endingOf(o.failure) !== 'unreachable') ?? failures[0];
}

/** Some address was tried again and failed again; a connect that was made once may have lost its packets. */
export function repeated(c: Case, failures: readonly TcpObservation[]): boolean {
  return !c.ours || failures.some((o) => failures.filter((other) => samePlace(o, other)).length >= TRIES);
}

/** Connects to our own server before and after one more to the silent address; `between`: that one. */
function betweenPairs(c: Case, hop: Hop): readonly Pair<TcpObservation>[] {
  return c.tcpPairs.filter(
    ({ record }) => record.kind === 'tcp.between_reflector' && record.suspect === hop.host,
  );
}

/** Our own server, which nobody has a reason to cut off, didn't answer either: a dead line, or one that is being punished. */
export function ownServerDied(c: Case, hop: Hop): boolean {
  return betweenPairs(c, hop).some(({ before, after, residual }) =>
    [before, after, ...residual].some((o) => o !== null && o.failure !== null),
  );
}

/**
 * Pairs in which our own server answered before and after, over the same family, and the place of `site` failed in between
 * as it did before. Empty where any pair about it says otherwise.
 */
export function failedBetween(c: Case, hop: Hop, site: TcpObservation): readonly Pair<TcpObservation>[] {
  const about = betweenPairs(c, hop).filter(({ suspect }) => suspect !== null && samePlace(suspect, site));
  const holds = about.every(
    ({ before, suspect, after, residual }) =>
      before?.failure === null &&
      after?.failure === null &&
      residual.length === 0 &&
      isV6(before) === isV6(site) &&
      isV6(after) === isV6(site) &&
      endingOf(suspect?.failure ?? null) === endingOf(site.failure),
  );
  return holds ? about : [];
}
