/** Does TLS die because of the name? The row "TLS dies after ClientHello" of the table of pairs. */
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
  methodOf,
} from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

/**
 * The hop's own handshakes of each family in which all of them died and none got a chain: a box that reads only IPv4
 * is no less a box because the site also has IPv6.
 */
export function deadHandshakes(hop: Hop): readonly TlsObservation[] {
  const own = hop.tls.filter((o) => !o.splitClientHello);
  return [true, false].flatMap((v6) => {
    const family = own.filter((o) => o.address.includes(':') === v6);
    return family.every(diedAfterClientHello) ? family : [];
  });
}

function pairsFor(c: Case, kind: CounterfactualKind, host: string): readonly Pair<TlsObservation>[] {
  return c.tlsPairs.filter(
    (p) =>
      p.record.kind === kind &&
      p.suspect?.serverName === host &&
      // The innocuous name must really be another one, or the pair compares a thing with itself.
      (p.before === null || p.before.serverName !== host) &&
      (p.after === null || p.after.serverName !== host),
  );
}

const steps = (p: Pair<TlsObservation>): Observation[] =>
  [p.before, p.suspect, p.after].flatMap((o) => o ?? []);

function finding(
  hop: Hop,
  dead: readonly TlsObservation[],
  rest: Omit<Finding, 'host' | 'depth' | 'layer'>,
): Finding {
  const m = dead.length + (rest.repeats?.m ?? 0);
  return { ...rest, layer: 'tls', host: hop.host, depth: hop.depth, repeats: { n: m, m } };
}

function forDeadHops(
  c: Case,
  check: (hop: Hop, dead: readonly TlsObservation[]) => Finding | null,
): Finding[] {
  return c.hops.flatMap((hop) => {
    const dead = deadHandshakes(hop);
    return dead.length === 0 ? [] : (check(hop, dead) ?? []);
  });
}

/** The innocuous name fared better: a chain, or at least another ending. An alert to every name is no filter of names. */
function faredBetter(innocuous: TlsObservation | null, suspect: TlsObservation): boolean {
  return (
    gotAnswer(innocuous) ||
    (gotAnyTlsByte(innocuous) && endingOf(innocuous?.failure ?? null) !== endingOf(suspect.failure))
  );
}

/**
 * The finished pairs of one kind, if every one of them agrees; none when a single one does not. A line that cuts at
 * random makes one pair by chance and not three.
 */
function agreeing(
  c: Case,
  kind: CounterfactualKind,
  host: string,
  agrees: (p: Pair<TlsObservation>) => boolean,
): readonly Pair<TlsObservation>[] {
  const made = pairsFor(c, kind, host).filter(
    (p) => p.before !== null && p.suspect !== null && p.after !== null,
  );
  return made.every(agrees) ? made : [];
}

