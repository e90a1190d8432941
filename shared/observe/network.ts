/** The network that a measurement was made in: what the document says, and what a known reflector has signed of it. */
import { PAYLOAD_TYPES } from '../codec/dsse.ts';
import type { KnownReflector, NetworkStatement, SignedControlReply } from '../model/index.ts';
import type { Document } from '../schema/document.ts';
import { asNumber, asObject, asString } from '../schema/read.ts';
import { signedJson } from './control.ts';
import type { ObservedNetwork } from './observations.ts';

/** A statement is about an hour, a start is rounded down to ten minutes. Milliseconds. */
const MAX_STATEMENT_DISTANCE_MS = 2 * 3600 * 1000;

/** What a known reflector says of a network about `at` (milliseconds since 1970); null when it can't be relied on. */
export function readStatement(
  signed: SignedControlReply | null,
  reflectors: readonly KnownReflector[],
  at: number,
): NetworkStatement | null {
  const keys = new Set(reflectors.flatMap((r) => r.key ?? []));
  const said = asObject(signedJson(signed, PAYLOAD_TYPES.network, keys));
  const cc = asString(said?.['cc']);
  const asn = asNumber(said?.['asn']);
  const hour = asString(said?.['hour']);
  if (cc === null || !/^[A-Z]{2}$/.test(cc) || asn === null || !Number.isInteger(asn) || hour === null)
    return null;
  return Math.abs(Date.parse(hour) - at) <= MAX_STATEMENT_DISTANCE_MS ? { cc, asn, hour } : null;
}

export function observeNetwork(doc: Document, reflectors: readonly KnownReflector[]): ObservedNetwork {
  const { signed: _, ...network } = doc.network;
  return { ...network, statement: readStatement(doc.network.signed, reflectors, doc.startedAt) };
}
