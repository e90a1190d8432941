/** The door of the room: measurement → observations. */
import { formatIp, parseIp } from '../codec/ip.ts';
import type { Beside, ControlResponse, KnownReflector, SignedControlReply } from '../model/index.ts';
import type { Document } from '../schema/document.ts';
import { asObject } from '../schema/read.ts';
import type { Roots } from './chain/index.ts';
import { controlClockMinutes, controlState, observeControl } from './control.ts';
import { diaryControl } from './diary.ts';
import { observeNetwork } from './network.ts';
import type { ControlExtras, Observed } from './observations.ts';
import { observeProbe } from './web-connectivity.ts';
import { networkInside, observeWitnesses } from './witness.ts';

export interface ObserveContext {
  readonly roots: Roots;
  /** Controls whose word counts: base64 raw Ed25519 keys. */
  readonly controlKeys: ReadonlySet<string>;
  readonly reflectors: readonly KnownReflector[];
}

function extrasOf(control: ControlResponse | null): ControlExtras {
  const byAddress = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(
      Object.entries(record).flatMap(([text, value]) => {
        const ip = parseIp(text);
        return ip === null ? [] : [[formatIp(ip), value] as const];
      }),
    );
  const networks = Object.entries(control?.ip_info ?? {}).map(
    ([address, { asn, x_cc: cc }]) => [address, { asn, cc: cc ?? null }] as const,
  );
  return {
    parent: control?.x_parent ?? null,
    siblings: byAddress(control?.x_siblings ?? {}),
    earlierAddresses: control?.x_earlier_addrs ?? [],
    networks: byAddress(Object.fromEntries(networks)),
    httpSeconds: control?.x_http_seconds ?? null,
  };
}

/** The live reply if it can be relied on, else what the diary says, else nothing. */
function chooseControl(
  doc: Document,
  raw: unknown,
  keys: ReadonlySet<string>,
  diary: readonly SignedControlReply[],
): Pick<Observed, 'controlState' | 'diary'> & { readonly control: ControlResponse | null } {
  const state = controlState(doc, asObject(asObject(raw)?.['test_keys'])?.['control'], keys);
  if (state === 'present') return { controlState: state, diary: [], control: doc.control };
  const entries = diaryControl(doc, diary, keys);
  if (entries === null) return { controlState: state, diary: [], control: null };
  return { controlState: 'diary', diary: entries.used, control: entries.reply };
}

/**
 * `raw` is the parsed document that `doc` was read from: the control's signature covers it key by key.
 */
export function observe(
  doc: Document,
  raw: unknown,
  context: ObserveContext,
  { diary = [], witnesses = [] }: Beside = {},
): Observed {
  const { control, ...chosen } = chooseControl(doc, raw, context.controlKeys, diary);
  const own = observeProbe(doc, context.roots);
  return {
    ours: doc.ours,
    input: doc.input,
    startedAt: doc.startedAt,
    observations: [...own, ...(control === null ? [] : observeControl(control, doc, context.roots))],
    ...chosen,
    controlChain: control?.x_http_chain ?? [],
    network: observeNetwork(doc, context.reflectors),
    controlClockMinutes: controlClockMinutes(doc, context.controlKeys),
    controlExtras: extrasOf(doc.ours ? control : null),
    counterfactuals: doc.counterfactuals,
    reflectors: doc.reflectors,
    device: doc.device,
    asnInside: networkInside(doc, context),
    witnesses: observeWitnesses(doc, own, witnesses, context),
    chainsRemoved: doc.chainsRemoved,
  };
}

/** The same measurement as if no control had been there. */
export function withoutControl(observed: Observed): Observed {
  return {
    ...observed,
    observations: observed.observations.filter((o) => o.vantage !== 'control'),
    controlState: 'absent',
    diary: [],
    controlChain: [],
    controlExtras: extrasOf(null),
  };
}

export { readStatement } from './network.ts';
export { WITNESS_COUNTRY, witnessFacts, type WitnessFacts } from './witness.ts';
export type { ControlExtras, ControlState, Observed, ObservedNetwork, Witness } from './observations.ts';
