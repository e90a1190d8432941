/** Does the address answer? An outside request is context, never proof: at most `suspected` here. */
import type { TcpObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import {
  atControl,
  canonicalEquals,
  controlReached,
  endingOf,
  methodOf,
  truthfulAddresses,
} from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

/** Every address of the hop was tried and none answered. */
export function allFailed(hop: Hop): boolean {
  return hop.tcp.length > 0 && hop.tcp.every((o) => o.failure !== null);
}

/** Failures of addresses that are the site's by the word of somebody honest; a forged address proves nothing. */
function failuresAtTrueAddresses(c: Case, hop: Hop): readonly TcpObservation[] {
  const truth = truthfulAddresses(c, hop);
  return hop.tcp.filter((o) => o.failure !== null && (truth.size === 0 || canonicalEquals(truth, o.address)));
}

/** The failure that says most: one family being unreachable says less than silence of the other. */
function telling(failures: readonly TcpObservation[]): TcpObservation | undefined {
  return failures.find((o) => endingOf(o.failure) !== 'unreachable') ?? failures[0];
}

export const TCP_RULES: readonly Rule[] = [
  {
    id: 'tcp.control_connects',
    layer: 'tcp',
    claim: 'No address of the site answers here, and the control connected to the same address and port.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['origin_filters_country', 'transient_failure', 'address_shared_with_other_sites'],
    fires: (c: Case): readonly Finding[] =>
      c.hops.flatMap((hop) => {
        if (!allFailed(hop)) return [];
        // A redirect's target is not in the control's list; a page that came from there says that it answers.
        const reached = hop.depth > 0 && controlReached(c, hop) ? c.control?.http : undefined;
        const failures = failuresAtTrueAddresses(c, hop).filter(
          (o) => reached !== undefined || atControl(c.control?.tcp, o)?.failure === null,
        );
        const symptom = telling(failures);
        const method = symptom === undefined ? null : methodOf('tcp', symptom.failure);
        if (symptom === undefined || method === null) return [];
        const control =
          reached === undefined ? failures.flatMap((o) => atControl(c.control?.tcp, o) ?? []) : [reached];
        return [
          {
            outcome: 'suspected',
            layer: 'tcp',
            method,
            evidence: 'weak',
            host: hop.host,
            depth: hop.depth,
            because: [...failures, ...control],
            repeats: { n: failures.length, m: hop.tcp.length },
          },
        ];
      }),
  },
];
