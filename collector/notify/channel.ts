/** One way to one receiver; the runner knows nothing else of it. */
import type { AlertKind } from '../store/alerts.ts';
import type { Batch } from './message.ts';

/** Sent, or why not, in a few words for the operator's log: no address of a person, nothing secret. */
export type Delivery = { readonly ok: true } | { readonly ok: false; readonly why: string };

export interface Channel {
  /** Hex SHA-256 of what it is: names it in notify.db without saying who it is. */
  readonly id: string;
  /** How the log calls it: `webhook 1 (hooks.example)`, `mail 2 (kk)`. */
  readonly label: string;
  readonly kinds: readonly AlertKind[];
  /** One attempt; ends soon after the signal. Throws for faults of ours only. */
  deliver(batch: Batch, signal: AbortSignal): Promise<Delivery>;
}
