/** What verifying an evidence bundle can end with. Codes are a public contract: scripts and people quote them. */
export const BUNDLE_REASONS = [
  'not_a_bundle',
  'manifest_malformed',
  'manifest_signature_invalid',
  'file_missing',
  'file_extra',
  'file_altered',
  'keys_malformed',
  'context_malformed',
  'snapshot_altered',
  'measurement_malformed',
  'measurement_signature_invalid',
  'measurement_id_mismatch',
  'control_mismatch',
  'control_signature_invalid',
  'diary_malformed',
  'diary_signature_invalid',
  'witness_malformed',
  'witness_signature_invalid',
  'proof_malformed',
  'checkpoint_signature_invalid',
  'not_in_log',
  'verdict_malformed',
  'verdict_differs',
  'basis_missing',
] as const;
export type BundleReason = (typeof BUNDLE_REASONS)[number];

export interface BundleCheck {
  /** What was checked, for people. */
  readonly what: string;
  readonly result: 'ok' | 'failed' | 'not_done';
  readonly reason: BundleReason | null;
  readonly detail: string | null;
}

export interface Signer {
  readonly role: 'collector' | 'log' | 'control';
  /** `sha256:…` of the raw public key. */
  readonly fingerprint: string;
  readonly trusted: boolean;
}

export interface BundleReport {
  readonly checks: readonly BundleCheck[];
  readonly intact: boolean;
  /** The first failed check's. */
  readonly reason: BundleReason | null;
  /** False: made with rules that this program does not have; everything else was checked. */
  readonly judgedAgain: boolean;
  readonly signers: readonly Signer[];
  /** Every signer is one of the trust file. */
  readonly trusted: boolean;
  readonly measurements: readonly string[];
}
