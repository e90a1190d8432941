/**
 * A target's name said to its own address again and again: an interceptor on one of several paths, or of one connection in
 * five, is missed by a single look.
 */
import { canonicalAddress } from './address.ts';
import type { TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { keyWasProven } from './known-authority.ts';

/** A handshake that went far enough for its chain to be its server's own; a dead one is no answer. */
export const endedInChain = (o: TlsObservation | null): o is TlsObservation =>
  o !== null && o.chain.length > 0 && keyWasProven(o);

export const samePlace = (
  a: Pick<TlsObservation, 'address' | 'port'>,
  b: Pick<TlsObservation, 'address' | 'port'>,
): boolean => a.port === b.port && canonicalAddress(a.address) === canonicalAddress(b.address);

/** The further handshakes that ended in a chain, where the hop's own were made. */
export function againHandshakes(c: Case, hop: Hop): readonly TlsObservation[] {
  return c.tlsPairs
    .filter(({ record }) => record.kind === 'tls.chain_again' && record.suspect === hop.host)
    .flatMap(({ steps }) => steps.filter(endedInChain))
    .filter((o) => hop.tls.some((own) => samePlace(own, o)));
}

/**
 * Of those, what an authority outside the roots signed. A certificate that signed itself is what a machine shows that nobody
 * set up, one of many behind a load balancer; where others of them are in order it is no sign of anybody in between. A chain
 * that was not read or checked to its end is no sign either.
 */
export function strangeAgain(c: Case, hop: Hop): readonly TlsObservation[] {
  return againHandshakes(c, hop).filter(
    ({ appraisal }) =>
      appraisal?.unknownAuthority === true && !appraisal.selfSigned && appraisal.unreadable.length === 0,
  );
}
