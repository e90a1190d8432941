/**
 * A path that goes on punishing the client after a name was said: the innocuous name dies too, and comes back. Where it
 * takes too long to wait for the pair's last step, the same sequence seen a second time is as good (decision record 008).
 */
import type { Observation, TlsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import { diedAfterClientHello, endingOf, gotAnswer, isGenuineReflector, methodOf } from './predicates.ts';
import type { Rule } from './rule.ts';
import { forDeadHops, tlsFinding } from './tls-facts.ts';

/** Between the innocuous name's answer and the target's name: longer, and the line may have died by itself. Seconds. */
const MAX_PAUSE_S = 15;
/** How often the whole sequence has to be seen: TCP repeats by itself what silence swallowed, and nothing else. */
const TIMES_SILENT = 2;
const TIMES_AT_ONCE = 3;

interface Moment {
  readonly o: Observation;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The target's name was said, or the reflector's own. */
  readonly name: 'target' | 'innocuous';
  readonly fate: 'dead' | 'alive' | 'other';
}

function moment(o: Observation, name: Moment['name'], fate: Moment['fate']): Moment[] {
  if (o.startedAt === null) return [];
  return [{ o, startedAt: o.startedAt, endedAt: o.startedAt + (o.duration ?? 0), name, fate }];
}

function fateOf(o: TlsObservation, answered: boolean): Moment['fate'] {
  return diedAfterClientHello(o) ? 'dead' : answered ? 'alive' : 'other';
}

/** The target's name and the innocuous one at reflectors, and the target's at its site, as they were said. */
function history(c: Case, hop: Hop, dead: readonly TlsObservation[]): { moments: Moment[]; ids: string[] } {
  const pairs = c.tlsPairs.filter(
    ({ record }) => record.kind === 'tls.sni_at_reflector' && record.suspect === hop.host,
  );
  const made = pairs.flatMap((p) =>
    [...p.steps, ...p.residual]
      .filter((o): o is TlsObservation => o !== null)
      .map((o) => ({ o, reflector: p.record.reflector })),
  );
  const seen = new Set<string>();
  const places = new Set(made.map(({ o }) => canonicalAddress(o.address)));
  const moments = made.flatMap(({ o, reflector }): Moment[] => {
    if (seen.has(o.id)) return [];
    seen.add(o.id);
    if (o.serverName === hop.host) return moment(o, 'target', fateOf(o, gotAnswer(o)));
    if (o.serverName !== reflector) return [];
    return moment(o, 'innocuous', fateOf(o, isGenuineReflector(c, reflector, o)));
  });
  // A client that is shut out altogether does not even connect: the name that was to follow is innocuous by its place.
  const innocuousSteps = new Set(
    pairs.flatMap(({ record }) => {
      const innocuous = [...record.steps.filter((_, i) => i % 2 === 0), ...(record.residual?.steps ?? [])];
      return innocuous.map((transaction) => JSON.stringify([record.id, transaction]));
    }),
  );
  const unconnected = c.observations.flatMap((o): Moment[] => {
    if (o.kind !== 'tcp' || o.vantage !== 'probe' || o.failure === null) return [];
    if (!innocuousSteps.has(JSON.stringify([o.counterfactual, o.transaction]))) return [];
    return places.has(canonicalAddress(o.address)) ? moment(o, 'innocuous', 'dead') : [];
  });
  const own = dead.flatMap((o) => moment(o, 'target', 'dead'));
  return {
    moments: [...own, ...moments, ...unconnected].sort(
      (a, b) => a.startedAt - b.startedAt || (a.o.id < b.o.id ? -1 : 1),
    ),
    ids: pairs.map((p) => p.record.id),
  };
}

/**
 * How often the innocuous name died right after the target's name was said, being alive before; null as soon as it died
 * without that, or the target's name passed: such a line dies by itself. The first death needs no life before it, since
 * the site's own handshake may have said the name.
 */
function namedDeaths(moments: readonly Moment[]): number | null {
  let deaths = 0;
  let alive: Moment | null = null;
  let said: Moment | null = null;
  for (const m of moments) {
    if (m.fate === 'other' || (m.name === 'target' && m.fate === 'alive')) return null;
    const punished = deaths > 0 && alive === null;
    if (m.name === 'target') {
      // What is said while the punishment lasts starts nothing new.
      if (!punished) said ??= m;
    } else if (m.fate === 'alive') {
      if (said !== null && m.startedAt >= said.endedAt) said = null;
      alive = m;
    } else if (!punished) {
      const paused: number = said === null || alive === null ? 0 : said.startedAt - alive.endedAt;
      if (said === null || paused > MAX_PAUSE_S) return null;
      deaths += 1;
      alive = null;
      said = null;
    }
  }
  return deaths;
}

export const TLS_RESIDUAL_RULES: readonly Rule[] = [
  {
    id: 'tls.name_then_silence',
    layer: 'tls',
    claim:
      'After the target’s name was said even an innocuous name died at a reflector; it was answered again, the target’s name was said once more, and it died once more.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['transient_failure'],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const { moments, ids } = history(c, hop, dead);
        const atReflector = moments.filter((m) => m.name === 'target' && m.o.counterfactual !== null);
        // The name must die the same way at the site and where any name is answered.
        const endings = new Set(dead.map((o) => endingOf(o.failure)));
        if (atReflector.length === 0 || !atReflector.every((m) => endings.has(endingOf(m.o.failure))))
          return null;
        const times = namedDeaths(moments);
        const method = methodOf('tls', atReflector[0]?.o.failure ?? null);
        const wanted = method === 'tls.sni_timeout' ? TIMES_SILENT : TIMES_AT_ONCE;
        if (times === null || times < wanted || method === null) return null;
        return tlsFinding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'strong',
          because: moments.map((m) => m.o),
          counterfactuals: ids,
          repeats: { n: atReflector.length, m: atReflector.length },
        });
      }),
  },
];
