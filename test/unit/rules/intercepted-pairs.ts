/** An intercepted site and the pairs that show what its interceptor reacts to. */
import type { CounterfactualKind, TriggerMap } from '../../../shared/model/index.ts';
import { triggerMapOf } from '../../../shared/rules/trigger.ts';
import { draft, type Draft, type GoldenDocument, type TlsSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';

export const UNTRUSTED = 'ssl_unknown_authority';
export const SILENCE = 'generic_timeout_error';
export const FORGED = { failure: UNTRUSTED, chain: chains.unknown(HOST) } as const;
export const FORGED_INNOCUOUS = {
  failure: UNTRUSTED,
  chain: chains.unknown('example.com'),
  sni: 'example.com',
};
export const FORGED_MIRROR = { failure: UNTRUSTED, chain: chains.unknown(MIRROR), sni: MIRROR };
/** What the site shows to a name that is not its own. */
export const OTHER_NAME = { failure: 'ssl_invalid_hostname', chain: SITE_CHAIN, sni: 'example.com' };
export const MIRRORS = { chain: MIRROR_CHAIN, sni: MIRROR };
export const GENUINE = { chain: SITE_CHAIN };
export const V6 = '3ffe:ffff::10';

export type Says = TlsSays;

export const ownNames = (kind: CounterfactualKind) => ({ kind, suspect: HOST, innocuous: HOST });
export const step =
  (d: Draft, says: Says, address = IP, port = 443) =>
  () => {
    d.tcp(address, port);
    d.tls(says);
  };
export const again = (d: Draft, says: readonly Says[]): string =>
  d.pair(ownNames('tls.chain_again'), ...says.map((s) => step(d, s)));
export const noName = (d: Draft, says: Says): string =>
  d.pair(ownNames('tls.chain_without_name'), step(d, { ...says, sni: '' }));
export function innocuousHere(d: Draft, says: Says, target: Says = FORGED): string {
  const other = tlsStep(d, 'site', says);
  return d.pair(AT_SITE('tls.chain_at_address'), other, tlsStep(d, 'site', target), other);
}
export function atReflector(
  d: Draft,
  innocuous: Says,
  target: Says,
  kind: CounterfactualKind = 'tls.chain_at_reflector',
) {
  const own = tlsStep(d, 'reflector', innocuous);
  return d.pair(AT_MIRROR(kind), own, tlsStep(d, 'reflector', { sni: HOST, ...target }), own);
}

/** A site whose own chain was `first`, with the pairs that follow, and a control that gets the true one. */
export function met(
  then: (d: Draft) => void,
  first: Says = FORGED,
  addresses: readonly string[] = [IP],
): Draft {
  const d = draft(HTTPS_URL);
  names(d, addresses);
  d.tcp(IP, 443);
  d.tls(first);
  then(d);
  d.control({ ...CONTROL_GETS_ALL, addresses });
  return d;
}

export function mapOf(d: Draft | GoldenDocument): TriggerMap {
  const { case: c } = judged('document' in d ? d.document() : d);
  return triggerMapOf(c, c.hops[0]!);
}
export const answer = (map: TriggerMap, question: string) => map.answers.find((a) => a.question === question);

export const four = (says: Says): readonly Says[] => [says, says, says, says];
export const always = (d: Draft): string => again(d, four(FORGED));
