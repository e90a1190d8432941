/**
 * What the authenticated origin itself says to the request that was suspicious over plain HTTP. The same answer, and it is
 * the origin's own; another one proves nothing, since sites show other pages over TLS.
 */
import type { HttpObservation, Observation, TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { isChallenge } from './control-refused.ts';
import { at, isRedirect, ORIGIN_LEVEL, refusalCause } from './origin-facts.ts';
import { atDeviceAddress, headerOf } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import { isHeldBack } from './throughput.ts';

interface OriginsWord {
  readonly plain: HttpObservation;
  readonly secure: HttpObservation;
  readonly chain: TlsObservation;
}

function sameAnswer(plain: HttpObservation, secure: HttpObservation): boolean {
  if (plain.failure !== null || plain.status === null || plain.status !== secure.status) return false;
  if (isRedirect(plain.status)) {
    const location = headerOf(plain, 'location');
    return location !== null && location === headerOf(secure, 'location');
  }
  if (plain.bodySha256 !== null && plain.bodySha256 === secure.bodySha256) return (plain.bodyLength ?? 0) > 0;
  return plain.title !== null && plain.title !== '' && plain.title === secure.title;
}

/** Null unless the origin, proven by its chain, gave this hop's very answer. */
export function originsWord(c: Case, hop: Hop): OriginsWord | null {
  if (hop.encrypted) return null;
  for (const { record, suspect: secure } of c.httpPairs) {
    if (record.kind !== 'http.over_tls' || secure?.host !== hop.host || !secure.encrypted) continue;
    const url = new URL(secure.url);
    if (url.pathname + url.search !== hop.url.pathname + hop.url.search || secure.failure !== null) continue;
    const chain = c.tlsPairs.find((p) => p.record.id === record.id)?.suspect;
    if (chain?.appraisal?.trusted !== true || chain.serverName !== hop.host) continue;
    const plain = hop.http.find((o) => sameAnswer(o, secure));
    if (plain !== undefined) return { plain, secure, chain };
  }
  return null;
}

export const ORIGIN_OVER_TLS_RULES: readonly Rule[] = [
  {
    id: 'http.origin_says_the_same',
    layer: 'http',
    claim: 'Over TLS the authenticated site gives the very answer that came over plain HTTP: it is its own.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['refused', 'accessible'],
    alternatives: [],
    fires: (c): readonly Finding[] => {
      const hop = c.hops.at(-1);
      const word = hop === undefined ? null : originsWord(c, hop);
      if (hop === undefined || word?.plain.status == null) return [];
      const { plain, secure, chain } = word;
      const control = c.control?.http;
      const because: Observation[] = [plain, secure, chain, ...(control === undefined ? [] : [control])];
      const common = { evidence: ORIGIN_LEVEL, ...at(hop), because };
      const ordinary = plain.status! < 400 && !isRedirect(plain.status!);
      if (ordinary)
        return atDeviceAddress(hop, plain.address) && !isHeldBack(c, hop)
          ? [{ ...common, outcome: 'accessible', layer: null }]
          : [];
      const cause = refusalCause(secure.status!, isChallenge(secure));
      const served = control?.status != null && (control.status < 400 || control.status === 451);
      if (cause === null || !served || (control.status === 451 && cause !== 'origin_451')) return [];
      return [{ ...common, outcome: 'refused', cause, layer: 'http' }];
    },
  },
];
