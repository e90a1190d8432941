/** Failures of a chain that no root of the snapshot vouches for: somebody else may be at the other end. */
const UNTRUSTED_CHAIN: ReadonlySet<string> = new Set([
  'ssl_unknown_authority',
  'ssl_invalid_hostname',
  'ssl_invalid_certificate',
]);

export const isUntrustedChain = (failure: string): boolean => UNTRUSTED_CHAIN.has(failure);
