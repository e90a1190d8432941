/** What a document of ours says of the device that made it; nothing is read of other programs' documents. */
import { CHAINS_REMOVED, type InterceptionNote } from '../model/index.ts';
import { asObject, asString, type Json } from './read.ts';

export interface DeviceFacts {
  /** What the device said of an authority that it met. */
  readonly device: InterceptionNote | null;
  /** The device kept back the chains of a security product of its own. */
  readonly chainsRemoved: boolean;
}

const SPKI = /^[0-9a-f]{64}$/;
const asBoolean = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

function readNote(note: Json | null): InterceptionNote | null {
  const spki = asString(note?.['spki_sha256']) ?? '';
  if (note === null || !SPKI.test(spki)) return null;
  return {
    spki_sha256: spki,
    in_device_store: asBoolean(note['in_device_store']),
    on_other_network: asBoolean(note['on_other_network']),
    first_met: note['first_met'] === true,
  };
}

/** `document`: untrusted; an empty one for another program's. */
export function readDevice(document: Json): DeviceFacts {
  return {
    device: readNote(asObject(document['x_interception'])),
    chainsRemoved: asString(asObject(document['annotations'])?.['chains_removed']) === CHAINS_REMOVED,
  };
}
