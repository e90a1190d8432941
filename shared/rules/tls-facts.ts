/** Which names died, which passed, and which pairs say so: what the rules about TLS have in common. */
import type { CounterfactualKind, Observation, TlsObservation } from '../model/index.ts';
import type { Case, Hop, Pair } from './case.ts';
import {
  atControl,
  controlReached,
  diedAfterClientHello,
  endingOf,
  gotAnswer,
  gotAnyTlsByte,
  isGenuineReflector,
  type Ending,
} from './predicates.ts';
import type { Finding } from './rule.ts';

/**
 * The hop's own handshakes of each family in which all of them died and none got a chain, a second attempt's among them:
 * a box that reads only IPv4 is no less a box because the site also has IPv6.
 */
export function deadHandshakes(hop: Hop): readonly TlsObservation[] {
  const own = hop.tls.filter((o) => !o.splitClientHello);
  return [true, false].flatMap((v6) => {
    const family = own.filter((o) => o.address.includes(':') === v6);
    return family.every(diedAfterClientHello) ? family : [];
  });
}

export function pairsFor(c: Case, kind: CounterfactualKind, host: string): readonly Pair<TlsObservation>[] {
  return c.tlsPairs.filter(
    (p) =>
      p.record.kind === kind &&
      p.suspect?.serverName === host &&
      // The innocuous name must really be another one, or the pair compares a thing with itself.
      (p.before === null || p.before.serverName !== host) &&
      (p.after === null || p.after.serverName !== host),
  );
}

/** All that a pair rests on, the innocuous handshakes that were punished included. */
export const stepsOf = (p: Pair<TlsObservation>): Observation[] => [
  ...p.steps.flatMap((o) => o ?? []),
  ...p.residual,
];

export const idsOf = (pairs: readonly Pair<TlsObservation>[]): string[] => pairs.map((p) => p.record.id);

export function tlsFinding(
  hop: Hop,
  dead: readonly TlsObservation[],
  rest: Omit<Finding, 'host' | 'depth' | 'layer'>,
): Finding {
  const m = dead.length + (rest.repeats?.m ?? 0);
  return { ...rest, layer: 'tls', host: hop.host, depth: hop.depth, repeats: { n: m, m } };
}

export function forDeadHops(
  c: Case,
  check: (hop: Hop, dead: readonly TlsObservation[]) => Finding | null,
): Finding[] {
  return c.hops.flatMap((hop) => {
    const dead = deadHandshakes(hop);
    return dead.length === 0 ? [] : (check(hop, dead) ?? []);
  });
}

/** The innocuous name fared better: a chain, or at least another ending. An alert to every name is no filter of names. */
export function faredBetter(innocuous: TlsObservation | null, suspect: TlsObservation): boolean {
  return (
    gotAnswer(innocuous) ||
    (gotAnyTlsByte(innocuous) && endingOf(innocuous?.failure ?? null) !== endingOf(suspect.failure))
  );
}

/**
 * All three steps were made. With a residual note the last one is the try that passed when the punishment was over:
 * while it has not, the pair is unfinished and speaks neither for nor against.
 */
function finished(p: Pair<TlsObservation>): boolean {
  if (p.before === null || p.suspect === null || p.after === null) return false;
  return p.record.residual === undefined || gotAnswer(p.after);
}

/**
 * The finished pairs of one kind, at whichever ports, if every one of them agrees; none when a single one does not. A
 * line that cuts at random makes one pair by chance and not three.
 */
export function agreeing(
  c: Case,
  kind: CounterfactualKind,
  host: string,
  agrees: (p: Pair<TlsObservation>) => boolean,
): readonly Pair<TlsObservation>[] {
  const made = pairsFor(c, kind, host).filter(finished);
  return made.every(agrees) ? made : [];
}

/** Same address, innocuous name before and after: both must get an answer from whoever is there. */
export function addressPairs(c: Case, hop: Hop): readonly Pair<TlsObservation>[] {
  return agreeing(
    c,
    'tls.sni_at_address',
    hop.host,
    ({ before, suspect, after }) =>
      suspect !== null &&
      diedAfterClientHello(suspect) &&
      faredBetter(before, suspect) &&
      faredBetter(after, suspect) &&
      hop.tls.some((o) => o.address === suspect.address),
  );
}

const CUT_AT_ONCE: ReadonlySet<Ending | null> = new Set<Ending | null>(['reset', 'close']);

/**
 * This line cuts by itself: an innocuous name at a reflector was cut off with nothing said before it that is punished for, or some
 * questions to the encrypted second opinion, whose names nobody sees, were cut off and others were not.
 */
export function lineFlaps(c: Case): boolean {
  const innocuous = [...c.tlsPairs, ...c.httpPairs]
    .filter(({ record }) => record.where === 'reflector' && record.residual === undefined)
    .flatMap(({ before, after }) => [before, after]);
  const second = c.observations.filter((o) => o.kind === 'dns' && o.path === 'second');
  const cut = second.filter((o) => CUT_AT_ONCE.has(endingOf(o.failure)));
  return (
    innocuous.some((o) => o !== null && CUT_AT_ONCE.has(endingOf(o.failure))) ||
    (cut.length > 0 && second.some((o) => o.failure === null))
  );
}

/**
 * Somebody on the way reads every connection, a reflector's too, as products and firms do. He answers innocuous names at
 * the site's address in its stead, and what he does not answer may be his choice, not the network's.
 */
export const everyNameIsRead = (c: Case): boolean =>
  c.tlsPairs
    .filter(({ record }) => record.where === 'reflector')
    .some(({ record, before, after }) =>
      [before, after].some(
        (o) => o?.appraisal?.unknownAuthority === true && !isGenuineReflector(c, record.reflector, o),
      ),
    );

/**
 * Our own server's name died at our own server each time it was said: a line that is bad for everybody, or a log-in page
 * that lets nobody through. A name that dies there too says nothing.
 */
export function innocuousDied(c: Case): boolean {
  const said = c.tlsPairs
    .filter((p) => p.record.where === 'reflector')
    .flatMap((p) => [p.before, ...p.residual, p.after].flatMap((o) => o ?? []));
  return said.length > 0 && said.every(diedAfterClientHello);
}

/** The same name at the same address passed on another try: a line that flaps, not a rule that holds. */
export function passedUnsplit(c: Case, hop: Hop): boolean {
  return pairsFor(c, 'tls.sni_at_address', hop.host).some((p) => gotAnswer(p.suspect));
}

/**
 * The control was shown a chain for this name, a bad one too, at one of these endpoints, or got there on its own way. Where
 * it tried the very endpoint and was shown none, another address of the site excuses nothing.
 */
export function controlCompletes(c: Case, hop: Hop, dead: readonly TlsObservation[]): readonly Observation[] {
  const same = dead
    .flatMap((o) => atControl(c.control?.tls, o) ?? [])
    .filter((o) => o.serverName === hop.host);
  if (same.length > 0) return same.filter(gotAnswer);
  return c.control !== null && controlReached(c, hop) ? [c.control.http] : [];
}
