/**
 * The certificates of one document. A site shows the same few many times, so bytes are decoded, read and appraised once;
 * a document made of ever new ones ends at a budget. The answer never depends on what other documents held.
 */
import { fromBase64 } from '../codec/base64.ts';
import type { BinaryData, ChainAppraisal } from '../model/index.ts';
import { appraiseChain, type Roots, type SignatureBudget } from './chain/index.ts';

/**
 * Pairs of certificates whose signature is checked for one document, each once. Ten redirects to sites with chains of their
 * own need some thirty; in the dearest common algorithm all of them take about a second.
 */
const SIGNATURE_CHECKS = 64;

export interface Chains {
  /** DER in wire order; what is no base64 is left out. */
  decode(certificates: readonly BinaryData[]): readonly Uint8Array[];
  /** Null without a certificate. `host`: the name that the chain has to be valid for; null: any. */
  appraise(chain: readonly Uint8Array[], host: string | null): ChainAppraisal | null;
  /** Signatures were left unchecked: what is not trusted may be so for want of time alone. */
  exhausted(): boolean;
}

/** `at`: start of the measurement, milliseconds since 1970. */
export function createChains(roots: Roots, at: number): Chains {
  const decoded = new Map<string, Uint8Array | null>();
  const numbers = new Map<Uint8Array, number>();
  const appraised = new Map<string, ChainAppraisal>();
  const budget: SignatureBudget = { left: SIGNATURE_CHECKS, results: new Map() };

  const decodeOne = (text: string): Uint8Array | null => {
    const known = decoded.get(text);
    if (known !== undefined) return known;
    const der = fromBase64(text);
    decoded.set(text, der);
    if (der !== null) numbers.set(der, numbers.size);
    return der;
  };

  return {
    decode: (certificates) => certificates.flatMap((c) => decodeOne(c.data) ?? []),
    appraise(chain, host) {
      if (chain.length === 0) return null;
      const key = JSON.stringify([host, ...chain.map((der) => numbers.get(der) ?? null)]);
      const known = appraised.get(key);
      if (known !== undefined) return known;
      const appraisal = appraiseChain({ chain, host, at, roots, budget });
      appraised.set(key, appraisal);
      return appraisal;
    },
    exhausted: () => budget.left <= 0,
  };
}
