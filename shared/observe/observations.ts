import type { NetworkFacts } from '../schema/document.ts';
import type {
  ControlParent,
  NetworkStatement,
  CounterfactualRecord,
  InterceptionNote,
  Observation,
  ReflectorNote,
  SignedControlReply,
  TlsObservation,
} from '../model/index.ts';

/** How far the control's answer can be relied on. `diary`: no live reply, but its diary brackets the start. */
export type ControlState = 'absent' | 'unverified' | 'present' | 'diary';

/** Everything the rules may look at: facts only, no opinion. */
export interface Observed {
  readonly ours: boolean;
  readonly input: string;
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number;
  readonly observations: readonly Observation[];
  readonly controlState: ControlState;
  /** Entries of the control's diary that stand in for a live reply, earliest first; empty unless `diary`. */
  readonly diary: readonly SignedControlReply[];
  /** URLs that the control went through, the requested one first. */
  readonly controlChain: readonly string[];
  readonly network: ObservedNetwork;
  /** From `x_time` of a reply whose signature holds: the control's clock minus the (rounded) start. Null without one. */
  readonly controlClockMinutes: number | null;
  readonly controlExtras: ControlExtras;
  readonly counterfactuals: readonly CounterfactualRecord[];
  readonly reflectors: readonly ReflectorNote[];
  /** What the device said of an authority that it met; null: nothing, or another program's document. */
  readonly device: InterceptionNote | null;
  /** The network, where the measurement can be compared with those of other networks inside; null: it can't. */
  readonly asnInside: number | null;
  /** Handshakes of other measurements where this one failed to connect; not among `observations`. */
  readonly witnesses: readonly Witness[];
  /** The device kept back the chains of a security product of its own. */
  readonly chainsRemoved: boolean;
}

/** Somebody else, on a network that a known reflector names, got there. */
export interface Witness {
  readonly measurementId: string;
  readonly asn: number;
  /** Milliseconds since 1970, rounded down to ten minutes. */
  readonly startedAt: number;
  readonly handshake: TlsObservation;
}

/** The network as the document tells it, and as a known reflector has signed it; null without a valid signature. */
export type ObservedNetwork = Omit<NetworkFacts, 'signed'> & { readonly statement: NetworkStatement | null };

/** What only our own control says; empty for every other. */
export interface ControlExtras {
  readonly parent: ControlParent | null;
  /** By canonical address: other listed names that work there. */
  readonly siblings: Readonly<Record<string, readonly string[]>>;
  readonly earlierAddresses: readonly string[];
  /** By canonical address: whose it is by the control's address database. */
  readonly networks: Readonly<Record<string, { readonly asn: number; readonly cc: string | null }>>;
  readonly httpSeconds: number | null;
}
