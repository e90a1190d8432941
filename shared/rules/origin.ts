/** Is it the site itself? Broken for everyone, refusing this vantage, or simply there. */
import type { Cause, HttpObservation, Observation, TlsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import { differentAndTrusted } from './interception.ts';
import { looksLikeControls } from './page-difference.ts';
import {
  addressClass,
  atControl,
  atDeviceAddress,
  controlReached,
  diedAfterClientHello,
  endingOf,
  headerOf,
  responseOf,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

const CHALLENGE_TITLES = /^(just a moment|attention required|please wait|checking your browser|ddos-guard)/i;

/** A page that asks for a proof of being human, by the marks that the large CDNs put on it. */
function isChallenge(o: HttpObservation): boolean {
  if (o.status === null || ![403, 429, 503].includes(o.status)) return false;
  return (
    headerOf(o, 'cf-mitigated') !== null ||
    headerOf(o, 'x-sucuri-block') !== null ||
    CHALLENGE_TITLES.test(o.title ?? '') ||
    /cloudflare/i.test(headerOf(o, 'server') ?? '')
  );
}

/** The chain proves that the hop's host itself is talking. */
const authenticated = (hop: Hop): readonly TlsObservation[] =>
  hop.tls.filter((o) => o.appraisal?.trusted === true);

/** Documents of other probes often keep no chain: their own verdict on the handshake has to do. */
const authenticatedLoosely = (c: Case, hop: Hop): readonly TlsObservation[] =>
  c.ours ? authenticated(hop) : hop.tls.filter((o) => o.failure === null);

function sameCertificateProblem(o: TlsObservation, control: TlsObservation | undefined): boolean {
  if (control === undefined || o.appraisal?.trusted === true) return false;
  const aboutChain = o.failure?.startsWith('ssl_') === true && o.failure !== 'ssl_failed_handshake';
  if (o.appraisal === null) return aboutChain && control.failure === o.failure;
  if (control.appraisal !== null) return control.appraisal.leafSha256 === o.appraisal.leafSha256;
  return control.failure !== null && control.failure === o.failure;
}

/** One of the site's own addresses, by the word of somebody honest, or nobody was asked. */
function atSiteAddress(c: Case, hop: Hop, address: string): boolean {
  const truth = truthfulAddresses(c, hop);
  return truth.size === 0 || truth.has(canonicalAddress(address));
}

function certificateCause(o: TlsObservation): Cause {
  const a = o.appraisal;
  return a?.expired === true && !a.wrongName && !a.selfSigned
    ? 'certificate_expired'
    : 'certificate_misconfigured';
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;
const at = (hop: Hop): { host: string; depth: number } => ({ host: hop.host, depth: hop.depth });
const ORIGIN_LEVEL = 'strong' as const;
/** Redirects that a probe follows; OONI's bound. */
const MAX_REDIRECTS = 10;

export const ORIGIN_RULES: readonly Rule[] = [
  {
    id: 'origin.certificate_same_everywhere',
    layer: 'tls',
    claim: 'The certificate is wrong, and the control is shown the same one.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: [],
    fires: (c) =>
      c.hops.flatMap((hop): Finding[] => {
        const broken = hop.tls.find(
          (o) => atSiteAddress(c, hop, o.address) && sameCertificateProblem(o, atControl(c.control?.tls, o)),
        );
        if (broken === undefined || authenticated(hop).length > 0) return [];
        const because: Observation[] = [broken, atControl(c.control?.tls, broken)!];
        return [
          {
            outcome: 'down',
            cause: certificateCause(broken),
            evidence: ORIGIN_LEVEL,
            layer: 'tls',
            ...at(hop),
            because,
          },
        ];
      }),
  },
  {
    id: 'origin.down_everywhere',
    layer: null,
    claim: 'The control fails in the same way: the site is down for everyone who was asked.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: ['down_hosted_in_kz'],
    fires: (c) => {
      const hop = c.hops[0];
      if (hop === undefined || c.control === null) return [];
      const down = (layer: Finding['layer'], because: Observation[]): Finding[] => [
        { outcome: 'down', cause: 'site_down', evidence: ORIGIN_LEVEL, layer, ...at(hop), because },
      ];
      const { dns, tcp, tls, http } = c.control;
      const asked = usedByDevice(hop);
      const nowhere = asked.length > 0 && asked.every((o) => o.failure !== null);
      if (nowhere && dns.addresses.length === 0 && http.failure !== null)
        return down('dns', [...asked, dns, http]);
      // What happens at an address that a resolver invented says nothing about the site.
      const site = hop.tcp.every((o) =>
        dns.addresses.some((a) => canonicalAddress(a) === canonicalAddress(o.address)),
      );
      if (!site) return [];
      const failed = hop.tcp.filter((o) => o.failure !== null);
      const same = failed.flatMap((o) => {
        const control = atControl(tcp, o);
        return control !== undefined && endingOf(control.failure) === endingOf(o.failure) ? [o, control] : [];
      });
      if (
        failed.length > 0 &&
        failed.length === hop.tcp.length &&
        same.length === 2 * failed.length &&
        http.failure !== null
      )
        return down('tcp', same);
      const dead = hop.tls.filter(diedAfterClientHello);
      const deadThere = dead.flatMap((o) => {
        const control = atControl(tls, o);
        return control !== undefined && endingOf(control.failure) === endingOf(o.failure) ? [o, control] : [];
      });
      if (dead.length > 0 && deadThere.length === 2 * dead.length && http.failure !== null)
        return down('tls', deadThere);
      const page = hop.http[0];
      if (
        page !== undefined &&
        endingOf(page.failure) !== null &&
        endingOf(page.failure) === endingOf(http.failure)
      )
        return down('http', [page, http]);
      return [];
    },
  },
  {
    id: 'origin.server_error_everywhere',
    layer: 'http',
    claim: 'Here and at the control the server answers with an error of its own.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const answer = hop === undefined ? null : responseOf(hop);
      const control = c.control?.http;
      if (hop === undefined || answer?.status == null || control?.status == null) return [];
      if (answer.status < 500 || control.status < 500) return [];
      return [
        {
          outcome: 'down',
          cause: 'site_down',
          evidence: ORIGIN_LEVEL,
          layer: 'http',
          ...at(hop),
          because: [answer, control],
        },
      ];
    },
  },
  {
    id: 'origin.broken_redirect',
    layer: 'http',
    claim: 'The site redirects to an address that no program can open, or in circles.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: [],
    fires: (c) =>
      c.hops.flatMap((hop): Finding[] => {
        const broken = hop.http.find((o) => o.failure === 'http_invalid_redirect_location_host');
        if (broken === undefined) return [];
        // On plain HTTP anybody on the path can write such a redirect. Other helpers only saw that the client failed.
        const byOrigin =
          !c.ours || authenticated(hop).length > 0 || c.control?.http.failure === broken.failure;
        if (!byOrigin) return [];
        return [
          {
            outcome: 'down',
            cause: 'site_misconfigured',
            evidence: ORIGIN_LEVEL,
            layer: 'http',
            ...at(hop),
            because: [broken],
          },
        ];
      }),
  },
  {
    id: 'origin.private_for_everyone',
    layer: 'dns',
    claim: 'The name leads to a private address for everyone who was asked, and nobody gets a page.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops[0];
      if (hop === undefined || c.control === null || c.control.http.failure === null) return [];
      const { dns, http } = c.control;
      const theirs = new Set(dns.addresses.map(canonicalAddress));
      const asked = usedByDevice(hop).filter((o) => o.addresses.length > 0);
      const same = asked.every((o) =>
        o.addresses.every((a) => theirs.has(canonicalAddress(a)) && addressClass(a) !== 'public'),
      );
      if (asked.length === 0 || !same) return [];
      const because: Observation[] = [...asked, dns, http];
      return [
        {
          outcome: 'down',
          cause: 'site_misconfigured',
          evidence: ORIGIN_LEVEL,
          layer: 'dns',
          ...at(hop),
          because,
        },
      ];
    },
  },
  {
    id: 'origin.redirects_without_end',
    layer: 'http',
    claim: 'The site redirects more often than anybody follows, and the control got no page either.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops.at(-1);
      const page = hop?.http[0];
      const control = c.control?.http;
      if (hop === undefined || page?.status == null || control === undefined || hop.depth < MAX_REDIRECTS)
        return [];
      const noPage = control.failure !== null || (control.status !== null && isRedirect(control.status));
      if (!isRedirect(page.status) || !noPage) return [];
      return [
        {
          outcome: 'down',
          cause: 'site_misconfigured',
          evidence: ORIGIN_LEVEL,
          layer: 'http',
          ...at(hop),
          because: [page, control],
        },
      ];
    },
  },
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
      const refusal = spoken && [401, 403, 429, 451].includes(answer.status) && control.status < 400;
      if (!challenge && !refusal) return [];
      const cause: Cause = challenge
        ? 'cdn_challenge'
        : answer.status === 451
          ? 'origin_451'
          : 'server_geo_refusal';
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
      const answer = hop === undefined ? null : responseOf(hop);
      const control = c.control?.http;
      if (hop === undefined || answer?.status == null || control?.status == null || hop.encrypted) return [];
      if (answer.status >= 500 || answer.status === 451 || !looksLikeControls(answer, control)) return [];
      if (!atDeviceAddress(hop, answer.address)) return [];
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
];

/** `www.` and the bare name, or a name below it: a redirect there is the site's everyday one. */
function sameSite(c: Case, hop: Hop): boolean {
  const bare = (host: string): string => host.replace(/^www\./, '');
  const from = bare(c.hops[0]?.host ?? '');
  const to = bare(hop.host);
  return from === to || to.endsWith(`.${from}`) || from.endsWith(`.${to}`);
}
