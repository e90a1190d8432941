import type { Cause, Evidence, Layer, Method, Outcome } from '../../shared/model/verdict.ts';

/**
 * A scenario is data: what stands in the network, what the censor does to one client, and the verdict that follows.
 * No functions, so that every runner (loopback, namespaces) reads the same description.
 *
 * Addresses look public and are unique over all scenarios, as hosts are: one outside view serves them all. They are
 * never used on a wire.
 *
 * A pattern is an exact name or address, `*.name` (the name and everything under it) or `*`.
 * A new behaviour is a new member of an action union; the relay's and the resolver's switches then fail to compile
 * until they know it.
 */
export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly title: string;
  /** The URL that the probe is asked to measure. */
  readonly target: string;
  readonly sites: readonly Site[];
  /** What the path does to this client, to its traffic towards the reflector and the second opinion too. */
  readonly censor: readonly CensorRule[];
  readonly line?: Line;
  /** What the DoH server says; the truth when absent. */
  readonly secondOpinion?: readonly NameRule[];
  /** What resolvers elsewhere say, the control's among them; the truth when absent. */
  readonly outsideNames?: readonly NameRule[];
  readonly expect: Expectation;
}

export interface Site extends SiteBehaviour {
  readonly host: string;
  /** IPv4 and IPv6 literals. */
  readonly addresses: readonly string[];
  /** `inside`: exists for this client only, such as the login page of a captive portal. */
  readonly reach?: 'everyone' | 'inside';
  /** The site itself treats one of the views differently; absent parts are as for everybody. */
  readonly to?: { readonly client?: Partial<SiteBehaviour>; readonly outside?: Partial<SiteBehaviour> };
}

export interface SiteBehaviour {
  /** `silent`: SYN unanswered. `reset`: accepted, then RST at the first byte. */
  readonly state: 'up' | 'refused' | 'silent' | 'reset';
  /** Port 80; absent: refused. */
  readonly http?: Pages;
  /** Port 443; absent: refused. */
  readonly https?: TlsService;
}

export interface TlsService {
  readonly certificate: CertificateKind;
  readonly alpn: readonly ('h2' | 'http/1.1')[];
  readonly pages: Pages;
}
export type CertificateKind =
  | 'trusted'
  | 'expired'
  | 'wrong_name'
  | 'self_signed'
  | 'unknown_ca'
  /** The intermediate is missing from the chain. */
  | 'incomplete';

/** Path → page; another path gets a plain 404. */
export type Pages = Readonly<Record<string, Page>>;
export interface Page {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** The first rule of its kind that matches decides; `pass` exempts. */
export type CensorRule = NameRule | AddressRule | SniRule | HostRule;

export interface NameRule {
  readonly on: 'name';
  readonly match: string;
  readonly action:
    | { readonly kind: 'pass' | 'nxdomain' | 'servfail' | 'refused' | 'no_answer' | 'silence' }
    | { readonly kind: 'answer'; readonly addresses: readonly string[] }
    /** The forged reply first, the true one later, with the same id and port. */
    | { readonly kind: 'race'; readonly addresses: readonly string[] };
}

export interface AddressRule {
  readonly on: 'address';
  readonly match: string;
  readonly port?: number;
  /** `refuse`: RST to the SYN. `drop`: SYN unanswered. `reset`: RST at the client's first byte. */
  readonly action: { readonly kind: 'pass' | 'refuse' | 'drop' | 'reset' };
}

export interface SniRule {
  readonly on: 'sni';
  readonly match: string;
  /** False: the box looks at the first segment only and a split ClientHello passes it. Absent: true. */
  readonly reassembles?: boolean;
  readonly action:
    | { readonly kind: 'pass' | 'drop' | 'reset' | 'close' }
    /** A fatal TLS alert with this description (RFC 8446, 6), then FIN. */
    | { readonly kind: 'alert'; readonly description: number }
    /**
     * TLS ends at the censor, which talks to the origin itself. `unknown`: an authority that nobody has heard of;
     * `known`: the one whose fingerprint entry the lab hands out. `copies`: where the forged names come from.
     */
    | {
        readonly kind: 'intercept';
        readonly authority: 'unknown' | 'known';
        readonly copies: 'origin' | 'sni';
      }
    /** Handed to another site of this scenario, whatever the address was. */
    | { readonly kind: 'divert'; readonly to: string };
}

export interface HostRule {
  readonly on: 'host';
  readonly match: string;
  readonly action:
    | { readonly kind: 'pass' | 'drop' | 'reset' | 'close' }
    | { readonly kind: 'inject'; readonly response: Page };
}

/** The client's access line. */
export interface Line {
  /** What getaddrinfo says for these names without asking anybody. */
  readonly hostsFile?: Readonly<Record<string, readonly string[]>>;
  /** Addresses at which the lab has nothing; absent: `refused`. */
  readonly elsewhere?: 'refused' | 'silent';
}

export interface Expectation {
  readonly outcome: Outcome;
  readonly layer: Layer | null;
  readonly method: Method | null;
  readonly cause: Cause | null;
  /** `tls.interception` only: `unknown`, or `known` for the id of the lab's own fingerprint entry. */
  readonly authority?: 'unknown' | 'known';
  /** Absent: the scenario does not settle it. */
  readonly evidence?: Evidence;
}
