/** Two replies to one question: the resolver gives one, so somebody on the way gave the other. */
import type { DnsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import {
  controlDenial,
  deniesExistence,
  deniesName,
  perHop,
  secondDenial,
  secondOpinion,
  wasThereBefore,
} from './dns-facts.ts';
import { provenWrong, truthfulAddresses } from './predicates.ts';
import type { Rule } from './rule.ts';

/** For control and second opinion there is no such name, and the diary has not seen it in the last days either. */
const nobodyKnows = (c: Case, hop: Hop, addresses: readonly string[]): boolean =>
  controlDenial(c, hop).length > 0 &&
  secondDenial(hop).length > 0 &&
  secondOpinion(hop).length === 0 &&
  !wasThereBefore(c, addresses);

/**
 * First replies on the wire that were proven wrong, each with a later one to the same query that was right. A question
 * that was repeated on a slow line gets two replies as well, and from a rotating pool two different ones.
 */
export function overtaken(c: Case, hop: Hop): readonly DnsObservation[] {
  const truth = truthfulAddresses(c, hop);
  const right = (o: DnsObservation): boolean => o.addresses.some((a) => truth.has(canonicalAddress(a)));
  const wrong = (o: DnsObservation): boolean =>
    o.addresses.length > 0 ? o.addresses.every((a) => provenWrong(c, hop, a)) : deniesName(o);
  const first = hop.dns.filter((o) => o.path === 'wire' && !o.late);
  const late = hop.dns.filter((o) => o.late);
  if (late.length === 0) return [];
  // Sorted out once: a flood of forged replies is no reason to look at every pair of them.
  const [rightLate, denyingLate] = [late.filter(right), late.filter(deniesExistence)];
  return first.flatMap((a) => {
    const toSame = (o: DnsObservation): boolean =>
      o.transaction === a.transaction && o.queryType === a.queryType;
    // An address for a name that nobody has, and then the resolver's own word that nobody has it.
    const denial =
      a.addresses.length > 0 && nobodyKnows(c, hop, a.addresses) ? denyingLate.find(toSame) : undefined;
    const b = (wrong(a) ? rightLate.find(toSame) : undefined) ?? denial;
    return b === undefined ? [] : [a, b];
  });
}

export const DNS_REPLY_RULES: readonly Rule[] = [
  {
    id: 'dns.two_replies',
    layer: 'dns',
    claim:
      'One query got two different replies, the first wrong and a later one right: somebody on the path answered first.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      perHop(c, (hop) => {
        const pair = overtaken(c, hop);
        return pair.length === 0
          ? null
          : { outcome: 'interfered', method: 'dns.injection', evidence: 'confirmed', because: pair };
      }),
  },
];
