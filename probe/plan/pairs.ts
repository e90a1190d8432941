/**
 * Which matched pairs does a suspicion call for? Pure: a case and what may be asked → next pairs, none when the
 * question is settled. The table "Which pair suffices" decides; the reflector's pair comes first because it alone can
 * exclude the origin's own filter, the others only where it did not settle the matter.
 */
import type {
  CounterfactualKind,
  Observation,
  ReflectorDescriptor,
  Verdict,
} from '../../shared/model/index.ts';
import { deadHandshakes, looksLikeControls, type Case, type Hop } from '../../shared/rules/index.ts';
import type { Endpoint } from '../net/net.ts';

export interface PlannedPair {
  readonly kind: CounterfactualKind;
  readonly protocol: 'tls' | 'http';
  readonly where: 'reflector' | 'same_address';
  readonly reflector: ReflectorDescriptor | null;
  readonly endpoint: Endpoint;
  readonly innocuous: string;
  readonly suspect: string;
  /** Path and query of the suspicious URL; pairs over HTTP ask for the same. */
  readonly path: string;
  readonly suspicion: number | null;
  /** When the suspicious operation ended, in seconds of the measurement; null when nothing was suspicious yet. */
  readonly suspectedAt: number | null;
  /** One step instead of A-B-A: a split ClientHello, a canary. */
  readonly single: boolean;
}

export interface PlanWorld {
  readonly reflectors: readonly ReflectorDescriptor[];
  /** False for risky categories without opt-in, and when this run has named enough names already. */
  readonly mayNameAtReflector: boolean;
}

/** A name that any server may be asked for without drawing attention; reserved for documentation (RFC 2606). */
export const INNOCUOUS_NAME = 'example.com';

const TLS_REFLECTOR_KINDS = ['tls.sni_at_reflector', 'tls.chain_at_reflector'] as const;

function done(c: Case, kind: CounterfactualKind, host: string): boolean {
  return [...c.tlsPairs, ...c.httpPairs].some((p) => p.record.kind === kind && p.record.suspect === host);
}

function suspicionOf(o: Observation | undefined): Pick<PlannedPair, 'suspicion' | 'suspectedAt'> {
  const ended = o?.startedAt == null ? null : o.startedAt + (o.duration ?? 0);
  return { suspicion: o?.transaction ?? null, suspectedAt: ended };
}

function atReflector(
  kind: CounterfactualKind,
  protocol: 'tls' | 'http',
  hop: Hop,
  r: ReflectorDescriptor,
): PlannedPair[] {
  const address = r.addresses[0];
  if (address === undefined) return [];
  return [
    {
      kind,
      protocol,
      where: 'reflector',
      reflector: r,
      endpoint: { address, port: protocol === 'tls' ? r.tlsPort : r.httpPort },
      innocuous: r.name,
      suspect: hop.host,
      path: hop.url.pathname + hop.url.search,
      ...suspicionOf(hop.tls.at(-1) ?? hop.http.at(-1)),
      single: false,
    },
  ];
}

function atAddress(kind: CounterfactualKind, hop: Hop, endpoint: Endpoint, single: boolean): PlannedPair {
  return {
    kind,
    protocol: 'tls',
    where: 'same_address',
    reflector: null,
    endpoint,
    innocuous: single ? hop.host : INNOCUOUS_NAME,
    suspect: hop.host,
    path: '/',
    ...suspicionOf(hop.tls.at(-1)),
    single,
  };
}

function tlsPairs(c: Case, hop: Hop, world: PlanWorld): PlannedPair[] {
  const dead = deadHandshakes(hop);
  const untrusted = hop.tls.filter((o) => o.appraisal !== null && !o.appraisal.trusted);
  const first = dead[0] ?? untrusted[0];
  if (first === undefined) return [];
  const [atR, atA] =
    dead.length > 0
      ? (['tls.sni_at_reflector', 'tls.sni_at_address'] as const)
      : (['tls.chain_at_reflector', 'tls.chain_at_address'] as const);
  const reflector = world.reflectors[0];
  if (reflector !== undefined && world.mayNameAtReflector && !done(c, atR, hop.host))
    return atReflector(atR, 'tls', hop, reflector);
  if (done(c, atA, hop.host)) return [];
  const endpoint = { address: first.address, port: first.port };
  const pair = atAddress(atA, hop, endpoint, false);
  return dead.length > 0 ? [pair, atAddress('tls.split_client_hello', hop, endpoint, true)] : [pair];
}

/** Rules that rest on pairs by name, and the kind of pair that has to be made again before they count. */
const REPEATED_KIND: Readonly<Record<string, CounterfactualKind>> = {
  'tls.sni_at_reflector': 'tls.sni_at_reflector',
  'tls.sni_at_address': 'tls.sni_at_address',
  'tls.split_passes': 'tls.sni_at_address',
  'http.host_at_reflector': 'http.host_at_reflector',
};
/** Pairs that have to agree where one may be chance: a line that resets at random makes one, not three. */
const PAIRS_THAT_AGREE = 3;

