import type { Roots } from '../../shared/observe/chain/index.ts';
import type { ControlAnswer, ControlRequest } from '../net/ask-control.ts';
import type { Net } from '../net/net.ts';

/** Everything a measurement may use; no socket, clock or file beside it. */
export interface MeasureTools {
  readonly net: Net;
  readonly roots: Roots;
  /** Milliseconds since 1970, rounded down to ten minutes: certificates are appraised at the time that is published. */
  readonly startedAt: number;
  /** Second opinion; null: none is asked. */
  readonly dohUrl: string | null;
  /** null: no control is asked. */
  readonly askControl: ((request: ControlRequest, signal: AbortSignal) => Promise<ControlAnswer>) | null;
  /**
   * False, outside labs, for addresses that lead to this device or into the volunteer's own network: they are recorded
   * and never contacted, whoever names them: a resolver, a redirect, or a control.
   */
  readonly mayContact: (address: string) => boolean;
  /** Byte patterns of the volunteer's addresses, looked for in whole bodies. */
  readonly sensitive: readonly Uint8Array[];
}
