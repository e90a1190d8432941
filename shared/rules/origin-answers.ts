/** Does the site itself answer here: refusing this vantage, or simply there? */
import type { Observation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { isChallenge } from './control-refused.ts';
import { differentAndTrusted } from './interception-facts.ts';
import {
  at,
  authenticatedLoosely,
  isRedirect,
  MAX_REDIRECTS,
  ORIGIN_LEVEL,
  refusalCause,
} from './origin-facts.ts';
import { ORIGIN_OVER_TLS_RULES } from './origin-over-tls.ts';
import { looksLikeControls } from './page-difference.ts';
import { answersOf, atDeviceAddress, controlReached, responseOf } from './predicates.ts';
import type { Rule } from './rule.ts';
import { isHeldBack } from './throughput.ts';

export const ORIGIN_ANSWER_RULES: readonly Rule[] = [
  {
    id: 'origin.refuses',
    layer: 'http',
    claim: 'The authenticated site, or the CDN in front of it, refuses this vantage and serves the control.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['refused'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const answer = hop === undefined ? null : responseOf(hop);
      const control = c.control?.http;
      if (hop === undefined || answer?.status == null || control?.status == null) return [];
      const proof = authenticatedLoosely(c, hop);
      const spoken = hop.encrypted && proof.length > 0;
      const challenge = isChallenge(answer) && control.status < 400;
      const cause = refusalCause(answer.status, challenge);
      if (cause === null || control.status >= 400 || (!challenge && !spoken)) return [];
      const because: Observation[] = [answer, control, ...proof];
      return [{ outcome: 'refused', cause, evidence: ORIGIN_LEVEL, layer: 'http', ...at(hop), because }];
    },
  },
  {
    id: 'origin.status_451_everywhere',
    layer: 'http',
    claim: 'The site says “unavailable for legal reasons” to everyone who was asked.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['refused'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const answer = hop === undefined ? null : responseOf(hop);
      const control = c.control?.http;
      if (hop === undefined || answer?.status !== 451 || control?.status !== 451) return [];
      const because = [answer, control];
      return [
        {
          outcome: 'refused',
          cause: 'origin_451',
          evidence: ORIGIN_LEVEL,
          layer: 'http',
          ...at(hop),
          because,
        },
      ];
    },
  },
  {
    id: 'origin.answers_with_valid_chain',
    layer: null,
    claim: 'The site answered over TLS with a chain that is valid for its name.',
    evidence: 'confirmed',
    outcomes: ['accessible'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const answer = hop === undefined ? null : responseOf(hop);
      if (hop === undefined || answer?.status == null || !hop.encrypted) return [];
      const proof = authenticatedLoosely(c, hop);
      // Redirected over plain HTTP: whoever wrote that redirect chose this host, so the control has to know it.
      const plainBefore = c.hops.some((h) => !h.encrypted && h.depth < hop.depth);
      const expected =
        !plainBefore || hop.host === c.hops[0]?.host || controlReached(c, hop) || sameSite(c, hop);
      // The server's own failure is no page, for everybody or not; nor is a redirect that nobody follows any more.
      const sameRefusal =
        answer.status >= 400 && answer.status < 500 && answer.status === c.control?.http.status;
      const circling = isRedirect(answer.status) && hop.depth >= MAX_REDIRECTS;
      const ordinary = (answer.status < 400 && !circling) || sameRefusal;
      if (proof.length === 0 || !expected || !ordinary || !atDeviceAddress(hop, answer.address)) return [];
      if (isHeldBack(c, hop)) return [];
      // One address in clean hands does not excuse another that shows a forged chain.
      if (c.hops.some((h) => differentAndTrusted(c, h).length > 0)) return [];
      return [
        {
          outcome: 'accessible',
          evidence: 'confirmed',
          layer: null,
          ...at(hop),
          because: [answer, ...proof],
        },
      ];
    },
  },
  {
    id: 'origin.page_as_at_control',
    layer: null,
    claim: 'The page over plain HTTP is the one that the control gets.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['accessible'],
    alternatives: ['transparent_proxy'],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const control = c.control?.http;
      if (hop === undefined || control?.status == null || hop.encrypted) return [];
      const answer = answersOf(hop).find(
        (o) =>
          o.status !== null &&
          o.status < 500 &&
          o.status !== 451 &&
          looksLikeControls(o, control) &&
          atDeviceAddress(hop, o.address),
      );
      if (answer === undefined || isHeldBack(c, hop)) return [];
      return [
        {
          outcome: 'accessible',
          evidence: ORIGIN_LEVEL,
          layer: null,
          ...at(hop),
          because: [answer, control],
        },
      ];
    },
  },
  ...ORIGIN_OVER_TLS_RULES,
];

/** `www.` and the bare name, or a name below it: a redirect there is the site's everyday one. */
function sameSite(c: Case, hop: Hop): boolean {
  const bare = (host: string): string => host.replace(/^www\./, '');
  const from = bare(c.hops[0]?.host ?? '');
  const to = bare(hop.host);
  return from === to || to.endsWith(`.${from}`) || from.endsWith(`.${to}`);
}
