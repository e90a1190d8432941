/** Is the cause on the volunteer's side? Each needs a positive sign; the absence of an answer is none. */
import type { HttpObservation, Observation, TlsObservation } from '../model/index.ts';
import type { Case } from './case.ts';
import type { KnownAuthority } from './fingerprints.ts';
import { matchKnownAuthority } from './known-authority.ts';
import { endingOf, isGenuineReflector, isReflectorAnswer } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

const PORTAL_STATUSES: ReadonlySet<number> = new Set([200, 301, 302, 303, 307, 308, 511]);

/** An innocuous request to our own reflector that somebody else answered. */
function answeredBySomebodyElse(c: Case): readonly HttpObservation[] {
  return c.httpPairs.flatMap((p) => {
    const innocuous = p.record.kind === 'http.canary' ? [p.suspect] : [p.before, p.after];
    return innocuous.filter(
      (o): o is HttpObservation =>
        o !== null &&
        o.failure === null &&
        o.status !== null &&
        PORTAL_STATUSES.has(o.status) &&
        !isReflectorAnswer(o, p.record.reflector),
    );
  });
}

function isKnownAuthority(o: TlsObservation, known: readonly KnownAuthority[]): boolean {
  const match = matchKnownAuthority(o, known);
  return match !== null && match.by !== 'imitation';
}

/** A portal has no chain for anybody's name, lets nobody reach our reflector, and is no known interceptor. */
function letsSomethingThrough(c: Case): boolean {
  const genuine = c.tlsPairs.some((p) =>
    [p.before, p.suspect, p.after].some((o) => isGenuineReflector(c, p.record.reflector, o)),
  );
  const chains = c.hops.flatMap((hop) => hop.tls);
  return (
    genuine ||
    chains.some((o) => o.appraisal?.trusted === true || isKnownAuthority(o, c.fingerprints.authorities))
  );
}

function finding(
  c: Case,
  rest: Pick<Finding, 'cause' | 'evidence' | 'because' | 'counterfactuals'>,
): Finding {
  return { ...rest, outcome: 'local', layer: null, host: c.hops[0]?.host ?? '', depth: 0 };
}

export const LOCAL_RULES: readonly Rule[] = [
  {
    id: 'local.captive_portal',
    layer: null,
    claim:
      'An innocuous request to our own server was answered by somebody else, and nothing shows a way past: a log-in page stands before the network.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: ['everything_redirected_by_operator'],
    fires: (c) => {
      const strangers = answeredBySomebodyElse(c);
      if (strangers.length === 0 || letsSomethingThrough(c)) return [];
      // Some portals leave the control's port alone. Then only what is a portal's own manner counts: sending away.
      if (c.control !== null && !strangers.every((o) => o.status !== null && o.status !== 200)) return [];
      const ids = new Set(strangers.flatMap((o) => (o.counterfactual === null ? [] : [o.counterfactual])));
      return [
        finding(c, {
          cause: 'captive_portal',
          evidence: 'strong',
          because: strangers,
          counterfactuals: [...ids],
        }),
      ];
    },
  },
  {
    id: 'local.no_network',
    layer: null,
    claim: 'The device itself has no route: every operation failed for want of a network.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) => {
      const probe = c.observations.filter((o) => o.vantage === 'probe');
      const noRoute = (o: Observation): boolean =>
        endingOf(o.failure) === 'unreachable' ||
        o.failure === 'dns_temporary_failure' ||
        (o.kind === 'dns' && o.failure !== null);
      const routeless = probe.some((o) => endingOf(o.failure) === 'unreachable');
      if (c.control !== null || probe.length === 0 || !routeless || !probe.every(noRoute)) return [];
      return [finding(c, { cause: 'no_network', evidence: 'strong', because: probe })];
    },
  },
];