/** Same address, innocuous name before and after: both must get an answer from whoever is there. */
function addressPairs(c: Case, hop: Hop): readonly Pair<TlsObservation>[] {
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

const idsOf = (pairs: readonly Pair<TlsObservation>[]): string[] => pairs.map((p) => p.record.id);

/** The same name at the same address passed on another try: a line that flaps, not a rule that holds. */
function passedUnsplit(c: Case, hop: Hop): boolean {
  return pairsFor(c, 'tls.sni_at_address', hop.host).some((p) => gotAnswer(p.suspect));
}

/** The control finished a handshake for this name, at one of these endpoints or on its own way. */
function controlCompletes(c: Case, hop: Hop, dead: readonly TlsObservation[]): readonly Observation[] {
  const same = dead.flatMap((o) => atControl(c.control?.tls, o) ?? []).filter((o) => o.failure === null);
  if (same.length > 0) return same;
  return c.control !== null && controlReached(c, hop) ? [c.control.http] : [];
}

export const TLS_RULES: readonly Rule[] = [
  {
    id: 'tls.sni_at_reflector',
    layer: 'tls',
    claim:
      'At a reflector that answers any name, the target’s name dies the same way as at the site, and an innocuous name works before and after.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const endings = new Set(dead.map((o) => endingOf(o.failure)));
        const pairs = agreeing(
          c,
          'tls.sni_at_reflector',
          hop.host,
          ({ record, before, suspect, after }) =>
            isGenuineReflector(c, record.reflector, before) &&
            isGenuineReflector(c, record.reflector, after) &&
            suspect !== null &&
            diedAfterClientHello(suspect) &&
            endings.has(endingOf(suspect.failure)),
        );
        const method = methodOf('tls', pairs[0]?.suspect?.failure ?? null);
        if (method === null) return null;
        return finding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'confirmed',
          because: [...dead, ...pairs.flatMap(steps)],
          counterfactuals: idsOf(pairs),
          repeats: { n: pairs.length, m: pairs.length },
        });
      }),
  },
  {
    id: 'tls.split_passes',
    layer: 'tls',
    claim: 'The same name at the same address gets a valid chain when its ClientHello is sent in two pieces.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const pair = pairsFor(c, 'tls.split_client_hello', hop.host).find(
          (p) =>
            p.suspect?.splitClientHello === true &&
            p.suspect.appraisal?.trusted === true &&
            dead.some((o) => o.address === p.suspect?.address),
        );
        const died = dead.find((o) => o.address === pair?.suspect?.address);
        const method = died === undefined ? null : methodOf('tls', died.failure);
        // One death may be chance, and one that passes too: the name dies again each time, in silence (TCP would have
        // sent a lost packet again) or where another name is answered.
        const again = agreeing(
          c,
          'tls.sni_at_address',
          hop.host,
          ({ before, suspect, after }) =>
            suspect !== null &&
            diedAfterClientHello(suspect) &&
            (endingOf(suspect.failure) === 'timeout' ||
              (faredBetter(before, suspect) && faredBetter(after, suspect))),
        );
        if (pair === undefined || method === null || again.length === 0) return null;
        return finding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'confirmed',
          because: [...dead, ...steps(pair), ...again.flatMap(steps)],
          counterfactuals: [pair.record.id, ...idsOf(again)],
          repeats: { n: again.length, m: again.length },
        });
      }),
  },
  {
    id: 'tls.sni_at_address',
    layer: 'tls',
    claim:
      'At the site’s own address an innocuous name is answered before and after, the target’s name dies twice, and the control completes.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['origin_filters_name_for_country'],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const pairs = addressPairs(c, hop);
        const control = controlCompletes(c, hop, dead);
        const method = methodOf('tls', pairs[0]?.suspect?.failure ?? null);
        if (method === null || control.length === 0) return null;
        return finding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'strong',
          because: [...dead, ...pairs.flatMap(steps), ...control],
          counterfactuals: idsOf(pairs),
          repeats: { n: pairs.length, m: pairs.length },
        });
      }),
  },
  {
    id: 'tls.control_completes',
    layer: 'tls',
    claim: 'TLS dies after the ClientHello here, and the control completes it.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['origin_filters_country', 'transient_failure'],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        if (passedUnsplit(c, hop)) return null;
        const control = controlCompletes(c, hop, dead);
        const method = methodOf('tls', dead[0]?.failure ?? null);
        if (control.length === 0 || method === null) return null;
        return finding(hop, dead, {
          outcome: 'suspected',
          method,
          evidence: 'weak',
          because: [...dead, ...control],
        });
      }),
  },
  {
    id: 'tls.reflector_not_interfered',
    layer: 'tls',
    claim: 'The target’s name passes at the reflector: this pair proves nothing either way.',
    evidence: 'contrary',
    outcomes: ['insufficient'],
    alternatives: [],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const pair = pairsFor(c, 'tls.sni_at_reflector', hop.host).find((p) => gotAnswer(p.suspect));
        if (pair === undefined) return null;
        return finding(hop, dead, {
          outcome: 'insufficient',
          evidence: 'contrary',
          because: steps(pair),
          counterfactuals: [pair.record.id],
        });
      }),
  },
];
