import type { SignedControlReply } from './ooni.ts';

/** Another archived measurement: parsed JSON, whose signature whoever gives it has checked. */
export interface WitnessDocument {
  /** Hex SHA-256 of its payload. */
  readonly measurementId: string;
  readonly document: unknown;
}

/** What a measurement is judged with beside itself, each list in any order; what turns out to be of no use is left aside. */
export interface Beside {
  /** Entries of the control's diary around its start. */
  readonly diary?: readonly SignedControlReply[];
  /** Measurements from other networks, near it in time. */
  readonly witnesses?: readonly WitnessDocument[];
}

/** An address (as shared/codec/ip.ts writes it) and port. */
export interface Place {
  readonly address: string;
  readonly port: number;
}
