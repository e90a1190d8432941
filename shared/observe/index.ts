/** The door of the room: measurement → observations. */
import type { Document } from '../schema/document.ts';
import { asObject } from '../schema/read.ts';
import type { Roots } from './chain/index.ts';
import { controlState, observeControl } from './control.ts';
import type { Observed } from './observations.ts';
import { observeProbe } from './web-connectivity.ts';

export interface ObserveContext {
  readonly roots: Roots;
  /** Controls whose word counts: base64 raw Ed25519 keys. */
  readonly controlKeys: ReadonlySet<string>;
}

/** `raw` is the parsed document that `doc` was read from: the control's signature covers it key by key. */
export function observe(doc: Document, raw: unknown, context: ObserveContext): Observed {
  const state = controlState(doc, asObject(asObject(raw)?.['test_keys'])?.['control'], context.controlKeys);
  const control = state === 'present' && doc.control !== null ? doc.control : null;
  return {
    ours: doc.ours,
    input: doc.input,
    startedAt: doc.startedAt,
    observations: [
      ...observeProbe(doc, context.roots),
      ...(control === null ? [] : observeControl(control, doc, context.roots)),
    ],
    controlState: state,
    controlChain: control?.x_http_chain ?? [],
    counterfactuals: doc.counterfactuals,
    reflectors: doc.reflectors,
  };
}

export type { Observed } from './observations.ts';
