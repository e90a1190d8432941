/** What no pair repeats (a name, a connect, a page) is measured a second time before it counts. */
import type { Verdict } from '../../shared/model/index.ts';
import { endingOf, responseOf, type Case, type Hop } from '../../shared/rules/index.ts';

/** One look more, and no more than that. */
const ATTEMPTS = 2;
/** Where one split request passed, and whole ones were cut off at once: three of those have to agree. */
const ATTEMPTS_BESIDE_SPLIT = 3;

const SERVER_ERROR = 500;

/** No page came of it, or the server's own failure. */
function failed(hop: Hop): boolean {
  const answer = responseOf(hop);
  return answer === null || (answer.status ?? 0) >= SERVER_ERROR;
}

function timedOut(c: Case): boolean {
  return c.observations.some(
    (o) => o.vantage === 'probe' && o.counterfactual === null && o.failure === 'generic_timeout_error',
  );
}

/** Outcomes that a second look may change. */
function open(c: Case, { outcome, cause }: Verdict): boolean {
  if (outcome === 'suspected' || outcome === 'insufficient') return true;
  // Silence may have been the line's; "no network" may have been a neighbour's punishment.
  return timedOut(c) && (outcome === 'down' || (outcome === 'local' && cause === 'no_network'));
}

function splitPassed(c: Case, hop: Hop): boolean {
  return c.httpPairs.some(
    ({ record, suspect }) =>
      record.kind === 'http.split_host' &&
      suspect?.host === hop.host &&
      suspect.failure === null &&
      suspect.status !== null,
  );
}

const cutAtOnce = (hop: Hop): boolean =>
  hop.http.some((o) => ['reset', 'close'].includes(endingOf(o.failure) ?? ''));

/** Where to begin the attempt of this number; null: there is nothing to repeat. */
export function planAttempt(
  c: Case,
  verdict: Verdict,
  attempt: number,
): { readonly depth: number; readonly url: string } | null {
  const hop = c.hops.find(failed);
  if (hop === undefined || !open(c, verdict)) return null;
  const beside = splitPassed(c, hop) && cutAtOnce(hop);
  return attempt <= (beside ? ATTEMPTS_BESIDE_SPLIT : ATTEMPTS)
    ? { depth: hop.depth, url: hop.url.href }
    : null;
}