/** Endings that TCP's own repeats make no accident of: silence, and a page of somebody else's. */
const NO_ACCIDENT: ReadonlySet<string> = new Set([
  'tls.sni_timeout',
  'http.host_timeout',
  'http.status_451',
  'http.blockpage',
  'http.redirect_blockpage',
]);

/** The accusation stands on a pair that may be chance: make it again. */
function repeatedPairs(c: Case, verdict: Verdict, world: PlanWorld): PlannedPair[] {
  const kind = REPEATED_KIND[verdict.rules[0]?.id ?? ''];
  if (verdict.outcome !== 'interfered' || kind === undefined || NO_ACCIDENT.has(verdict.method ?? ''))
    return [];
  const hop = c.hops.find((h) => h.host === verdict.scope.affected);
  if (hop === undefined) return [];
  const made = [...c.tlsPairs, ...c.httpPairs].filter(
    ({ record }) => record.kind === kind && record.suspect === hop.host,
  ).length;
  if (made === 0 || made >= PAIRS_THAT_AGREE) return [];
  const [reflector] = world.reflectors;
  const [dead] = deadHandshakes(hop);
  const again =
    kind === 'tls.sni_at_address'
      ? dead === undefined
        ? []
        : [atAddress(kind, hop, { address: dead.address, port: dead.port }, false)]
      : reflector === undefined
        ? []
        : atReflector(kind, kind === 'http.host_at_reflector' ? 'http' : 'tls', hop, reflector);
  return Array.from({ length: PAIRS_THAT_AGREE - made }, () => again).flat();
}

/** A plain answer that nobody vouches for and that is not plainly the control's. */
function suspiciousPlain(c: Case, hop: Hop): boolean {
  const page = hop.http[0];
  if (hop.encrypted || page === undefined) return false;
  if (page.failure !== null || page.status === null) return true;
  const control = c.control?.http;
  if (control === undefined || control.failure !== null) return true;
  const redirected = c.hops.find((h) => h.depth === hop.depth + 1);
  if (redirected !== undefined) return !(c.control?.hosts.has(redirected.host) ?? false);
  return !looksLikeControls(page, control);
}

function httpPairs(c: Case, hop: Hop, world: PlanWorld): PlannedPair[] {
  const reflector = world.reflectors[0];
  const kind = 'http.host_at_reflector';
  if (reflector === undefined || !world.mayNameAtReflector || done(c, kind, hop.host)) return [];
  return suspiciousPlain(c, hop) ? atReflector(kind, 'http', hop, reflector) : [];
}

/** Is somebody answering in everybody's name? One plain request to the reflector, an innocuous name. */
function canary(c: Case, world: PlanWorld): PlannedPair[] {
  const reflector = world.reflectors[0];
  const hop = c.hops[0];
  if (reflector === undefined || hop === undefined) return [];
  if (c.httpPairs.some((p) => p.record.kind === 'http.canary')) return [];
  return atReflector('http.canary', 'http', hop, reflector).map((p) => ({
    ...p,
    suspect: reflector.name,
    path: '/',
    single: true,
  }));
}

/** Kinds that say the target's name to a reflector: they count against the run's budget of names. */
export function namesAtReflector(pair: PlannedPair): boolean {
  return pair.where === 'reflector' && pair.suspect !== pair.reflector?.name;
}

/** Next pairs to make; run them, observe, and ask again. */
export function planPairs(c: Case, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  const repeats = repeatedPairs(c, verdict, world);
  if (repeats.length > 0) return repeats;
  const proven = verdict.outcome === 'interfered' && verdict.evidence === 'confirmed';
  const reached = verdict.outcome === 'accessible' && verdict.evidence === 'confirmed';
  // A portal forges names and chains too: what was proven without a pair is looked at once more.
  if (proven && verdict.counterfactuals.length === 0) return canary(c, world);
  const settled = proven || (reached && c.hops.every((hop) => deadHandshakes(hop).length === 0));
  const forgedEverywhere = verdict.rules.some((r) => r.id === 'tls.forged_at_reflector');
  if (settled || verdict.outcome === 'down') return [];
  const perHop = c.hops.flatMap((hop) => [...tlsPairs(c, hop, world), ...httpPairs(c, hop, world)]);
  const wanted = forgedEverywhere ? perHop.filter((p) => !isTlsReflectorKind(p.kind)) : perHop;
  const strange = c.control === null || forgedEverywhere || verdict.layer === 'dns';
  return [...wanted, ...(strange ? canary(c, world) : [])];
}

function isTlsReflectorKind(kind: CounterfactualKind): boolean {
  return (TLS_REFLECTOR_KINDS as readonly string[]).includes(kind);
}
