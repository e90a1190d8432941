/** What a verdict says of an interceptor beside its method and authority: who, how forged, what triggers it. */
import type { Cause, Interception, TcpObservation, TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import {
  differentAndTrusted,
  forgedReflectorSteps,
  forgeryOf,
  handshakesFor,
  namesReplacedBy,
  sameAtControl,
  sameAuthority,
  sameMakerAtControl,
  untrusted,
} from './interception-facts.ts';
import { matchKnownAuthority, type AuthorityMatch } from './known-authority.ts';
import { triggerMapOf } from './trigger.ts';

/** Whoever answers for everybody here shows certificates of his own, and intercepts nothing. */
const ANSWERED_BY_A_WALL: ReadonlySet<Cause> = new Set<Cause>(['captive_portal', 'subscriber_cut']);

/** A handshake that ended in an interceptor's chain, and the hop that it tells of. */
interface Met {
  readonly hop: Hop;
  readonly o: TlsObservation;
  readonly match: AuthorityMatch | null;
}

/** Surest first: on record, then a borrowed name, then a stranger. */
function rankOf({ match }: Met): number {
  if (match === null) return 2;
  return match.by === 'imitation' ? 1 : 0;
}

/** As the rules see it: on record, or no root's and replaced at the control's word or at a reflector too. */
function metOn(c: Case, hop: Hop): readonly Met[] {
  const replaced = differentAndTrusted(c, hop).map(([o]) => o);
  const steps = forgedReflectorSteps(c).map(([, o]) => o);
  const own = handshakesFor(c, hop).filter((o) => !sameAtControl(c, o));
  return [...own, ...steps].flatMap((o): Met[] => {
    const match = matchKnownAuthority(o, c.fingerprints.authorities);
    const borrowed = match?.by === 'imitation';
    if (borrowed && sameMakerAtControl(c, o)) return [];
    if (match !== null && (!borrowed || own.includes(o))) return [{ hop, o, match }];
    const alike = replaced.includes(o) || steps.some((step) => untrusted(step) && sameAuthority(o, step));
    const forged = own.includes(o) && untrusted(o) && o.appraisal?.wrongName === false && alike;
    return forged ? [{ hop, o, match: null }] : [];
  });
}

/** The surest; of several the deepest redirect's, then the first by id: never by the order on a list. */
function surest(met: readonly Met[]): Met | null {
  const key = (m: Met): (number | string)[] => [rankOf(m), -m.hop.depth, m.o.id];
  const sorted = [...met].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    const i = x.findIndex((v, at) => v !== y[at]);
    return i < 0 ? 0 : x[i]! < y[i]! ? -1 : 1;
  });
  return sorted[0] ?? null;
}

/** Null without a value. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

function secondsOf(c: Case, hop: Hop, forged: TlsObservation): Interception['seconds'] {
  const handshakes = handshakesFor(c, hop).filter((o) => sameAuthority(o, forged));
  const connects = c.observations.filter(
    (tcp): tcp is TcpObservation =>
      tcp.kind === 'tcp' &&
      tcp.failure === null &&
      handshakes.some((o) => o.transaction !== null && o.transaction === tcp.transaction),
  );
  const times = (list: readonly (TcpObservation | TlsObservation)[]): number[] =>
    list.flatMap((o) => o.duration ?? []);
  return { connect: median(times(connects)), handshake: median(times(handshakes)) };
}

/**
 * This handshake with the control's of the same name and address. Where it has none, since it was a step of a pair, another
 * one in which the same authority showed itself.
 */
function comparedOn(c: Case, hop: Hop, o: TlsObservation): [TlsObservation, TlsObservation] | undefined {
  const compared = differentAndTrusted(c, hop);
  return compared.find(([shown]) => shown.id === o.id) ?? compared.find(([shown]) => sameAuthority(shown, o));
}

/** `cause`: what the verdict says lies behind it all. Null where nobody's chain stood in another's place. */
export function describeInterception(c: Case, cause: Cause | null): Interception | null {
  const met = surest(c.hops.flatMap((hop) => metOn(c, hop)));
  if (met === null || (cause !== null && ANSWERED_BY_A_WALL.has(cause))) return null;
  const { hop, o, match } = met;
  const compared = comparedOn(c, hop, o);
  return {
    spki: o.appraisal?.authoritySpkiSha256 ?? null,
    name: o.appraisal?.authorityName ?? null,
    matchedBy: match?.by ?? null,
    names: namesReplacedBy(c, o),
    forgery: compared === undefined ? [] : forgeryOf(...compared),
    trigger: triggerMapOf(c, hop),
    seconds: secondsOf(c, hop, o),
  };
}
