/** What the pairs made at the device's resolver say of it; their steps are told in decision record 008. */
import type { DnsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop, type Pair } from './case.ts';
import { deniesName } from './dns-facts.ts';
import { servesName, truthfulAddresses, usedByDevice } from './predicates.ts';

const below = (name: string, zone: string): boolean => zone !== '' && name.endsWith(`.${zone.toLowerCase()}`);
const made = (p: Pair<DnsObservation>): readonly DnsObservation[] => p.steps.flatMap((o) => o ?? []);
export const stepsOf = (pairs: readonly Pair<DnsObservation>[]): readonly DnsObservation[] =>
  pairs.flatMap(made);
export const idsOf = (pairs: readonly { readonly record: { readonly id: string } }[]): readonly string[] =>
  pairs.map((p) => p.record.id);

const answered = (o: DnsObservation): boolean => o.addresses.length > 0;

export interface NamePairs {
  /** The innocuous name was answered before and after. */
  readonly sound: readonly Pair<DnsObservation>[];
  /** Neither it nor the target was: the resolver fails for everything. */
  readonly broken: readonly Pair<DnsObservation>[];
  /** It was answered once and once not: a line that flaps. */
  readonly flapping: readonly Pair<DnsObservation>[];
}

/** `dns.name_at_resolver` of the hop's name, finished ones only, by what became of the innocuous name. */
export function namePairs(c: Case, hop: Hop): NamePairs {
  const finished = c.dnsPairs.filter(
    ({ record, before, suspect, after }) =>
      record.kind === 'dns.name_at_resolver' &&
      suspect?.hostname === hop.host &&
      before !== null &&
      after !== null &&
      before.hostname === after.hostname &&
      before.hostname !== hop.host &&
      [before, suspect, after].every((o) => o.path === 'wire'),
  );
  const answers = (p: Pair<DnsObservation>): number => [p.before!, p.after!].filter(answered).length;
  return {
    sound: finished.filter((p) => answers(p) === 2),
    broken: finished.filter((p) => answers(p) === 0 && !answered(p.suspect!)),
    flapping: finished.filter((p) => answers(p) === 1),
  };
}

/**
 * The innocuous name, which exists, led before and after to the very addresses that the target was given, and nobody
 * honest knows the target there: the resolver sends everybody to them, whatever is asked for.
 */
export function sendsEveryNameThere(c: Case, hop: Hop): readonly Pair<DnsObservation>[] {
  const given = new Set(usedByDevice(hop).flatMap((o) => o.addresses.map(canonicalAddress)));
  const truth = truthfulAddresses(c, hop);
  if ([...given].some((a) => truth.has(a) || servesName(c, hop, a))) return [];
  return namePairs(c, hop).sound.filter(({ before, after }) =>
    [...before!.addresses, ...after!.addresses].every((a) => given.has(canonicalAddress(a))),
  );
}

export interface UncachedPair {
  readonly pair: Pair<DnsObservation>;
  /** The random names under the innocuous one were denied, as they must be. */
  readonly honestAboutInnocuous: boolean;
  /** They got addresses: a resolver that answers for every name. */
  readonly inventsEverything: boolean;
  /** The random name under the target got these. */
  readonly invented: readonly string[];
  /** It was denied: what the resolver says of the target itself it has from somewhere. */
  readonly deniesBelow: boolean;
  /** The second opinion denies a random name under the target. */
  readonly secondDenies: boolean;
}

/** `dns.uncached_at_resolver` of the hop's name. */
export function uncachedPairs(c: Case, hop: Hop): readonly UncachedPair[] {
  return c.dnsPairs.flatMap((pair): UncachedPair[] => {
    const { record, before, suspect, after } = pair;
    const second = pair.steps[3] ?? null;
    if (record.kind !== 'dns.uncached_at_resolver' || before === null || suspect === null || after === null)
      return [];
    const innocuous = [before, after];
    const places = new Set([before, suspect, after].map((o) => o.resolver ?? ''));
    const named =
      innocuous.every((o) => below(o.hostname, record.innocuous) && !below(o.hostname, hop.host)) &&
      below(suspect.hostname, hop.host) &&
      (second === null || below(second.hostname, hop.host));
    const asked = [before, suspect, after].every((o) => o.path === 'wire') && places.size === 1;
    if (!named || !asked || (second !== null && second.path !== 'second')) return [];
    return [
      {
        pair,
        honestAboutInnocuous: innocuous.every(deniesName),
        inventsEverything: innocuous.some(answered),
        invented: suspect.addresses,
        deniesBelow: deniesName(suspect),
        secondDenies: deniesName(second),
      },
    ];
  });
}
