/**
 * Which matched pairs does a suspicion call for? Pure: a case, its verdict so far and what may be asked → next pairs, none
 * when the question is settled. Decision record 008 lists the kinds; the files beside this one know their symptoms.
 */
import type { Verdict } from '../../shared/model/index.ts';
import { deadHandshakes, innocuousDied, type Case } from '../../shared/rules/index.ts';
import { dnsPairs, nameAtResolver } from './dns-pairs.ts';
import { canary, httpPairs, scopePairs } from './http-pairs.ts';
import { againPairs, interceptionPairs } from './interception-pairs.ts';
import { placeFor, type PlannedPair, type PlanWorld } from './pair.ts';
import { repeatedPairs } from './repeats.ts';
import { tcpPairs } from './tcp-pairs.ts';
import { throughputPairs } from './throughput-pairs.ts';

export {
  movePair,
  namesAtReflector,
  placesOf,
  type PlannedPair,
  type PlannedStep,
  type PlanWorld,
  type ReflectorPlace,
} from './pair.ts';

/** Rules that rest on what a line does after a name was said: their pairs end early on purpose. */
const ENOUGH: ReadonlySet<string> = new Set(['tls.name_then_silence']);

/** A pair that proved it is there already, or nobody on the path can have anything to do with it. */
function settled(c: Case, verdict: Verdict): boolean {
  if (verdict.outcome === 'interfered')
    return verdict.evidence === 'confirmed' || ENOUGH.has(verdict.rules[0]?.id ?? '');
  if (verdict.outcome === 'local' || verdict.outcome === 'down') return true;
  const reached = verdict.outcome === 'accessible' && verdict.evidence === 'confirmed';
  return reached && c.hops.every((hop) => deadHandshakes(hop).length === 0);
}

/** Nothing at all answered: a line that is down, or one that is being punished for a neighbour. Only waiting can tell. */
function nothingAnswered(c: Case, verdict: Verdict): boolean {
  const own = c.observations.filter((o) => o.vantage === 'probe' && o.counterfactual === null);
  const silent = own.some((o) => o.failure === 'generic_timeout_error');
  return verdict.outcome === 'local' && verdict.cause === 'no_network' && silent;
}

/**
 * Every question and connection so far ended in silence, and nobody has said yet whether the line lives: other pairs would
 * only find the same silence, and blame the resolver for it.
 */
function mayBeDeadLine(c: Case, world: PlanWorld): boolean {
  const own = c.observations.filter((o) => o.vantage === 'probe' && o.counterfactual === null);
  const silent = own.every((o) =>
    o.kind === 'dns' && o.path === 'system' ? o.failure !== null : o.failure === 'generic_timeout_error',
  );
  const canaries = world.made.filter((r) => r.kind === 'http.canary');
  const shutOut = canaries.length === 0 || canaries.some((r) => r.residual !== undefined);
  return silent && own.length > 0 && c.control === null && shutOut && placeFor(world, 'http') !== undefined;
}

/** Who intercepts is proven by his key; what he reacts to is not. */
function interceptorPairs(c: Case, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  if (verdict.method !== 'tls.interception') return [];
  return c.hops.flatMap((hop) => interceptionPairs(c, hop, world));
}

/** Next pairs to make; run them, observe, and ask again. */
export function planPairs(c: Case, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  const repeats = repeatedPairs(c, verdict, world);
  if (repeats.length > 0) return repeats;
  const proven = verdict.outcome === 'interfered' && verdict.evidence === 'confirmed';
  // A portal forges names and chains too: what was proven without a pair is looked at once more.
  if (proven && verdict.counterfactuals.length === 0) {
    const atResolver = verdict.layer === 'dns' ? c.hops.flatMap((hop) => nameAtResolver(c, hop, world)) : [];
    return [...canary(c, world), ...atResolver, ...interceptorPairs(c, verdict, world)];
  }
  if (proven) return [...scopePairs(c, verdict, world), ...interceptorPairs(c, verdict, world)];
  if (nothingAnswered(c, verdict) || mayBeDeadLine(c, world)) return canary(c, world);
  // A file on this device, or a forged reply whose twin on the wire was lost: the resolver is asked once more.
  if (verdict.cause === 'hosts_file') return c.hops.flatMap((hop) => nameAtResolver(c, hop, world));
  if (verdict.outcome === 'local' || verdict.outcome === 'down') return [];
  // Also for a page that came: it may have come slowly, or through somebody else's hands.
  const reached = settled(c, verdict);
  const always = c.hops.flatMap((hop) => [
    ...throughputPairs(c, hop, world),
    ...dnsPairs(c, hop, reached, world),
  ]);
  if (reached) return always.length > 0 ? always : againPairs(c, verdict, world);
  const perHop = c.hops.flatMap((hop) => [
    ...interceptionPairs(c, hop, world),
    ...httpPairs(c, hop, world),
    ...tcpPairs(c, hop, verdict, world),
  ]);
  const forgedEverywhere = verdict.rules.some((r) => r.id === 'tls.forged_at_reflector');
  const wanted = forgedEverywhere ? perHop.filter((p) => p.kind !== 'tls.chain_at_reflector') : perHop;
  const strange = c.control === null || forgedEverywhere || verdict.layer === 'dns' || innocuousDied(c);
  const next = [...always, ...wanted, ...(strange ? canary(c, world) : [])];
  return next.length > 0 ? next : againPairs(c, verdict, world);
}

/**
 * Pairs that still wait for a punishment to end would change nothing: what is wrong lies on this side of the path, and no
 * pair is asked for any more. A line on which nothing was answered is another matter: only waiting tells about it.
 */
export function waitsInVain(c: Case, verdict: Verdict, world: PlanWorld): boolean {
  return verdict.outcome === 'local' && planPairs(c, verdict, world).length === 0;
}
