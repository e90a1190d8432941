/** Plain HTTP dies or differs because of the Host or the path: what matched pairs prove. */
import type { HttpObservation } from '../model/index.ts';
import type { Case, Hop, Pair } from './case.ts';
import { controlRefused } from './control-refused.ts';
import { hostPairs, methodOfAnswer, pathPairs, plainHops, sameSymptom, urlScope } from './http-facts.ts';
import { looksLikeControls } from './page-difference.ts';
import { controlReached, endingOf } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

const stepsOf = (pairs: readonly Pair<HttpObservation>[]): readonly HttpObservation[] =>
  pairs.flatMap((p) => p.steps.flatMap((o) => o ?? []));

/** The first of the hop's own answers, a second attempt's among them, that the pairs agree with. */
function accusation(
  c: Case,
  hop: Hop,
  pairsOf: (c: Case, hop: Hop, site: HttpObservation) => readonly Pair<HttpObservation>[],
): Finding[] {
  for (const site of hop.http) {
    const pairs = pairsOf(c, hop, site);
    const suspect = pairs[0]?.suspect;
    const method = suspect == null ? null : methodOfAnswer(suspect);
    if (method === null) continue;
    const scope = urlScope(c, hop, site);
    const n = 1 + pairs.length;
    return [
      {
        outcome: 'interfered',
        layer: 'http',
        method,
        evidence: 'confirmed',
        host: hop.host,
        depth: hop.depth,
        because: [site, ...stepsOf(pairs)],
        counterfactuals: pairs.map((p) => p.record.id),
        repeats: { n, m: n },
        ...(scope === null ? {} : { scope }),
      },
    ];
  }
  return [];
}

/** Deaths of whole requests that one split request outweighs: silence was repeated by TCP, a cut may be chance. */
const DEATHS_SILENT = 2;
const DEATHS_AT_ONCE = 3;

/**
 * Whole requests to one address, when each of them died the same way and often enough. Another page is no such symptom: a
 * server that shows two pages in turn gives one to the whole requests and the other to the split one.
 */
/** Requests in two pieces that have to pass where whole ones were cut off at once. */
const SPLITS_AT_ONCE = 3;

function wholeDeaths(c: Case, hop: Hop, address: string | null): readonly HttpObservation[] {
  const whole = hop.http.filter((o) => o.address === address);
  const [first] = whole;
  if (first === undefined || !whole.every((o) => sameSymptom(first, o))) return [];
  const ending = endingOf(first.failure);
  if (ending === null) return [];
  const wanted = ending === 'timeout' ? DEATHS_SILENT : DEATHS_AT_ONCE;
  return whole.length >= wanted ? whole : [];
}

function splitPasses(c: Case, hop: Hop): Finding[] {
  const control = c.control?.http;
  if (control?.status == null || control.status >= 400 || !controlReached(c, hop) || controlRefused(c))
    return [];
  const made = c.httpPairs.filter((p) => p.record.kind === 'http.split_host' && p.suspect?.host === hop.host);
  const [pair] = made;
  const deaths = wholeDeaths(c, hop, pair?.suspect?.address ?? null);
  const method = deaths[0] === undefined ? null : methodOfAnswer(deaths[0]);
  const passed = made.every(
    ({ suspect }) =>
      suspect !== null &&
      suspect.failure === null &&
      suspect.address === pair?.suspect?.address &&
      looksLikeControls(suspect, control),
  );
  if (pair === undefined || method === null || !passed) return [];
  // A server that resets at random lets one in two pieces through by chance, not three.
  if (endingOf(deaths[0]!.failure) !== 'timeout' && made.length < SPLITS_AT_ONCE) return [];
  const scope = urlScope(c, hop, deaths[0]!);
  return [
    {
      outcome: 'interfered',
      layer: 'http',
      method,
      evidence: 'confirmed',
      host: hop.host,
      depth: hop.depth,
      because: [...deaths, ...stepsOf(made), control],
      counterfactuals: made.map((p) => p.record.id),
      repeats: { n: deaths.length, m: deaths.length },
      ...(scope === null ? {} : { scope }),
    },
  ];
}

export const HTTP_PAIR_RULES: readonly Rule[] = [
  {
    id: 'http.host_at_reflector',
    layer: 'http',
    claim:
      'At a reflector that answers any Host, the target’s Host gets what the site’s address gave, and an innocuous Host is answered truly before and after.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) => plainHops(c).flatMap((hop) => accusation(c, hop, hostPairs)),
  },
  {
    id: 'http.path_at_reflector',
    layer: 'http',
    claim:
      'At a reflector the target’s Host is answered truly at its front page before and after, and this path gets what the site’s address gave: one URL is meant.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) => plainHops(c).flatMap((hop) => accusation(c, hop, pathPairs)),
  },
  {
    id: 'http.split_passes',
    layer: 'http',
    claim:
      'At the site’s address every whole request dies, and the same request with its Host in two segments gets the control’s page.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) => plainHops(c).flatMap((hop) => splitPasses(c, hop)),
  },
];
