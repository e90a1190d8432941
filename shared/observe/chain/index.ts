/** Certificate chains: root snapshots, signatures, names, paths, and the appraisal that puts them together. */
export { appraiseChain, MAX_CHAIN_CERTIFICATES, type ChainQuestion } from './appraise.ts';
export { namesHost } from './host.ts';
export { START_ROUNDING_MS } from './path-rules.ts';
export { createRoots, RootsError, withExtraRoots, type Roots, type RootsErrorCode } from './roots.ts';
export { hasWeakSignature, signedBy, verifySignature, type SignatureResult } from './signature.ts';
