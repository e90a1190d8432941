/** Who wrote a plain answer, and do two of them say the same? What the rules about plain HTTP have in common. */
import type { HttpObservation, Method, Scope } from '../model/index.ts';
import type { Case, Hop, Pair } from './case.ts';
import { endingOf, headerOf, isReflectorAnswer, methodOf } from './predicates.ts';

export const HTTP_UNAVAILABLE_FOR_LEGAL_REASONS = 451;
/** Tries of one request before its failure counts; documents of other probes have but one. */
const TRIES = 2;

const isRedirect = (status: number | null): boolean => status !== null && status >= 300 && status < 400;

/** Hops whose answer nobody authenticated. */
export const plainHops = (c: Case): readonly Hop[] => c.hops.filter((hop) => !hop.encrypted);

/** What the path did, read from an answer that should have been somebody else's. */
export function methodOfAnswer(o: HttpObservation): Method | null {
  if (o.failure !== null) return methodOf('http', o.failure);
  if (o.status === HTTP_UNAVAILABLE_FOR_LEGAL_REASONS) return 'http.status_451';
  return isRedirect(o.status) ? 'http.redirect_blockpage' : 'http.blockpage';
}

/** Where a redirect leads, without what notices carry for the one visit: a number, a time, the address asked for. */
function destinationOf(o: HttpObservation): string | null {
  const location = headerOf(o, 'location');
  if (location === null || !URL.canParse(location, o.url)) return location;
  const { origin, pathname } = new URL(location, o.url);
  return origin + pathname;
}

/** Same symptom at two places: same ending, or the same status and page or destination. */
export function sameSymptom(a: HttpObservation, b: HttpObservation): boolean {
  if (a.failure !== null || b.failure !== null)
    return endingOf(a.failure) !== null && endingOf(a.failure) === endingOf(b.failure);
  if (a.status !== b.status) return false;
  if (isRedirect(a.status))
    return headerOf(a, 'location') === headerOf(b, 'location') || destinationOf(a) === destinationOf(b);
  if (a.status === HTTP_UNAVAILABLE_FOR_LEGAL_REASONS) return true;
  return (
    (a.bodySha256 !== null && a.bodySha256 === b.bodySha256) ||
    (a.title !== null && a.title === b.title) ||
    (a.bodyLength !== null && a.bodyLength === b.bodyLength)
  );
}

/** The finished pairs of one kind for this Host at reflectors, if every one of them agrees with what the site gave. */
function pairsLike(
  c: Case,
  hop: Hop,
  kind: 'http.host_at_reflector' | 'http.path_at_reflector',
  site: HttpObservation,
): readonly Pair<HttpObservation>[] {
  const made = c.httpPairs.filter(
    (p) => p.record.kind === kind && p.suspect?.host === hop.host && p.before !== null && p.after !== null,
  );
  const agree = made.every(
    ({ record, before, suspect, after }) =>
      isReflectorAnswer(before, record.reflector) &&
      isReflectorAnswer(after, record.reflector) &&
      suspect !== null &&
      !isReflectorAnswer(suspect, record.reflector) &&
      sameSymptom(site, suspect),
  );
  return agree ? made : [];
}

export const hostPairs = (c: Case, hop: Hop, site: HttpObservation): readonly Pair<HttpObservation>[] =>
  pairsLike(c, hop, 'http.host_at_reflector', site);

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

/** Pairs in which the target's own Host passes at `/` and dies at the hop's path. */
export function pathPairs(c: Case, hop: Hop, site: HttpObservation): readonly Pair<HttpObservation>[] {
  const own = hop.url.pathname + hop.url.search;
  return pairsLike(c, hop, 'http.path_at_reflector', site).filter(
    ({ before, suspect, after }) =>
      [before, after].every((o) => o?.host === hop.host && pathOf(o.url) === '/') &&
      suspect !== null &&
      pathOf(suspect.url) === own &&
      own !== '/',
  );
}

/** One URL, where only its path dies; null where the whole host does, or nobody knows. */
export function urlScope(c: Case, hop: Hop, site: HttpObservation): Scope | null {
  if (pathPairs(c, hop, site).length === 0) return null;
  return { level: 'url', affected: hop.url.href.split('#')[0]!, siblings: [] };
}

/** The hop failed as often as a failure has to be seen, and nothing of it ever came. */
export function failedAgain(c: Case, hop: Hop): boolean {
  if (hop.http.some((o) => o.failure === null && o.status !== null)) return false;
  // The second attempt may not even get as far: a path that punishes for the first one.
  const failures = [...hop.tcp, ...hop.tls, ...hop.http].filter((o) => endingOf(o.failure) !== null);
  return !c.ours || failures.length >= TRIES;
}
