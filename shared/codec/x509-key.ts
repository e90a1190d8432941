import { DerError, DerReader, TAG, decodeOid, decodeWholeBits } from './der.ts';

/** AlgorithmIdentifier (RFC 5280 4.1.1.2). */
export interface Algorithm {
  readonly oid: string;
  /** DER of the parameters; null when absent. */
  readonly params: Uint8Array | null;
  readonly der: Uint8Array;
}

/** SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
export interface PublicKeyInfo {
  readonly der: Uint8Array;
  readonly algorithm: Algorithm;
  /** The key itself, in the encoding of its algorithm. */
  readonly key: Uint8Array;
}

/** Throws {@link DerError}. */
export function readAlgorithm(reader: DerReader): Algorithm {
  const element = reader.read(TAG.sequence);
  const sequence = new DerReader(element.content);
  const oid = decodeOid(sequence.read(TAG.oid).content);
  const params = sequence.done ? null : sequence.read().raw;
  sequence.end();
  return { oid, params, der: element.raw };
}

/** Throws {@link DerError}. */
export function readPublicKey(reader: DerReader): PublicKeyInfo {
  const element = reader.read(TAG.sequence);
  const sequence = new DerReader(element.content);
  const algorithm = readAlgorithm(sequence);
  const key = decodeWholeBits(sequence.read(TAG.bitString).content);
  sequence.end();
  return { der: element.raw, algorithm, key };
}

/** SubjectPublicKeyInfo DER → its parts; null when it cannot be read. */
export function parsePublicKey(der: Uint8Array): PublicKeyInfo | null {
  try {
    const reader = new DerReader(der);
    const key = readPublicKey(reader);
    reader.end();
    return key;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
