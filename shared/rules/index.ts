/** The door of the room: all rules, in the order in which they are documented. Order never decides a verdict. */
import { sha256Hex } from '../codec/digest.ts';
import { utf8 } from '../codec/base64.ts';
import { CONTROL_RULES } from './control-refused.ts';
import { DNS_RULES } from './dns.ts';
import { HTTP_RULES } from './http.ts';
import { INTERCEPTION_RULES } from './interception.ts';
import { LOCAL_RULES } from './local.ts';
import { ORIGIN_ANSWER_RULES } from './origin-answers.ts';
import { ORIGIN_DOWN_RULES } from './origin-down.ts';
import { ORIGIN_NAME_RULES } from './origin-name.ts';
import type { Rule } from './rule.ts';
import { TCP_RULES } from './tcp.ts';
import { THROUGHPUT_RULES } from './throughput.ts';
import { TLS_RULES } from './tls.ts';

export const RULES: readonly Rule[] = [
  ...LOCAL_RULES,
  ...DNS_RULES,
  ...TCP_RULES,
  ...TLS_RULES,
  ...INTERCEPTION_RULES,
  ...HTTP_RULES,
  ...THROUGHPUT_RULES,
  ...ORIGIN_NAME_RULES,
  ...ORIGIN_DOWN_RULES,
  ...ORIGIN_ANSWER_RULES,
  ...CONTROL_RULES,
];

/** Ids of earlier rulesets, never used again, with what followed them. Verdicts made with them are still explained. */
export const RETIRED_RULES: Readonly<Record<string, readonly string[]>> = {
  'tls.known_authority': [
    'tls.authority_on_record',
    'tls.signed_by_recorded_key',
    'tls.recorded_name_and_key_id',
  ],
};

/** Raised whenever a predicate or the way of weighing changes what some measurement would be judged. */
export const RULESET_VERSION = '2026-11-22.3';

/** The contract as text: what is hashed into every verdict and shipped in every bundle. */
const RULESET_TEXT = `${JSON.stringify(
  {
    version: RULESET_VERSION,
    rules: RULES.map(({ id, layer, claim, evidence, outcomes, alternatives, standsAlone }) => ({
      id,
      layer,
      claim,
      evidence,
      outcomes,
      alternatives,
      stands_alone: standsAlone === true,
    })),
  },
  null,
  1,
)}\n`;

export const RULESET = {
  version: RULESET_VERSION,
  text: RULESET_TEXT,
  sha256: sha256Hex(utf8(RULESET_TEXT)),
} as const;

export { buildCase, canonicalAddress, controlSource, type Case, type CaseFacts, type Hop } from './case.ts';
export { readFingerprints, type Fingerprints } from './fingerprints.ts';
export { isProof, matchKnownAuthority, type AuthorityMatch } from './known-authority.ts';
export { productNamed, productOf } from './local-product.ts';
export { asnOf, readNetworks, type Networks } from './networks.ts';
export { controlDenial, secondDenial } from './dns-facts.ts';
export { describeInterception } from './interception-detail.ts';
export { looksLikeControls } from './page-difference.ts';
export {
  atControl,
  deviceAddresses,
  endingOf,
  isGenuineReflector,
  isReflectorAnswer,
  responseOf,
  servesName,
  truthfulAddresses,
  usedByDevice,
  type Ending,
} from './predicates.ts';
export { deadHandshakes, innocuousDied } from './tls-facts.ts';
export { strangeAgain } from './chain-again.ts';
export { PAUSE_S } from './tcp-after-pause.ts';
export { canWitness, placesToWitness, WITNESS_REACH_MS, worthAPause } from './tcp-elsewhere.ts';
export { addressesOf, interceptedHandshake } from './trigger.ts';
export type { Finding, Rule } from './rule.ts';
