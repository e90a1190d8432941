/** Does the resolver tell the truth? Accuses only against the control and an honest second opinion. */
import { formatIp, parseIp } from '../codec/ip.ts';
import type { DnsObservation, Method, Observation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import {
  addressClass,
  atDeviceAddress,
  classesOf,
  controlReached,
  provenWrong,
  responseOf,
  servesName,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import { looksLikeControls } from './page-difference.ts';
import type { Finding, Rule } from './rule.ts';

const DENIALS: Readonly<Record<string, Method>> = {
  dns_nxdomain_error: 'dns.nxdomain',
  android_dns_cache_no_data: 'dns.nxdomain',
  dns_no_answer: 'dns.no_answer',
};
const RESOLVER_FAULTS: Readonly<Record<string, Method>> = {
  dns_servfail_error: 'dns.servfail',
  dns_refused_error: 'dns.refused',
  generic_timeout_error: 'dns.timeout',
  dns_temporary_failure: 'dns.timeout',
};

const isBogon = (address: string): boolean => !['public', 'unreadable'].includes(addressClass(address));
const isBogonAnswer = (o: DnsObservation): boolean => o.addresses.some(isBogon);

/** An IPv6 address that a translator of the network's own made out of a true IPv4 one (RFC 6052, /96). */
function translates(address: string, truth: ReadonlySet<string>): boolean {
  const ip = parseIp(address);
  return ip?.family === 6 && truth.has(formatIp({ family: 4, bytes: ip.bytes.slice(12) }));
}

/**
 * First replies on the wire that were proven wrong, each with a later one to the same query that was right. A question
 * that was repeated on a slow line gets two replies as well, and from a rotating pool two different ones.
 */
function overtaken(c: Case, hop: Hop): readonly DnsObservation[] {
  const truth = truthfulAddresses(c, hop);
  const right = (o: DnsObservation): boolean => o.addresses.some((a) => truth.has(canonicalAddress(a)));
  const wrong = (o: DnsObservation): boolean =>
    o.addresses.length > 0
      ? o.addresses.every((a) => provenWrong(c, hop, a))
      : o.failure !== null && Object.hasOwn(DENIALS, o.failure);
  const first = hop.dns.filter((o) => o.path === 'wire' && !o.late && wrong(o));
  const late = hop.dns.filter((o) => o.late && right(o));
  return first.flatMap((a) => {
    const b = late.find((o) => o.transaction === a.transaction && o.queryType === a.queryType);
    return b === undefined ? [] : [a, b];
  });
}

/** Over plain HTTP one of these addresses gave the control's page: in a lab or an intranet, a second server of the site. */
function servesPage(c: Case, hop: Hop, addresses: readonly string[]): boolean {
  const [answer, control] = [responseOf(hop), c.control?.http];
  if (hop.encrypted || answer?.address == null || control === undefined) return false;
  const from = canonicalAddress(answer.address);
  return addresses.some((a) => canonicalAddress(a) === from) && looksLikeControls(answer, control);
}

/** Bogon for this device, while those who are asked elsewhere get something of another kind. */
function bogonAnswers(c: Case, hop: Hop): readonly DnsObservation[] {
  const truth = truthfulAddresses(c, hop);
  const elsewhere = classesOf(truth);
  // A private answer against a private truth, in a lab or an intranet: only if the truth is where the site is.
  const truthConnects =
    c.control?.tcp.some((t) => t.failure === null && truth.has(canonicalAddress(t.address))) ?? false;
  const isBogus = (family: readonly string[]): boolean =>
    family.some(isBogon) &&
    family.every((a) => !truth.has(canonicalAddress(a)) && !translates(a, truth) && !servesName(c, hop, a)) &&
    !servesPage(c, hop, family) &&
    (truth.size === 0 || family.some((a) => !elsewhere.has(addressClass(a))) || truthConnects);
  // Each family by itself: a forged A beside the true AAAA is forged all the same.
  return usedByDevice(hop).filter((o) =>
    [4, 6].some((family) => isBogus(o.addresses.filter((a) => parseIp(a)?.family === family))),
  );
}

function denied(
  hop: Hop,
  table: Readonly<Record<string, Method>>,
): { method: Method; by: DnsObservation[] } | null {
  const used = usedByDevice(hop);
  // A family without an address is no denial: every query of the device has to fail.
  if (used.length === 0 || used.some((o) => o.addresses.length > 0)) return null;
  const by = used.filter((o) => o.failure !== null && Object.hasOwn(table, o.failure));
  const worst = by.find((o) => o.failure !== 'dns_no_answer') ?? by[0];
  return worst?.failure == null || by.length < used.length ? null : { method: table[worst.failure]!, by };
}

/** The wire contradicts libc: the answer came from a file on this device. Others ask another resolver on the wire. */
function wireDisagrees(c: Case, hop: Hop, used: readonly DnsObservation[]): readonly DnsObservation[] {
  if (!c.ours) return [];
  const local = new Set(used.flatMap((o) => o.addresses.map(canonicalAddress)));
  const wire = hop.dns.filter((o) => o.path === 'wire' && !o.late && o.addresses.length > 0);
  return wire.length > 0 && wire.every((o) => o.addresses.every((a) => !local.has(canonicalAddress(a))))
    ? wire
    : [];
}

/** The same, and what the resolver said there is the truth: it has no part in what this device believes. */
function honestWire(c: Case, hop: Hop, used: readonly DnsObservation[]): readonly DnsObservation[] {
  const truth = truthfulAddresses(c, hop);
  const wire = wireDisagrees(c, hop, used);
  return wire.some((o) => o.addresses.some((a) => truth.has(canonicalAddress(a)))) ? wire : [];
}

const secondOpinion = (hop: Hop): readonly DnsObservation[] =>
  hop.dns.filter((o) => o.path === 'second' && o.failure === null && o.addresses.length > 0);
const controlAnswer = (c: Case, hop: Hop): DnsObservation[] =>
  c.control !== null && c.control.dns.hostname === hop.host && c.control.dns.addresses.length > 0
    ? [c.control.dns]
    : [];
/** The same resolver gave the truth when this program asked it: what libc's own question lacked was luck. */
function answeredOnTheWire(c: Case, hop: Hop): boolean {
  const truth = truthfulAddresses(c, hop);
  return (
    c.ours &&
    hop.dns.some(
      (o) =>
        o.path === 'wire' &&
        !o.late &&
        o.addresses.some((a) => truth.has(canonicalAddress(a)) || servesName(c, hop, a)),
    )
  );
}

/** Whoever got a page from the hop's host by a redirect also resolved its name. */
const controlKnows = (c: Case, hop: Hop): Observation[] => {
  const answer = controlAnswer(c, hop);
  return answer.length > 0 || c.control === null || hop.depth === 0 || !controlReached(c, hop)
    ? answer
    : [c.control.http];
};
const denies = (o: DnsObservation): boolean => o.failure === 'dns_nxdomain_error' && o.addresses.length === 0;

function perHop(c: Case, check: (hop: Hop) => Omit<Finding, 'host' | 'depth' | 'layer'> | null): Finding[] {
  return c.hops.flatMap((hop) => {
    const found = check(hop);
    return found === null ? [] : [{ ...found, layer: 'dns' as const, host: hop.host, depth: hop.depth }];
  });
}

const RESOLVER_ALTERNATIVES = ['resolver_filter_chosen_by_user'];

export const DNS_RULES: readonly Rule[] = [
  {
    id: 'dns.hosts_file',
    layer: 'dns',
    claim: 'The device answers from its own hosts file: the resolver on the wire says otherwise.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      perHop(c, (hop) => {
        const used = usedByDevice(hop).filter((o) => o.path === 'system' && o.addresses.length > 0);
        const wire = honestWire(c, hop, used);
        const wrong = used.length > 0 && used.every((o) => o.addresses.every((a) => provenWrong(c, hop, a)));
        return wire.length > 0 && wrong
          ? { outcome: 'local', cause: 'hosts_file', evidence: 'strong', because: [...used, ...wire] }
          : null;
      }),
  },
  {
    id: 'dns.bogon_answer',
    layer: 'dns',
    claim:
      'The resolver answers with an address that no public name can have; control or a second resolver know another.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: RESOLVER_ALTERNATIVES,
    standsAlone: true,
    fires: (c) =>
      perHop(c, (hop) => {
        const bogus = bogonAnswers(c, hop);
        const truth = [...controlAnswer(c, hop), ...secondOpinion(hop)];
        // An answer that somebody slipped in ahead of the resolver's own is not the resolver's: dns.two_replies says so.
        const injected = overtaken(c, hop).length > 0;
        if (bogus.length === 0 || truth.length === 0 || injected || wireDisagrees(c, hop, bogus).length > 0)
          return null;
        return {
          outcome: 'interfered',
          method: 'dns.bogon',
          evidence: 'confirmed',
          because: [...bogus, ...truth],
        };
      }),
  },
  {
    id: 'dns.bogon_unchecked',
    layer: 'dns',
    claim: 'The resolver answers with an address that no public name can have; nobody else could be asked.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['name_is_private_for_everyone', ...RESOLVER_ALTERNATIVES],
    fires: (c) =>
      perHop(c, (hop) => {
        const bogus = bogonAnswers(c, hop);
        if (bogus.length === 0 || truthfulAddresses(c, hop).size > 0) return null;
        return { outcome: 'suspected', method: 'dns.bogon', evidence: 'weak', because: bogus };
      }),
  },
  {
    id: 'dns.name_denied',
    layer: 'dns',
    claim: 'The resolver denies a name that the control and an honest second resolver both resolve.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['name_changed_within_minutes', ...RESOLVER_ALTERNATIVES],
    fires: (c) =>
      perHop(c, (hop) => {
        const no = denied(hop, DENIALS);
        const [control, second] = [controlKnows(c, hop), secondOpinion(hop)];
        if (no === null || control.length === 0 || second.length === 0) return null;
        const because = [...no.by, ...control, ...second];
        return { outcome: 'interfered', method: no.method, evidence: 'strong', because };
      }),
  },
  {
    id: 'dns.name_denied_unpaired',
    layer: 'dns',
    claim: 'The resolver denies a name that one other vantage resolves.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['name_changed_within_minutes', 'domain_suspended_but_cached', ...RESOLVER_ALTERNATIVES],
    fires: (c) =>
      perHop(c, (hop) => {
        const no = denied(hop, DENIALS);
        const [control, second] = [controlKnows(c, hop), secondOpinion(hop)];
        if (no === null || control.length > 0 === second.length > 0) return null;
        return {
          outcome: 'suspected',
          method: no.method,
          evidence: 'weak',
          because: [...no.by, ...control, ...second],
        };
      }),
  },
  {
    id: 'dns.resolver_fails',
    layer: 'dns',
    claim: 'The resolver fails for a name that others resolve.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['resolver_broken', 'transient_failure'],
    fires: (c) =>
      perHop(c, (hop) => {
        const no = denied(hop, RESOLVER_FAULTS);
        const truth = [...controlAnswer(c, hop), ...secondOpinion(hop)];
        if (no === null || truth.length === 0 || answeredOnTheWire(c, hop)) return null;
        return { outcome: 'suspected', method: no.method, evidence: 'weak', because: [...no.by, ...truth] };
      }),
  },
  {
    id: 'dns.two_replies',
    layer: 'dns',
    claim:
      'One query got two different replies, the first wrong and a later one right: somebody on the path answered first.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      perHop(c, (hop) => {
        const pair = overtaken(c, hop);
        return pair.length === 0
          ? null
          : { outcome: 'interfered', method: 'dns.injection', evidence: 'confirmed', because: pair };
      }),
  },
  {
    id: 'dns.name_invented',
    layer: 'dns',
    claim: 'The resolver gives an address for a name that control and second resolver say does not exist.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['name_changed_within_minutes', 'resolver_invents_addresses'],
    fires: (c) =>
      perHop(c, (hop) => {
        const given = usedByDevice(hop).filter((o) => o.addresses.length > 0);
        const second = hop.dns.filter((o) => o.path === 'second' && denies(o));
        const control =
          c.control !== null && c.control.dns.hostname === hop.host && denies(c.control.dns)
            ? [c.control.dns]
            : [];
        if (given.length === 0 || second.length === 0 || control.length === 0) return null;
        const because = [...given, ...second, ...control];
        return { outcome: 'suspected', method: 'dns.wrong_address', evidence: 'weak', because };
      }),
  },
  {
    id: 'dns.answers_differ',
    layer: 'dns',
    claim:
      'The resolver gives other addresses than control and second resolver, and none of them serves the name.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['site_uses_other_addresses_here', 'site_moved_recently'],
    fires: (c) =>
      perHop(c, (hop) => {
        const truth = truthfulAddresses(c, hop);
        const used = usedByDevice(hop).filter((o) => o.addresses.length > 0 && !isBogonAnswer(o));
        const given = new Set(used.flatMap((o) => o.addresses.map(canonicalAddress)));
        if (used.length === 0 || truth.size === 0 || [...given].some((a) => truth.has(a))) return null;
        const serves = [...given].some((a) => servesName(c, hop, a));
        const answer = responseOf(hop);
        const control = c.control?.http;
        const plainAnswer =
          !hop.encrypted &&
          answer !== null &&
          atDeviceAddress(hop, answer.address) &&
          (control === undefined || looksLikeControls(answer, control));
        if (serves || plainAnswer || honestWire(c, hop, used).length > 0) return null;
        const because = [...used, ...controlAnswer(c, hop), ...secondOpinion(hop)];
        return { outcome: 'suspected', method: 'dns.wrong_address', evidence: 'weak', because };
      }),
  },
];
