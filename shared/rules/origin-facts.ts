/** What the rules about the site itself have in common. */
import type { Cause, TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';

/** The chain proves that the hop's host itself is talking. */
export const authenticated = (hop: Hop): readonly TlsObservation[] =>
  hop.tls.filter((o) => o.appraisal?.trusted === true);

/** Documents of other probes often keep no chain: their own verdict on the handshake has to do. */
export const authenticatedLoosely = (c: Case, hop: Hop): readonly TlsObservation[] =>
  c.ours ? authenticated(hop) : hop.tls.filter((o) => o.failure === null);

export const isRedirect = (status: number): boolean => status >= 300 && status < 400;
export const at = (hop: Hop): { host: string; depth: number } => ({ host: hop.host, depth: hop.depth });
export const ORIGIN_LEVEL = 'strong' as const;
/** Redirects that a probe follows; OONI's bound. */
export const MAX_REDIRECTS = 10;

/** Why the site itself turns somebody away, by its answer; null for every other answer. */
export function refusalCause(status: number, challenge: boolean): Cause | null {
  if (challenge) return 'cdn_challenge';
  if (status === 451) return 'origin_451';
  return status === 401 || status === 403 || status === 429 ? 'server_geo_refusal' : null;
}
