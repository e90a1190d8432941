/**
 * Served, DSSE-signed by the collector, at `/.well-known/kuager`: all a probe must know of the server side.
 * Keys are base64 raw 32-byte Ed25519 / X25519 public keys unless a field says otherwise.
 */
export interface Descriptor {
  readonly version: 1;
  /** ISO 8601 UTC. */
  readonly issued: string;
  readonly collector: { readonly url: string; readonly key: string };
  /** X25519 public key for RFC 9180 base mode, and its id. */
  readonly hpke: { readonly keyid: string; readonly key: string };
  /** C2SP note verifier key: `name+hash+key`. */
  readonly log: { readonly origin: string; readonly vkey: string };
  readonly controls: readonly ControlDescriptor[];
  readonly reflectors: readonly ReflectorDescriptor[];
}
export interface ControlDescriptor {
  /** Test-helper endpoint; POST. */
  readonly url: string;
  readonly key: string;
}
export interface ReflectorDescriptor {
  /** The name its certificate is for, and the innocuous name of every pair. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly tlsPort: number;
  readonly httpPort: number;
  /** Hex SHA-256 of the SubjectPublicKeyInfo of the leaves it presents, the self-signed one's included. */
  readonly spkiSha256: readonly string[];
  /** Further ports that speak the same; a pair moves there when the first is being punished. */
  readonly morePorts?: readonly number[];
  /** Presents a self-signed certificate for the same name: an interceptor that spares those shows itself by it. */
  readonly selfSignedPort?: number;
  /** Base64 raw Ed25519: signs what it says of the asker's network. */
  readonly key?: string;
  /** Zone in which every name is answered with the network of the resolver that asks. */
  readonly whoamiZone?: string;
}

/** A reflector as judging knows it: pairs made at any other server prove nothing. */
export type KnownReflector = Pick<ReflectorDescriptor, 'name' | 'spkiSha256' | 'key'>;

/** What a reflector with an address database says of its asker's network; DSSE payload, JSON. */
export interface NetworkStatement {
  /** ISO 3166-1 alpha-2. */
  readonly cc: string;
  readonly asn: number;
  /** ISO 8601 UTC, rounded down to the hour. */
  readonly hour: string;
}

/** Servers whose word counts when a measurement is judged; archived and bundled with the snapshots. */
export interface KnownServers {
  /** Controls: base64 raw Ed25519. */
  readonly controlKeys: readonly string[];
  readonly reflectors: readonly KnownReflector[];
}

/** What a verifier trusts: printed by the collector's operator, handed to strangers by another way than the bundle. */
export interface TrustFile {
  readonly collectors: readonly string[];
  readonly controls: readonly string[];
  readonly logs: readonly string[];
}
