/**
 * An observation is a fact about one network operation, derived from a measurement by a pure function; never an
 * opinion. See ontology "Observation". Times are seconds since the measurement started.
 */
/** `witness`: another probe, elsewhere. */
export type Vantage = 'probe' | 'control' | 'reflector' | 'witness';

interface Base {
  /** Stable within a measurement: kind, transaction id and a running number. */
  readonly id: string;
  readonly vantage: Vantage;
  /** Redirect depth of the target; 0 is the input itself. */
  readonly depth: number;
  /** Id of the counterfactual this operation belongs to; null for the target's own operations. */
  readonly counterfactual: string | null;
  readonly transaction: number | null;
  readonly startedAt: number | null;
  readonly duration: number | null;
  readonly failure: string | null;
}

export interface DnsObservation extends Base {
  readonly kind: 'dns';
  /** `system`: what programs on this device get; `wire`: our own datagrams to the system's resolver; `second`: DoH. */
  readonly path: 'system' | 'wire' | 'second' | 'control';
  readonly hostname: string;
  readonly queryType: string;
  readonly resolver: string | null;
  readonly addresses: readonly string[];
  /** Milliseconds have no place here: a later datagram for the same query is an observation with `late` set. */
  readonly late: boolean;
  /** RFC 8914 INFO-CODE: 15 Blocked, 16 Censored, 17 Filtered, 18 Prohibited; null without one. */
  readonly extendedError: number | null;
}

export interface TcpObservation extends Base {
  readonly kind: 'tcp';
  readonly address: string;
  readonly port: number;
}

export interface TlsObservation extends Base {
  readonly kind: 'tls';
  readonly address: string;
  readonly port: number;
  readonly serverName: string | null;
  readonly alpn: string | null;
  readonly splitClientHello: boolean;
  /** DER in wire order, leaf first; empty when none arrived. */
  readonly chain: readonly Uint8Array[];
  readonly appraisal: ChainAppraisal | null;
}

export interface HttpObservation extends Base {
  readonly kind: 'http';
  readonly url: string;
  readonly host: string;
  readonly encrypted: boolean;
  readonly address: string | null;
  readonly status: number | null;
  readonly title: string | null;
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyLength: number | null;
  readonly bodySha256: string | null;
  readonly truncated: boolean;
  /** At most BODY_TEXT_CHARS characters, for fingerprints. */
  readonly bodyText: string | null;
}

export type Observation = DnsObservation | TcpObservation | TlsObservation | HttpObservation;

/**
 * Facts about a presented chain, each on its own: an expired certificate of an unknown authority is both.
 * `keyOf…` and hashes are lower-case hex.
 */
export interface ChainAppraisal {
  /** A path from the leaf to a root of the snapshot exists, every signature on it holds, dates aside. */
  readonly pathToRoot: boolean;
  /** All of: path, dates, name. */
  readonly trusted: boolean;
  readonly expired: boolean;
  readonly notYetValid: boolean;
  readonly wrongName: boolean;
  readonly selfSigned: boolean;
  /** The path to a root of the snapshot fails. */
  readonly unknownAuthority: boolean;
  /** Certificates that could not be read; the rest was appraised all the same. */
  readonly unreadable: readonly string[];
  readonly leafSha256: string | null;
  readonly leafSpkiSha256: string | null;
  /** SPKI of the highest authority seen: the last certificate of the path, or of the chain when there is no path. */
  readonly authoritySpkiSha256: string | null;
  readonly authorityName: string | null;
  /** Every certificate of the chain: hash, key, names. */
  readonly certificates: readonly CertificateFacts[];
  /** SHA-256 of the leaf and of what signed it, step by step: the certificates that the first one rests on. */
  readonly followed: readonly string[];
  /** The closest failure of the vocabulary, null when trusted. */
  readonly failure: string | null;
}

export interface CertificateFacts {
  readonly sha256: string;
  readonly sha1: string;
  readonly spkiSha256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
}
