/**
 * How much of anything one document may bring to be judged. Judging is synchronous and compares records with each other,
 * so what is beyond is not judged at all: to leave a part out could turn an innocent document into an accusing one.
 * Honest documents stay far below: ten redirects, eight addresses each, tried twice, and every pair that is ever planned.
 */
import type { FieldProblem } from './measurement.ts';
import { asArray, asObject, type Json } from './read.ts';

/** Records of each list of `test_keys`. A flood of forged replies to honest questions fits in. */
const MAX_JUDGED: Readonly<Record<string, number>> = {
  queries: 1_024,
  x_dns_duplicate_responses: 2_048,
  tcp_connect: 1_024,
  tls_handshakes: 1_024,
  requests: 1_024,
  x_counterfactuals: 128,
  x_reflectors: 64,
};
/** Addresses in the answers of all queries together, those in later replies included. */
const MAX_ANSWERS = 4_096;
/** Different certificates in all handshakes together. */
const MAX_CERTIFICATES = 256;
/** Steps of one pair, and innocuous operations that died beside them. */
export const MAX_PAIR_STEPS = 16;
export const MAX_RESIDUAL_STEPS = 64;
/** Names of sites at one address that a pair can name. */
export const MAX_SIBLINGS = 16;

const sizeOf = (value: unknown): number => asArray(value).length;

function answersOf(keys: Json): number {
  const queries = [...asArray(keys['queries']), ...asArray(keys['x_dns_duplicate_responses'])];
  return queries.reduce<number>((sum, query) => sum + sizeOf(asObject(query)?.['answers']), 0);
}

function certificatesOf(keys: Json): number {
  const seen = new Set<unknown>();
  for (const handshake of asArray(keys['tls_handshakes']))
    for (const certificate of asArray(asObject(handshake)?.['peer_certificates']))
      seen.add(asObject(certificate)?.['data']);
  return seen.size;
}

/** Why `test_keys` are too much to be judged; empty when they are not. */
export function tooMuchToJudge(keys: Json): readonly FieldProblem[] {
  const long = Object.entries(MAX_JUDGED).filter(([list, limit]) => sizeOf(keys[list]) > limit);
  if (long.length > 0)
    return long.map(([list, limit]) => ({ path: `/test_keys/${list}`, message: `more than ${limit} items` }));
  const problem = (list: string, limit: number, what: string): FieldProblem => ({
    path: `/test_keys/${list}`,
    message: `more than ${limit} ${what}`,
  });
  return [
    ...(answersOf(keys) > MAX_ANSWERS ? [problem('queries', MAX_ANSWERS, 'answers')] : []),
    ...(certificatesOf(keys) > MAX_CERTIFICATES
      ? [problem('tls_handshakes', MAX_CERTIFICATES, 'certificates')]
      : []),
  ];
}
