/** Plain HTTP: who wrote the answer? The row "HTTP dies or differs (plaintext)" of the table of pairs. */
import type { HttpObservation, Observation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import { controlRefused } from './control-refused.ts';
import { matchesText, type BlockPageFingerprint } from './fingerprints.ts';
import { failedAgain, HTTP_UNAVAILABLE_FOR_LEGAL_REASONS, plainHops } from './http-facts.ts';
import { HTTP_PAIR_RULES } from './http-pairs.ts';
import { originsWord } from './origin-over-tls.ts';
import { differsFromControl, looksLikeControls } from './page-difference.ts';
import {
  answersOf,
  controlReached,
  endingOf,
  methodOf,
  responseOf,
  truthfulAddresses,
} from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import { lineFlaps } from './tls-facts.ts';

/** The page asked for comes from an address on record, where it lives for others too: the operator's own site. */
function livesThere(c: Case, hop: Hop, address: string): boolean {
  return hop.depth === 0 && truthfulAddresses(c, hop).has(canonicalAddress(address));
}

function matchFingerprint(c: Case, hop: Hop, o: HttpObservation): BlockPageFingerprint | undefined {
  return c.fingerprints.blockPages.find((f) => {
    if (f.scope === 'inst' || f.scope === 'prod') return false; // one organisation's filter accuses no network
    switch (f.where) {
      case 'body':
        return o.bodyText !== null && matchesText(f, o.bodyText);
      case 'title':
        return o.title !== null && matchesText(f, o.title);
      case 'header':
        return o.headers.some(([name, value]) => matchesText(f, `${name}: ${value}`));
      case 'address':
        return (
          o.address !== null &&
          canonicalAddress(f.pattern) === canonicalAddress(o.address) &&
          !livesThere(c, hop, o.address)
        );
    }
  });
}

/** The very page that the control got: whoever wrote it shows it to everybody, as a report that quotes a block page. */
function sameAsControl(c: Case, hop: Hop, o: HttpObservation): boolean {
  const control = c.control?.http;
  if (control === undefined || !controlReached(c, hop)) return false;
  if (o.bodySha256 !== null && control.bodySha256 !== null) return o.bodySha256 === control.bodySha256;
  // Other helpers send no hash.
  return (
    o.status === control.status &&
    (o.bodyLength ?? 0) > 0 &&
    o.bodyLength === control.bodyLength &&
    o.title === control.title
  );
}

/** Somebody outside gets an ordinary answer for this host: not 451, not a failure. */
function ordinaryAtControl(c: Case, hop: Hop): readonly Observation[] {
  const control = c.control?.http;
  if (control === undefined || !controlReached(c, hop)) return [];
  return control.status !== null && control.status < 400 ? [control] : [];
}

export const HTTP_RULES: readonly Rule[] = [
  ...HTTP_PAIR_RULES,
  {
    id: 'http.blockpage_fingerprint',
    layer: 'http',
    claim: 'The answer over plain HTTP is a block page whose fingerprint and origin are on record.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: [],
    standsAlone: true,
    fires: (c) =>
      plainHops(c).flatMap((hop): Finding[] =>
        hop.http.flatMap((o): Finding[] => {
          if (matchFingerprint(c, hop, o) === undefined) return [];
          // The site's own page quotes a block page: the control is shown it too, or it comes over TLS as well.
          if (sameAsControl(c, hop, o) || originsWord(c, hop)?.plain === o) return [];
          const common = {
            layer: 'http',
            evidence: 'strong',
            host: hop.host,
            depth: hop.depth,
            because: [o],
          } as const;
          return [{ ...common, outcome: 'interfered', method: 'http.blockpage' }];
        }),
      ),
  },
  {
    id: 'http.status_451_unpaired',
    layer: 'http',
    claim:
      'HTTP 451 over plain HTTP, where the control gets an ordinary page: path or origin, not yet told apart.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['origin_refuses_country'],
    fires: (c) =>
      plainHops(c).flatMap((hop): Finding[] => {
        const answer = responseOf(hop);
        const control = ordinaryAtControl(c, hop);
        if (answer?.status !== HTTP_UNAVAILABLE_FOR_LEGAL_REASONS || control.length === 0) return [];
        const common = { layer: 'http', evidence: 'weak', host: hop.host, depth: hop.depth } as const;
        return [
          { ...common, outcome: 'suspected', method: 'http.status_451', because: [answer, ...control] },
        ];
      }),
  },
  {
    id: 'http.fails_control_succeeds',
    layer: 'http',
    claim: 'The exchange over plain HTTP dies here, and the control gets the page.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['origin_filters_country', 'transient_failure'],
    fires: (c) =>
      plainHops(c).flatMap((hop): Finding[] => {
        const failed = hop.http.find((o) => endingOf(o.failure) !== null);
        const connected = hop.tcp.some((o) => o.failure === null) || hop.tcp.length === 0;
        const control = c.control?.http;
        if (failed === undefined || !connected || control === undefined || !controlReached(c, hop)) return [];
        if (controlRefused(c) || !failedAgain(c, hop) || lineFlaps(c)) return [];
        const method = methodOf('http', failed.failure);
        if (method === null) return [];
        const common = { layer: 'http', evidence: 'weak', host: hop.host, depth: hop.depth } as const;
        return [{ ...common, outcome: 'suspected', method, because: [failed, control] }];
      }),
  },
  {
    id: 'http.stalls_inside_tls',
    layer: 'throughput',
    claim: 'TLS was set up with a valid chain, then the page stopped coming; the control gets it.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['transient_failure', 'origin_filters_country', 'slow_line'],
    fires: (c) =>
      c.hops.flatMap((hop): Finding[] => {
        const stalled = hop.encrypted ? hop.http.find((o) => endingOf(o.failure) === 'timeout') : undefined;
        const control = c.control?.http;
        if (stalled === undefined || control === undefined || !controlReached(c, hop)) return [];
        if (controlRefused(c) || !failedAgain(c, hop)) return [];
        const common = { layer: 'throughput', evidence: 'weak', host: hop.host, depth: hop.depth } as const;
        return [
          { ...common, outcome: 'suspected', method: 'throughput.freeze', because: [stalled, control] },
        ];
      }),
  },
  {
    id: 'http.differs_from_control',
    layer: 'http',
    claim: 'The page over plain HTTP differs from the control’s in every way that is compared.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['site_shows_other_page_here', 'cdn_or_country_version'],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const answer = hop === undefined ? null : responseOf(hop);
      const control = c.control?.http;
      // Over TLS the origin wrote the page, whatever it says: an untrusted chain gets no request.
      if (hop === undefined || hop.encrypted || answer === null || control === undefined) return [];
      if (control.failure !== null || control.status === null || !differsFromControl(answer, control))
        return [];
      if (answersOf(hop).some((o) => looksLikeControls(o, control))) return [];
      // The site turned the control away, or failed there: what it shows to others can't be compared with that.
      if (controlRefused(c) || (control.status >= 500 && answer.status !== null && answer.status < 400))
        return [];
      // The origin itself says so over TLS, here or by the redirect that led here.
      if (c.hops.some((h) => originsWord(c, h) !== null)) return [];
      // A plainer word for the same difference: http.status_451_unpaired.
      if (answer.status === HTTP_UNAVAILABLE_FOR_LEGAL_REASONS && ordinaryAtControl(c, hop).length > 0)
        return [];
      const forgedRedirect = hop.depth > 0 && c.control !== null && !c.control.hosts.has(hop.host);
      const method = forgedRedirect ? 'http.redirect_blockpage' : 'http.blockpage';
      const common = { layer: 'http', evidence: 'weak', host: hop.host, depth: hop.depth } as const;
      return [{ ...common, outcome: 'suspected', method, because: [answer, control] }];
    },
  },
];
