/** The site turned the control away: what it would have shown can't be compared with, and it is not down for that. */
import type { HttpObservation, Observation } from '../model/index.ts';
import type { Case } from './case.ts';
import { at } from './origin-facts.ts';
import { looksLikeControls } from './page-difference.ts';
import { endingOf, headerOf, responseOf } from './predicates.ts';
import type { Rule } from './rule.ts';

const CHALLENGE_STATUSES: ReadonlySet<number> = new Set([403, 429, 503]);
const CHALLENGE_TITLES = /^(just a moment|attention required|please wait|checking your browser|ddos-guard)/i;

/** Marks that only a page has which asks for a proof of being human. */
export function bearsChallengeMarks(o: HttpObservation): boolean {
  if (o.status === null || !CHALLENGE_STATUSES.has(o.status)) return false;
  return (
    headerOf(o, 'cf-mitigated') !== null ||
    headerOf(o, 'x-sucuri-block') !== null ||
    CHALLENGE_TITLES.test(o.title ?? '')
  );
}

/** The same, or a refusal by a large CDN that says no more than who it is. */
export function isChallenge(o: HttpObservation): boolean {
  if (o.status === null || !CHALLENGE_STATUSES.has(o.status)) return false;
  return bearsChallengeMarks(o) || /cloudflare/i.test(headerOf(o, 'server') ?? '');
}

/** Answers by which a site turns a control away, not a visitor. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429, 451, 503]);

/** The control got a refusal or a challenge of its own: nobody here was told the same. */
export function controlRefused(c: Case): boolean {
  const control = c.control?.http;
  if (control === undefined || control.failure !== null || control.status === null) return false;
  if (!REFUSALS.has(control.status)) return false;
  const toldTheSame = c.hops.at(-1)?.http.some((o) => o.failure === null && o.status === control.status);
  return toldTheSame !== true;
}

export const CONTROL_RULES: readonly Rule[] = [
  {
    id: 'control.refused',
    layer: 'http',
    claim:
      'The site refuses the control or asks it for a proof of being human: what came here can’t be compared with that.',
    evidence: 'weak',
    outcomes: ['insufficient'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const control = c.control?.http;
      if (hop === undefined || control === undefined || !controlRefused(c)) return [];
      const answer = responseOf(hop);
      const failed = hop.http.filter((o) => endingOf(o.failure) !== null);
      if (answer === null && failed.length === 0) return [];
      // Over TLS an ordinary page is the site's own, whatever the control got.
      const ownPage = hop.encrypted && answer?.status != null && answer.status < 400;
      if (ownPage || (answer !== null && looksLikeControls(answer, control))) return [];
      const because: readonly Observation[] = [...(answer === null ? failed : [answer]), control];
      return [
        {
          outcome: 'insufficient',
          cause: 'control_refused',
          evidence: 'weak',
          layer: 'http',
          ...at(hop),
          because,
        },
      ];
    },
  },
];
