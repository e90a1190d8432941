/**
 * The same address and port, from a network of another owner: what fails in one and works in the other is no choice of an
 * origin that treats the country as one. The `confirmed` of the row "TCP fails"; decision record 012.
 */
import { CLOSED_PORT, type Place, type TcpObservation } from '../model/index.ts';
import type { Witness } from '../observe/index.ts';
import { canonicalAddress, type Case, type Hop, type Pair } from './case.ts';
import { atControl, endingOf, methodOf, truthfulAddresses } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import { pauseMaySettle, silentAfterPause } from './tcp-after-pause.ts';
import { allFailed, failedBetween, failuresAtTrueAddresses, isV6, repeated, samePlace } from './tcp-facts.ts';
import { lineFlaps } from './tls-facts.ts';

/** Within the hour: starts are rounded down to ten minutes, so fifty between two of them may be sixty. Milliseconds. */
export const WITNESS_REACH_MS = 50 * 60_000;

/** A place at which nothing answers, while our own server does and the control connects. */
interface Silent {
  readonly hop: Hop;
  readonly failures: readonly TcpObservation[];
  readonly site: TcpObservation;
  /** Of the place, then of the address's closed port. */
  readonly control: readonly TcpObservation[];
  readonly pairs: readonly Pair<TcpObservation>[];
}

/** Over IPv6 many lines and routes are broken for reasons of their own: it counts where the site has nothing else. */
function familyCounts(c: Case, hop: Hop, site: TcpObservation): boolean {
  const truth = [...truthfulAddresses(c, hop)];
  return !isV6(site) || [...hop.tcp.map((o) => o.address), ...truth].every((a) => a.includes(':'));
}

function silentAt(c: Case, hop: Hop, site: TcpObservation): Silent | null {
  const failures = hop.tcp.filter((o) => samePlace(o, site));
  const control = atControl(c.control?.tcp, site);
  const sameEnd = failures.every((o) => endingOf(o.failure) === endingOf(site.failure));
  if (control?.failure !== null || !sameEnd || methodOf('tcp', site.failure) === null) return null;
  if (!repeated(c, failures) || !familyCounts(c, hop, site)) return null;
  const pairs = failedBetween(c, hop, site);
  return pairs.length === 0 ? null : { hop, failures, site, control: [control], pairs };
}

/** An operator's network that the measurement can be compared from; its owner on that day, null when there is none. */
function ownerOf(c: Case, asn: number | null, atMs: number): string | null {
  return asn === null || !c.networks.isOperator(asn, atMs) ? null : c.networks.ownerOf(asn, atMs);
}

function silentIn(c: Case, hop: Hop): readonly Silent[] {
  if (lineFlaps(c) || !allFailed(c, hop)) return [];
  const failures = failuresAtTrueAddresses(c, hop);
  const first = failures.filter((o, i) => failures.findIndex((other) => samePlace(o, other)) === i);
  return first.flatMap((site) => silentAt(c, hop, site) ?? []);
}

/** Where a pause would show whether the address is silent or only punished; what a plan asks. */
export const worthAPause = (c: Case, hop: Hop): readonly TcpObservation[] =>
  silentIn(c, hop).flatMap(({ site }) => (pauseMaySettle(c, hop, site) ? site : []));

/** Places that only a witness is missing for. */
function allSilent(c: Case): readonly Silent[] {
  if (ownerOf(c, c.asnInside, c.startedAt) === null) return [];
  return c.hops.flatMap((hop) =>
    silentIn(c, hop).flatMap((silent) => {
      const after = silentAfterPause(c, hop, silent.site);
      const closed = atControl(c.control?.tcp, { ...silent.site, port: CLOSED_PORT });
      if (after.length === 0 || closed === undefined) return [];
      return { ...silent, control: [...silent.control, closed], pairs: [...silent.pairs, ...after] };
    }),
  );
}

/** Whether a network can speak against another's silence: both connect people, and belong to different owners. */
export function canWitness(
  networks: Case['networks'],
  own: { readonly asn: number; readonly startedAt: number },
  other: { readonly asn: number; readonly startedAt: number },
): boolean {
  const [a, b] = [own, other].map(({ asn, startedAt }) =>
    networks.isOperator(asn, startedAt) ? networks.ownerOf(asn, startedAt) : null,
  );
  return a != null && b != null && a !== b && Math.abs(own.startedAt - other.startedAt) <= WITNESS_REACH_MS;
}

/** Where a witness from another owner's network would settle it. */
export function placesToWitness(c: Case): readonly Place[] {
  const places = allSilent(c).map(({ site }) => ({
    address: canonicalAddress(site.address),
    port: site.port,
  }));
  return places.filter(
    (p, i) => places.findIndex((other) => other.address === p.address && other.port === p.port) === i,
  );
}

function witnessesOf(c: Case, { site }: Silent): readonly Witness[] {
  const own = { asn: c.asnInside!, startedAt: c.startedAt };
  return c.witnesses.filter(
    (w) =>
      w.handshake.port === site.port &&
      canonicalAddress(w.handshake.address) === canonicalAddress(site.address) &&
      canWitness(c.networks, own, w),
  );
}

export const TCP_ELSEWHERE_RULES: readonly Rule[] = [
  {
    id: 'tcp.works_on_other_network',
    layer: 'tcp',
    claim:
      'An address fails here every time, between connects to our own server that succeed, also after a pause that outlasts the punishments that are known, and at a port that refuses the control, where nobody says a name; the control connects to it, and within the hour a volunteer on a network of another owner in this country completed a trusted handshake at the same address and port.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: ['origin_filters_network', 'route_broken', 'punished_on_every_port'],
    fires: (c) =>
      allSilent(c).flatMap((silent): Finding[] => {
        const witnesses = witnessesOf(c, silent);
        const { hop, failures, site, control, pairs } = silent;
        const method = methodOf('tcp', site.failure);
        if (witnesses.length === 0 || method === null) return [];
        const steps = pairs.flatMap((pair) => pair.steps.flatMap((o) => o ?? []));
        const n = failures.length + pairs.length;
        return [
          {
            outcome: 'interfered',
            layer: 'tcp',
            method,
            evidence: 'confirmed',
            host: hop.host,
            depth: hop.depth,
            because: [...failures, ...steps, ...control, ...witnesses.map((w) => w.handshake)],
            counterfactuals: pairs.map((pair) => pair.record.id),
            scope: { level: 'address', affected: canonicalAddress(site.address), siblings: [] },
            repeats: { n, m: n },
          },
        ];
      }),
  },
];
