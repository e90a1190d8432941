/** A document as a lab's collector keeps it: what the device says in it, and which chains are left. Pure. */
import { CHAINS_REMOVED, type InterceptionNote, type Measurement } from '../../shared/model/index.ts';
import type { Expectation } from '../scenarios/scenario.ts';

export interface ArchivedFacts {
  readonly note: InterceptionNote | null;
  /** `neither`: some handshakes show their untrusted chain, others don't, or there was none. */
  readonly chains: 'kept' | 'removed' | 'neither';
}

export function archivedFacts({ x_interception, annotations, test_keys }: Measurement): ArchivedFacts {
  const handshakes = test_keys.tls_handshakes;
  const shows = (h: (typeof handshakes)[number]): boolean => (h.peer_certificates ?? []).length > 0;
  const untrusted = handshakes.filter((h) => h.failure === 'ssl_unknown_authority');
  const note = x_interception ?? null;
  if (untrusted.length === 0) return { note, chains: 'neither' };
  if (annotations['chains_removed'] === undefined)
    return { note, chains: untrusted.every(shows) ? 'kept' : 'neither' };
  const removed = annotations['chains_removed'] === CHAINS_REMOVED && !handshakes.some(shows);
  return { note, chains: removed ? 'removed' : 'neither' };
}

type Said = readonly (readonly [what: string, got: unknown, wanted: unknown])[];

/** What the expectation says of the document; empty: it is not looked at. */
function wantedOf(wanted: Expectation, facts: ArchivedFacts | null): Said {
  const { note = null, chains } = facts ?? {};
  const pairs: Said = [
    ['in device store', note?.in_device_store, wanted.inDeviceStore],
    ['on other network', note?.on_other_network, wanted.onOtherNetwork],
    ['first met', note?.first_met, wanted.firstMet],
    ['chains', chains, wanted.chains],
  ];
  return pairs.filter(([, , expected]) => expected !== undefined);
}

export const looksIntoDocument = (wanted: Expectation): boolean => wantedOf(wanted, null).length > 0;

/** As `differences` of a verdict; null: the collector keeps no such document. */
export function documentDifferences(facts: ArchivedFacts | null, wanted: Expectation): string[] {
  return wantedOf(wanted, facts)
    .filter(([, got, expected]) => got !== expected)
    .map(([what, got, expected]) => `${what}: ${String(got)} instead of ${String(expected)}`);
}
