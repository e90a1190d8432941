/**
 * Why OpenSSL trusts no chain, in the vocabulary of df-007. Codes: https://nodejs.org/api/tls.html "X509 certificate
 * error codes".
 */
const DATED_OR_BROKEN = [
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'CERT_SIGNATURE_FAILURE',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_CHAIN_TOO_LONG',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_REVOKED',
  'CERT_REJECTED',
] as const;
const NO_WAY_TO_A_ROOT = [
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'INVALID_CA',
  'CERT_UNTRUSTED',
] as const;
const WRONG_NAME = ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'] as const;

const BY_CODE: ReadonlyMap<string, string> = new Map([
  ...DATED_OR_BROKEN.map((code) => [code, 'ssl_invalid_certificate'] as const),
  ...NO_WAY_TO_A_ROOT.map((code) => [code, 'ssl_unknown_authority'] as const),
  ...WRONG_NAME.map((code) => [code, 'ssl_invalid_hostname'] as const),
]);

/** Null for an error that is not about the chain. */
export function certificateFailure(code: string | undefined): string | null {
  return (code === undefined ? undefined : BY_CODE.get(code)) ?? null;
}
