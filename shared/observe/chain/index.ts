/** Certificate chains: root snapshots, signatures, names, paths, and the appraisal that puts them together. */
export { appraiseChain, MAX_CHAIN_CERTIFICATES, readCertificate } from './appraise.ts';
export { forgeryPoints, looksCopied } from './forgery.ts';
export { namesHost } from './host.ts';
export { START_ROUNDING_MS } from './path-rules.ts';
export { createRoots, withExtraRoots, type Roots } from './roots.ts';
export { hasWeakSignature, signedBy, verifySignature } from './signature.ts';
export type { SignatureBudget } from './verifier.ts';
