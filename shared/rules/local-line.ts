/** The device's own line: a tunnel, a wrong clock, an IPv6 that leads nowhere. What was seen then is about that. */
import type { TcpObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { localFinding } from './local-facts.ts';
import { asnOf } from './networks.ts';
import { atControl, endingOf, responseOf } from './predicates.ts';
import type { Rule } from './rule.ts';

/** Replies and certificates are judged by the hour; a clock that is further off makes them somebody else's. Minutes. */
const MAX_CLOCK_ERROR_MINUTES = 120;
/** "Not known", in the place of a country code. */
const NO_COUNTRY = 'ZZ';

/** What shows that packets left this country or line before they met its network. */
function leavesByTunnel(c: Case): boolean {
  const { tunnel, statement, probeCc, probeAsn } = c.network;
  const elsewhere =
    statement !== null && statement.cc !== NO_COUNTRY && probeCc !== NO_COUNTRY && statement.cc !== probeCc;
  const asn = statement?.asn ?? asnOf(probeAsn);
  return tunnel || elsewhere || (asn !== null && c.networks.accessOf(asn, c.startedAt) === 'hosting');
}

/** The control's signed time, or the collector's, against this device's: and something that depends on it went wrong. */
function clockIsWrong(c: Case): boolean {
  const { controlClockMinutes } = c;
  const noLiveControl = c.controlSource !== 'live';
  if (controlClockMinutes !== null && Math.abs(controlClockMinutes) > MAX_CLOCK_ERROR_MINUTES)
    return noLiveControl;
  const offset = Math.abs(c.network.clockOffsetMinutes ?? 0);
  return offset >= MAX_CLOCK_ERROR_MINUTES && (noLiveControl || failsByDate(c).length > 0);
}

const failsByDate = (c: Case) =>
  c.hops
    .flatMap((hop) => hop.tls)
    .filter((o) => o.appraisal?.pathToRoot === true && (o.appraisal.expired || o.appraisal.notYetValid));

const isV6 = (o: TcpObservation): boolean => o.address.includes(':');

/** The hop was tried over IPv6 alone, and there it failed; the control didn't fail there. */
function failsOverV6Only(c: Case, hop: Hop): boolean {
  return (
    hop.tcp.length > 0 &&
    responseOf(hop) === null &&
    hop.tcp.every((o) => isV6(o) && o.failure !== null) &&
    !hop.tcp.some((o) => (atControl(c.control?.tcp, o)?.failure ?? null) !== null)
  );
}

/** IPv4, IPv6, IPv4 at a reflector: only the middle one fails. */
function familyPairs(c: Case) {
  return c.tcpPairs.filter(
    ({ record, before, suspect, after }) =>
      record.kind === 'tcp.family_at_reflector' &&
      before?.failure === null &&
      after?.failure === null &&
      suspect !== null &&
      suspect.failure !== null &&
      isV6(suspect) &&
      !isV6(before) &&
      !isV6(after),
  );
}

/** This device's own kernel knows no way to any IPv6 address, while IPv4 works. */
function noRouteForV6(c: Case): readonly TcpObservation[] {
  const tried = c.observations.filter((o): o is TcpObservation => o.kind === 'tcp' && o.vantage === 'probe');
  const v6 = tried.filter(isV6);
  const works = tried.some((o) => !isV6(o) && o.failure === null);
  return works && v6.every((o) => endingOf(o.failure) === 'unreachable') ? v6 : [];
}

export const LOCAL_LINE_RULES: readonly Rule[] = [
  {
    id: 'local.vpn_or_proxy',
    layer: null,
    claim:
      'Packets leave through a tunnel, from another country or from a hosting network: what is measured is not this line.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      c.hops.length > 0 && leavesByTunnel(c)
        ? [localFinding(c, { cause: 'vpn_or_proxy', evidence: 'strong', because: [] })]
        : [],
  },
  {
    id: 'local.clock_wrong',
    layer: null,
    claim: 'The device’s clock is hours off: certificates and the control’s reply can’t be judged by it.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      c.hops.length > 0 && clockIsWrong(c)
        ? [localFinding(c, { cause: 'clock_wrong', evidence: 'strong', because: failsByDate(c) })]
        : [],
  },
  {
    id: 'local.ipv6_broken',
    layer: null,
    claim: 'IPv6 leads nowhere from here, to our own server either, and the site was tried over IPv6 alone.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: [],
    fires: (c) =>
      c.hops
        .filter((hop) => failsOverV6Only(c, hop))
        .flatMap((hop) => {
          const pairs = familyPairs(c);
          const noRoute = noRouteForV6(c);
          if (pairs.length === 0 && noRoute.length === 0) return [];
          const because = [...hop.tcp, ...pairs.flatMap((p) => p.steps.flatMap((o) => o ?? [])), ...noRoute];
          const found = localFinding(c, {
            cause: 'ipv6_broken',
            evidence: 'strong',
            because,
            counterfactuals: pairs.map((p) => p.record.id),
          });
          return [{ ...found, host: hop.host, depth: hop.depth }];
        }),
  },
];
