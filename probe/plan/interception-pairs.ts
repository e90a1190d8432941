/**
 * Somebody shows a chain of his own: what does he react to? The target's name once more, no name, another protocol, port,
 * address or family, one thing at a time. And where a chain was in order: is it so each time?
 */
import type { CounterfactualKind, TlsObservation, Verdict } from '../../shared/model/index.ts';
import {
  addressesOf,
  canonicalAddress,
  deadHandshakes,
  interceptedHandshake,
  type Case,
  type Hop,
} from '../../shared/rules/index.ts';
import type { Endpoint } from '../net/net.ts';
import { madeBefore, suspicionOf, type PlannedPair, type PlannedStep, type PlanWorld } from './pair.ts';
import { tlsPairs } from './tls-pairs.ts';

/** Further handshakes with the target's name, at once: with the first one as many as a browser opens to one site. */
const HANDSHAKES_AGAIN = 4;
/** Ports on which sites answer over TLS; the first that is not the target's own is tried. */
const TLS_PORTS = [8443, 443];

type Step = Pick<Extract<PlannedStep, { protocol: 'tls' }>, 'name' | 'endpoint' | 'alpn'>;

function atSite(kind: CounterfactualKind, hop: Hop, steps: readonly Step[]): PlannedPair {
  return {
    kind,
    where: 'same_address',
    reflector: null,
    place: null,
    innocuous: hop.host,
    suspect: hop.host,
    steps: steps.map((step) => ({ protocol: 'tls', validFor: hop.host, split: false, ...step })),
    order: kind === 'tls.chain_again' ? 'at_once' : 'in_turn',
    ...suspicionOf(hop.tls.at(-1)),
  };
}

const again = (hop: Hop, endpoint: Endpoint): PlannedPair =>
  atSite(
    'tls.chain_again',
    hop,
    Array.from({ length: HANDSHAKES_AGAIN }, () => ({ name: hop.host, endpoint })),
  );

/** Addresses of the host at which nothing was tried yet; the first of each family. */
function untried(c: Case, hop: Hop, world: PlanWorld): { v4: string | undefined; v6: string | undefined } {
  const tried = new Set([...hop.tcp, ...hop.tls].map((o) => canonicalAddress(o.address)));
  const rest = addressesOf(c, hop).filter((a) => !tried.has(a) && world.mayContact(a));
  return { v4: rest.find((a) => !a.includes(':')), v6: rest.find((a) => a.includes(':')) };
}

function mapPairs(c: Case, hop: Hop, met: TlsObservation, world: PlanWorld): readonly PlannedPair[] {
  const { address, port } = met;
  const here = { address, port };
  const name = hop.host;
  const { v4, v6 } = untried(c, hop, world);
  const [sibling, family] = address.includes(':') ? [v6, v4] : [v4, v6];
  const otherPort = TLS_PORTS.find((p) => p !== port);
  const one = (kind: CounterfactualKind, step: Step): PlannedPair => atSite(kind, hop, [step]);
  const to = (kind: CounterfactualKind, endpoint: Partial<Endpoint>): readonly PlannedPair[] =>
    endpoint.address === undefined && endpoint.port === undefined
      ? []
      : [one(kind, { name, endpoint: { ...here, ...endpoint } })];
  return [
    again(hop, here),
    one('tls.chain_without_name', { name: null, endpoint: here }),
    atSite('tls.chain_other_protocol', hop, [
      { name, endpoint: here, alpn: ['h2'] },
      { name, endpoint: here, alpn: ['http/1.1'] },
    ]),
    ...(otherPort === undefined ? [] : to('tls.chain_other_port', { port: otherPort })),
    ...(sibling === undefined ? [] : to('tls.chain_at_sibling', { address: sibling })),
    ...(family === undefined ? [] : to('tls.chain_other_family', { address: family })),
  ];
}

/** An address in a URL is never said in a ClientHello: there is no name to vary. */
const saysItsName = (hop: Hop): boolean => hop.tls.some((o) => o.serverName === hop.host);

/** After the pairs that settle whose chain it is. */
function triggerPairs(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const met = interceptedHandshake(c, hop);
  if (met === null || !world.mayMapTrigger || !saysItsName(hop)) return [];
  return mapPairs(c, hop, met, world).filter((p) => madeBefore(world, p.kind, hop.host) === 0);
}

/** All pairs of an intercepted hop, in their order. */
export function interceptionPairs(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const whose = tlsPairs(c, hop, world);
  return whose.length > 0 ? whose : triggerPairs(c, hop, world);
}

/** The first site of the measurement that was asked over TLS, once more, where its chain was in order each time so far. */
export function againPairs(c: Case, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  const hop = c.hops.find((h) => h.encrypted && h.tls.length > 0);
  const [first] = hop?.tls.filter((o) => o.appraisal?.trusted === true) ?? [];
  if (hop === undefined || first === undefined || !world.mayLookAgain || !saysItsName(hop)) return [];
  if (madeBefore(world, 'tls.chain_again', hop.host) > 0 || deadHandshakes(hop).length > 0) return [];
  // Where speed is the question four handshakes more would be in its way.
  if (verdict.layer === 'throughput') return [];
  const { address, port } = first;
  return [{ ...again(hop, { address, port }), suspicion: null, suspectedAt: null }];
}
