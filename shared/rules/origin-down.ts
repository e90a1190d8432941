/** Is the site broken for everyone? Each needs a control that failed in kind, or was shown the same. */
import type { Cause, Observation, TlsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import { bearsChallengeMarks } from './control-refused.ts';
import { at, authenticated, isRedirect, MAX_REDIRECTS, ORIGIN_LEVEL } from './origin-facts.ts';
import {
  addressClass,
  atControl,
  diedAfterClientHello,
  endingOf,
  responseOf,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

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

function down(hop: Hop, cause: Cause, layer: Finding['layer'], because: readonly Observation[]): Finding {
  return { outcome: 'down', cause, evidence: ORIGIN_LEVEL, layer, ...at(hop), because };
}

/**
 * Down for everybody and hosted in the country: nobody outside can tell a broken server from one that was cut off at home,
 * so it is neither called interference nor laid aside as a fault.
 */
function siteDown(c: Case): Cause {
  const addresses = (c.control?.dns.addresses ?? []).map(canonicalAddress);
  const atHome = (address: string): boolean => {
    const network = Object.hasOwn(c.controlExtras.networks, address)
      ? c.controlExtras.networks[address]
      : undefined;
    if (network === undefined) return false;
    return network.cc === null ? c.networks.isOperator(network.asn, c.startedAt) : network.cc === 'KZ';
  };
  return addresses.length > 0 && addresses.every(atHome) ? 'down_hosted_in_kz' : 'site_down';
}

export const ORIGIN_DOWN_RULES: readonly Rule[] = [
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
        return [down(hop, certificateCause(broken), 'tls', because)];
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
      const { dns, tcp, tls, http } = c.control;
      const asked = usedByDevice(hop);
      const nowhere = asked.length > 0 && asked.every((o) => o.failure !== null);
      if (nowhere && dns.addresses.length === 0 && http.failure !== null)
        return [down(hop, 'site_down', 'dns', [...asked, dns, http])];
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
        return [down(hop, siteDown(c), 'tcp', same)];
      const dead = hop.tls.filter(diedAfterClientHello);
      const deadThere = dead.flatMap((o) => {
        const control = atControl(tls, o);
        return control !== undefined && endingOf(control.failure) === endingOf(o.failure) ? [o, control] : [];
      });
      if (dead.length > 0 && deadThere.length === 2 * dead.length && http.failure !== null)
        return [down(hop, siteDown(c), 'tls', deadThere)];
      const ending = endingOf(http.failure);
      if (hop.http.length > 0 && ending !== null && hop.http.every((o) => endingOf(o.failure) === ending))
        return [down(hop, siteDown(c), 'http', [...hop.http, http])];
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
      // A control that is asked for a proof of being human has seen no failure.
      if (bearsChallengeMarks(control)) return [];
      return [down(hop, siteDown(c), 'http', [answer, control])];
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
          !c.ours ||
          (hop.encrypted && authenticated(hop).length > 0) ||
          c.control?.http.failure === broken.failure;
        if (!byOrigin) return [];
        return [down(hop, 'site_misconfigured', 'http', [broken])];
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
      return [down(hop, 'site_misconfigured', 'dns', because)];
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
      return [down(hop, 'site_misconfigured', 'http', [page, control])];
    },
  },
];
