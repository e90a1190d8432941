/** Is the cause on the volunteer's side? Each needs a positive sign; the absence of an answer is none. */
import type { HttpObservation, Observation, TlsObservation } from '../model/index.ts';
import type { Case } from './case.ts';
import type { KnownAuthority } from './fingerprints.ts';
import { matchKnownAuthority } from './known-authority.ts';
import { localFinding } from './local-facts.ts';
import { LOCAL_DEVICE_RULES } from './local-device.ts';
import { LOCAL_LINE_RULES } from './local-line.ts';
import { LOCAL_PRODUCT_RULES } from './local-product.ts';
import {
  diedAfterClientHello,
  endingOf,
  isGenuineReflector,
  isReflectorAnswer,
  responseOf,
} from './predicates.ts';
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
  const chains = [...c.hops.flatMap((hop) => hop.tls), ...c.tlsPairs.flatMap((p) => p.suspect ?? [])];
  return (
    genuine ||
    chains.some((o) => o.appraisal?.trusted === true || isKnownAuthority(o, c.fingerprints.authorities))
  );
}

/** A stranger's answers to innocuous requests, where nothing shows a way past. */
function walledIn(c: Case): readonly HttpObservation[] {
  const strangers = answeredBySomebodyElse(c);
  if (strangers.length === 0 || letsSomethingThrough(c)) return [];
  // Some portals leave the control's port alone. Then what counts is a portal's own manner: sending away, one page for
  // everybody, or no TLS for anybody.
  const sentAway = strangers.every((o) => o.status !== null && o.status !== 200);
  const ofAPortal = sentAway || onePageForAll(c, strangers) || noTlsForAnybody(c);
  return c.control === null || ofAPortal ? strangers : [];
}

/** Our own server's name was said to it over TLS, and never answered. */
function noTlsForAnybody(c: Case): boolean {
  const said = c.tlsPairs
    .filter((p) => p.record.where === 'reflector')
    .flatMap((p) => [p.before, ...p.residual, p.after].flatMap((o) => o ?? []));
  return said.length > 0 && said.every(diedAfterClientHello);
}

/** Our own server's name gets the very page that the site's name gets. */
function onePageForAll(c: Case, strangers: readonly HttpObservation[]): boolean {
  const page = c.hops.map(responseOf).find((o) => o !== null);
  return (
    page?.bodySha256 != null &&
    strangers.every((o) => o.status === page.status && o.bodySha256 === page.bodySha256)
  );
}

function behindWall(c: Case, cause: 'captive_portal' | 'subscriber_cut'): readonly Finding[] {
  const strangers = walledIn(c);
  const ids = new Set(strangers.flatMap((o) => (o.counterfactual === null ? [] : [o.counterfactual])));
  return strangers.length === 0
    ? []
    : [localFinding(c, { cause, evidence: 'strong', because: strangers, counterfactuals: [...ids] })];
}

/** A mobile line has no log-in page: what answers there in everybody's name is the operator's, about the subscription. */
const isMobile = (c: Case): boolean => c.network.networkType === 'mobile';

export const LOCAL_RULES: readonly Rule[] = [
  ...LOCAL_LINE_RULES,
  ...LOCAL_PRODUCT_RULES,
  ...LOCAL_DEVICE_RULES,
  {
    id: 'local.captive_portal',
    layer: null,
    claim:
      'An innocuous request to our own server was answered by somebody else, and nothing shows a way past: a log-in page stands before the network.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: ['everything_redirected_by_operator'],
    fires: (c) => (isMobile(c) ? [] : behindWall(c, 'captive_portal')),
  },
  {
    id: 'local.subscriber_cut',
    layer: null,
    claim:
      'On a mobile line an innocuous request to our own server was answered by somebody else, and nothing shows a way past: the subscription is cut off.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: ['everything_redirected_by_operator'],
    fires: (c) => (isMobile(c) ? behindWall(c, 'subscriber_cut') : []),
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
      return [localFinding(c, { cause: 'no_network', evidence: 'strong', because: probe })];
    },
  },
];
