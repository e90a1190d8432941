/** What is said of an interception beyond a verdict's method and authority; decision record 010. */

/** Which step of the matching found a known authority; `imitation`: its name with another key. */
export type MatchedBy = 'hash' | 'key' | 'key_id' | 'signature' | 'imitation';

/** How the shown leaf relates to the one that the control got for the same name at the same address. */
export type ForgeryPoint =
  | { readonly point: 'subject_copied' | 'names_copied' | 'key_differs' | 'issuer_replaced' }
  /** The forged names are the SNI's alone, not the origin's. */
  | { readonly point: 'names_from_sni' }
  /** Both dates are the origin's moved by the same whole hours; negative: earlier. */
  | { readonly point: 'dates_shifted'; readonly hours: number }
  /** The first `equal` of `of` bytes of the serial number are the origin's, the rest is not. */
  | { readonly point: 'serial_prefix'; readonly equal: number; readonly of: number }
  /** Object identifiers of extensions that the origin's leaf has and the shown one lacks. */
  | { readonly point: 'extensions_gone'; readonly oids: readonly string[] };

/** What is varied to see what an interceptor reacts to. */
export const TRIGGER_QUESTIONS = [
  /** The target again: how often is it intercepted at all? */
  'target_again',
  'innocuous_name_here',
  'no_name_here',
  'other_protocol_here',
  'other_port_here',
  'sibling_address',
  'other_family',
  'target_at_reflector',
  'target_at_self_signed',
  'innocuous_at_reflector',
] as const;
export type TriggerQuestion = (typeof TRIGGER_QUESTIONS)[number];

export interface TriggerAnswer {
  readonly question: TriggerQuestion;
  /** Handshakes that ended in a chain of the interceptor's, of those that ended in any chain. */
  readonly forged: number;
  readonly of: number;
  /** Ids of the pairs. */
  readonly counterfactuals: readonly string[];
}

export interface TriggerMap {
  /** `sni`: the name, wherever it is sent. `address`: whatever is said there. `everything`: both. */
  readonly keyed: 'sni' | 'address' | 'everything' | 'unclear';
  /** It spares destinations that browsers don't trust; null: not seen. */
  readonly sparesUntrusted: boolean | null;
  readonly answers: readonly TriggerAnswer[];
}

export interface Interception {
  /** Hex SHA-256 of the SPKI of the highest authority shown; null: the chain shows none. */
  readonly spki: string | null;
  readonly name: string | null;
  readonly matchedBy: MatchedBy | null;
  /**
   * Unrelated names in this measurement for which a forged chain was shown while the control, at the same address,
   * got a different and trusted one; and reflectors' own names.
   */
  readonly names: readonly string[];
  readonly forgery: readonly ForgeryPoint[];
  readonly trigger: TriggerMap;
  /** Medians over the measurement's handshakes: whoever ends TLS nearby answers sooner, or later, than he connects. */
  readonly seconds: { readonly connect: number | null; readonly handshake: number | null };
}

/**
 * Value of the annotation `chains_removed`: chains of a security product on the device are not in the document, since a
 * root that was made on one device is a name for it.
 */
export const CHAINS_REMOVED = 'device_product';

/**
 * What the device says of the authority that it met (`x_interception`, an allow-listed part of a measurement): booleans
 * only, since a list of a device's roots would be a fingerprint of it.
 */
export interface InterceptionNote {
  readonly spki_sha256: string;
  /** Trusted there. Null: not found, and not every store could be read. */
  readonly in_device_store: boolean | null;
  /** Met before on a network of another owner; null: whose network this is isn't known. */
  readonly on_other_network: boolean | null;
  /** This key of the device's is the first that met the authority: so that one device is not taken for two people. */
  readonly first_met: boolean;
}
