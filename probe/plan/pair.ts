/** What a matched pair is before it is made: steps in order, each one connection or question of its own. Data only. */
import type {
  CounterfactualKind,
  CounterfactualRecord,
  Observation,
  ReflectorDescriptor,
} from '../../shared/model/index.ts';
import type { Hop } from '../../shared/rules/index.ts';
import type { Endpoint } from '../net/net.ts';

/** A reflector's address and port, where at most one suspicious name is in flight at a time. */
export interface ReflectorPlace {
  readonly reflector: ReflectorDescriptor;
  readonly service: 'tls' | 'http' | 'self_signed';
  readonly endpoint: Endpoint;
}

/** `name`: SNI, Host or name asked for. `validFor`: the name that a chain must be valid for; a reflector's at a reflector. */
export type PlannedStep =
  /** One question; `encrypted`: to the second opinion instead of the device's resolver. */
  | {
      readonly protocol: 'dns';
      readonly name: string;
      readonly type: 'A' | 'AAAA';
      readonly encrypted: boolean;
    }
  | { readonly protocol: 'tcp'; readonly name: string; readonly endpoint: Endpoint }
  | {
      readonly protocol: 'tls';
      /** Null: no name is said. */
      readonly name: string | null;
      readonly endpoint: Endpoint;
      readonly validFor: string;
      readonly split: boolean;
      /** Protocols that are offered; absent: those that a page is asked for with. */
      readonly alpn?: readonly string[];
    }
  | {
      readonly protocol: 'http';
      readonly name: string;
      readonly endpoint: Endpoint;
      readonly path: string;
      readonly split: boolean;
      /** Bytes of the answer are measured, not kept. */
      readonly download: boolean;
    }
  /** TLS with `name` as SNI, then a request that names `host`, in one transaction. */
  | {
      readonly protocol: 'https';
      readonly name: string;
      readonly endpoint: Endpoint;
      readonly validFor: string;
      readonly host: string;
      readonly path: string;
      readonly download: boolean;
    };

export interface PlannedPair {
  readonly kind: CounterfactualKind;
  readonly where: CounterfactualRecord['where'];
  /** The reflector whose name or answer the pair rests on; null: none has a part in it. */
  readonly reflector: ReflectorDescriptor | null;
  /** Where all steps go, and what may be exchanged for another place; null: the steps' endpoints are what they are. */
  readonly place: ReflectorPlace | null;
  readonly innocuous: string;
  readonly suspect: string;
  readonly steps: readonly PlannedStep[];
  /** `in_turn`: the order is the comparison (A-B-A). `at_once`: steps that don't disturb each other. */
  readonly order: 'in_turn' | 'at_once';
  readonly siblings?: readonly string[];
  readonly suspicion: number | null;
  /** When the suspicious operation ended, in seconds of the measurement; null when nothing was suspicious yet. */
  readonly suspectedAt: number | null;
}

export interface PlanWorld {
  /** Places that are not being punished, in the order in which to use them. */
  readonly places: readonly ReflectorPlace[];
  /** False for risky categories without opt-in, and when this run has named enough names already. */
  readonly mayNameAtReflector: boolean;
  /** False when this run has compared enough speeds: where every page is slow, the line is. */
  readonly mayCompareSpeed: boolean;
  /** This run may still look again at sites whose chain was in order. */
  readonly mayLookAgain: boolean;
  /** This run may still find out what an interceptor reacts to. */
  readonly mayMapTrigger: boolean;
  /** An address that only somebody's answer names may be contacted: it is out in the open, and not our own. */
  readonly mayContact: (address: string) => boolean;
  /** This network's measurements can be confirmed by another's: only then is a long wait worth anything. */
  readonly othersMayConfirm: boolean;
  /** There is an encrypted second opinion to ask. */
  readonly hasSecondOpinion: boolean;
  /** What this measurement has made so far, whatever came of it. */
  readonly made: readonly CounterfactualRecord[];
  /** A label that nobody has ever asked for. */
  readonly label: () => string;
}

/** A name that any server may be asked for without drawing attention; reserved for documentation (RFC 2606). */
export const INNOCUOUS_NAME = 'example.com';

export function madeBefore(world: PlanWorld, kind: CounterfactualKind, suspect: string): number {
  return world.made.filter((r) => r.kind === kind && r.suspect === suspect).length;
}

export function suspicionOf(o: Observation | undefined): Pick<PlannedPair, 'suspicion' | 'suspectedAt'> {
  const ended = o?.startedAt == null ? null : o.startedAt + (o.duration ?? 0);
  return { suspicion: o?.transaction ?? null, suspectedAt: ended };
}

export function placeFor(world: PlanWorld, service: ReflectorPlace['service']): ReflectorPlace | undefined {
  return world.places.find((p) => p.service === service);
}

export const pathOf = (hop: Hop): string => hop.url.pathname + hop.url.search;

/** Control, suspicion, control, as many times as there are suspicions. */
export function alternate(a: PlannedStep, b: PlannedStep, suspicions = 1): readonly PlannedStep[] {
  return [...Array.from({ length: suspicions }, () => [a, b]).flat(), ...(suspicions === 1 ? [a] : [])];
}

const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.address === b.address && a.port === b.port;

/** The same comparison at another place of the same service; a pair without a place is returned as it is. */
export function movePair(pair: PlannedPair, to: ReflectorPlace): PlannedPair {
  const from = pair.place;
  if (from === null) return pair;
  const renamed = (name: string): string => (name === from.reflector.name ? to.reflector.name : name);
  const moved = (step: PlannedStep): PlannedStep => {
    if (step.protocol === 'dns' || !sameEndpoint(step.endpoint, from.endpoint)) return step;
    if (step.protocol === 'tls') {
      const name = step.name === null ? null : renamed(step.name);
      return { ...step, name, endpoint: to.endpoint, validFor: renamed(step.validFor) };
    }
    const at = { name: renamed(step.name), endpoint: to.endpoint };
    if (step.protocol === 'https')
      return { ...step, ...at, validFor: renamed(step.validFor), host: renamed(step.host) };
    return { ...step, ...at };
  };
  return {
    ...pair,
    reflector: to.reflector,
    place: to,
    innocuous: renamed(pair.innocuous),
    suspect: renamed(pair.suspect),
    steps: pair.steps.map(moved),
  };
}

/** Pairs that say the target's name to a reflector: they count against the run's budget of names. */
export function namesAtReflector(pair: PlannedPair): boolean {
  return pair.where === 'reflector' && pair.steps.some((s) => s.protocol !== 'tcp' && s.name === pair.suspect)
    ? pair.suspect !== pair.reflector?.name
    : false;
}

/** Every service of every reflector, IPv4 first: where pairs can be made at all. */
export function placesOf(reflectors: readonly ReflectorDescriptor[]): readonly ReflectorPlace[] {
  return reflectors.flatMap((reflector) => {
    const { tlsPort, httpPort, morePorts = [], selfSignedPort } = reflector;
    const addresses = [...reflector.addresses].sort(
      (a, b) => Number(a.includes(':')) - Number(b.includes(':')),
    );
    const at = (service: ReflectorPlace['service'], port: number, address: string): ReflectorPlace => ({
      reflector,
      service,
      endpoint: { address, port },
    });
    return addresses.flatMap((address) => [
      ...[tlsPort, ...morePorts].map((port) => at('tls', port, address)),
      ...[httpPort, ...morePorts].map((port) => at('http', port, address)),
      ...(selfSignedPort === undefined ? [] : [at('self_signed', selfSignedPort, address)]),
    ]);
  });
}
