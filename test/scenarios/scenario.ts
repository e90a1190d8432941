import type { TriggerMap } from '../../shared/model/interception.ts';
import type { EventDecision, EventReason } from '../../shared/model/interception-event.ts';
import type { Cause, Evidence, Layer, Method, Outcome, Scope } from '../../shared/model/verdict.ts';

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
  /** Its name among the peer's 50 scenarios, when it is one of them. */
  readonly peer?: string;
  /**
   * What really happens. `undecidable`: no single vantage can tell it from interference, so a suspicion is no mistake and
   * silence is none; an accusation is.
   */
  readonly truth: 'benign' | 'interference' | 'undecidable';
  /** What a runner must be able to do; one that can't skips the scenario loudly. */
  readonly needs?: readonly ('silence' | 'loss' | 'icmp')[];
  /** The URL that the probe is asked to measure. */
  readonly target: string;
  readonly sites: readonly Site[];
  /** What the path does to this client, to its traffic towards the reflector and the second opinion too. */
  readonly censor: readonly CensorRule[];
  readonly line?: Line;
  /** Targets that the control's diary has measured before the probe starts; the names that may be siblings. */
  readonly listed?: readonly string[];
  /** What resolvers elsewhere said when the diary was written; as `outsideNames` when absent. */
  readonly diaryNames?: readonly NameRule[];
  /** Measured in the same run, after the target; each is a site of the scenario. */
  readonly others?: readonly OtherTarget[];
  /** Probes that measure the target one after the other (unless `sideBySide`), each with a pseudonym of its own; absent: one. */
  readonly probes?: number;
  /**
   * Where the second, third … of them are, in turn; absent: all where the first is. The same rules stand before each.
   * Loopback only: in the namespaces all are in the first one's network.
   */
  readonly elsewhere?: readonly ProbePlace[];
  /** All of them are one device that is taken from place to place, with the memory of one. */
  readonly oneDevice?: true;
  /** All of them measure at the same time: for waits of minutes. */
  readonly sideBySide?: true;
  /** What the DoH server says; the truth when absent. */
  readonly secondOpinion?: readonly NameRule[];
  /** What resolvers elsewhere say, the control's among them; the truth when absent. */
  readonly outsideNames?: readonly NameRule[];
  readonly expect: Expectation;
  /** What the collector says of all but those that are free, once it has them all; absent: the same. */
  readonly expectTogether?: Expectation;
  /** What the collector says of the interceptor over all measurements of this scenario; absent: not looked at. */
  readonly expectEvent?: EventExpectation;
}

export interface OtherTarget {
  readonly target: string;
  readonly expect: Expectation;
}

/** What is other than with the first probe. */
export interface ProbePlace {
  readonly network?: NonNullable<Line['network']>;
  readonly type?: Line['type'];
  /** ISO 3166-2, as the volunteer says it. */
  readonly region?: string;
  /** Nobody interferes there, and the site is accessible. */
  readonly free?: true;
  /** What is said there instead of the scenario's `expect`. */
  readonly expect?: Expectation;
}

export interface EventExpectation {
  readonly decision: EventDecision;
  readonly reason?: EventReason;
  readonly authority: ExpectedAuthority;
  /** Distinct pseudonyms that met it. */
  readonly pseudonyms?: number;
  /**
   * Where it was met is not published, since that could link the keys of one device: nobody finds it by the target. Needs an
   * interceptor with a key of its own, by which it is told.
   */
  readonly keptBack?: true;
}

/** Of the roots that the lab has on record, whose, or under whose name; `unknown`: nobody's. */
export type ExpectedAuthority = 'unknown' | 'imitates' | KnownGeneration;
/** The lab's roots on record, one for each way that was seen; two of them bear one name. */
export type KnownGeneration = 'known' | 'known_2020' | 'known_2021';

export interface Site extends SiteBehaviour {
  readonly host: string;
  /** IPv4 and IPv6 literals. */
  readonly addresses: readonly string[];
  /** What an address database says of its addresses; absent: nothing. */
  readonly network?: { readonly cc: string; readonly asn: number };
  /** Taken off by the registry: the parent zone denies the name, caches still know it. */
  readonly suspended?: true;
  /** `inside`: exists for this client only, such as the login page of a captive portal. */
  readonly reach?: 'everyone' | 'inside';
  /** The site itself treats one of the views differently; absent parts are as for everybody. */
  readonly to?: { readonly client?: Partial<SiteBehaviour>; readonly outside?: Partial<SiteBehaviour> };
}

export interface SiteBehaviour {
  /**
   * `silent`: SYN unanswered. `reset`: accepted, then RST at the first byte. `proxy`: relays each connection to the true
   * site of its SNI or Host, our reflector's included, as a transparent proxy does; nothing for a name that it can't read.
   */
  readonly state: 'up' | 'refused' | 'silent' | 'reset' | 'proxy';
  /** Everybody gets its pages at this rate; absent: as fast as they go. */
  readonly bytesPerSecond?: number;
  /** Port 80; absent: refused. */
  readonly http?: Pages;
  /** Port 443; absent: refused. */
  readonly https?: TlsService;
  /** Every nth request, from anywhere, gets this page instead. */
  readonly flaps?: { readonly every: number; readonly page: Page };
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
  /** Under an authority with the names of the state's ordinary PKI, which browsers don't trust. */
  | 'state_pki'
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
  /** RFC 8914 code in the reply, e.g. 17 "Filtered". */
  readonly extendedError?: number;
  readonly action:
    | { readonly kind: 'pass' | 'nxdomain' | 'servfail' | 'refused' | 'no_answer' | 'silence' }
    | { readonly kind: 'answer'; readonly addresses: readonly string[] }
    /** The forged reply first, the true one later, with the same id and port. */
    | { readonly kind: 'race'; readonly addresses: readonly string[] };
}

export interface AddressRule {
  readonly on: 'address';
  /** A literal or `*`; `*` covers control, reflector and second opinion too. */
  readonly match: string;
  readonly port?: number;
  /** `refuse`: RST to the SYN. `drop`: SYN unanswered. `unreachable`: ICMP. `reset`: RST at the client's first byte. */
  readonly action:
    { readonly kind: 'pass' | 'refuse' | 'drop' | 'unreachable' | 'reset' } | Throttle | Freeze;
}

/** Both directions of the connection together are held to a rate, and every segment to a delay. */
export interface Throttle {
  readonly kind: 'throttle';
  readonly bytesPerSecond?: number;
  readonly delayMs?: number;
  /** Share of the segments that are lost, 0 to 1; loopback turns it into waiting for a retransmission. */
  readonly loss?: number;
}
/** After so many bytes towards the client nothing passes any more, in either direction. */
export interface Freeze {
  readonly kind: 'freeze';
  readonly afterBytes: number;
}

/** What the path does to everything else of the client after the rule has fired. */
export interface Residual {
  readonly seconds: number;
  /** `triple`: client address, server address, server port. `client`: every connection of the client's address. */
  readonly scope: 'triple' | 'client';
}

export interface SniRule {
  readonly on: 'sni';
  readonly match: string;
  /** Only on connections to this address; absent: to every address, reflectors included. */
  readonly at?: string;
  /** Only on connections over this family; absent: over both. */
  readonly family?: 4 | 6;
  /** Only every nth of the connections that it would match; the rules after it get the rest. */
  readonly every?: number;
  /** False: the box looks at the first segment only and a split ClientHello passes it. Absent: true. */
  readonly reassembles?: boolean;
  readonly residual?: Residual;
  readonly action:
    | { readonly kind: 'pass' | 'drop' | 'reset' | 'close' }
    | Throttle
    | Freeze
    /** A fatal TLS alert with this description (RFC 8446, 6), then FIN. */
    | { readonly kind: 'alert'; readonly description: number }
    | Intercept
    /** Handed to another site of this scenario, whatever the address was. */
    | { readonly kind: 'divert'; readonly to: string };
}

/** TLS ends at the censor, which talks to the origin itself. */
export interface Intercept {
  readonly kind: 'intercept';
  /**
   * `unknown`: an authority that nobody has heard of. `known`, as in 2019: the leaf under an intermediate of three years under
   * a root on record, all sent. `known_2020`: the leaf directly under such a root. `known_2021`, as from 2021 to 2024: under an
   * intermediate of 75 days that has expired, the root not sent; its root bears the name of the one before, and another key.
   * `imitation`: a root's name, another key. `product`: named like a security product. `company`: named like a firm.
   */
  readonly authority: KnownGeneration | 'unknown' | 'imitation' | 'product' | 'company';
  /**
   * A key of its own by this name, and its root is sent, so that the collector knows it again and takes it for no other
   * scenario's; for authorities that are roots themselves. Absent: one key for all.
   */
  readonly key?: string;
  /** Where the forged names come from. */
  readonly copies: 'origin' | 'sni';
  /** Spares destinations whose own chain browsers don't trust. */
  readonly onlyTrustedOrigin?: true;
}

export interface HostRule {
  readonly on: 'host';
  readonly match: string;
  /** As in `SniRule`. */
  readonly at?: string;
  /** Begins the request's path; absent: every path. */
  readonly path?: string;
  /** As in `SniRule`. */
  readonly reassembles?: boolean;
  readonly residual?: Residual;
  readonly action:
    | { readonly kind: 'pass' | 'drop' | 'reset' | 'close' }
    | { readonly kind: 'inject'; readonly response: Page };
}

/** The client's access line and device. */
export interface Line {
  /** What getaddrinfo says for these names without asking anybody. */
  readonly hostsFile?: Readonly<Record<string, readonly string[]>>;
  /** Addresses at which the lab has nothing; absent: `refused`. */
  readonly elsewhere?: 'refused' | 'silent';
  /** Packets leave through a tunnel's interface. */
  readonly tunnel?: true;
  /** What an address database says of the client's address; absent: KZ and the lab's number. */
  readonly network?: { readonly cc: string; readonly asn: number };
  readonly type?: 'mobile' | 'fixed';
  /** The device's clock minus true time. */
  readonly clockOffsetHours?: number;
  /** `unroutable`: no route (its own kernel says so). `silent`: packets vanish. Everybody's IPv6, the reflector's too. */
  readonly ipv6?: 'unroutable' | 'silent';
  /** No network at all: every packet is refused by the device itself. */
  readonly down?: true;
  /** The resolver that the device uses, and what a database says of its address; absent: the network's own. */
  readonly resolver?: { readonly address: string; readonly cc: string; readonly asn: number };
  /** A neighbour behind the same address has just been punished: everything of the client is dropped for so long. */
  readonly penalisedSeconds?: number;
  /** Every nth new connection of the client is reset, whatever it is for. */
  readonly cutsEvery?: number;
  /**
   * Root that the device's own store trusts beside those of its distribution: a person was made to install it, or a product
   * did. Of an interceptor with a `key` of its own it is the root with that key.
   */
  readonly deviceTrusts?: Intercept['authority'];
  /** Milliseconds there and back, half each way; kbit/s; share of packets lost each way, 0 to 1. Namespaces only. */
  readonly delayMs?: number;
  readonly kbitPerSecond?: number;
  readonly loss?: number;
}

export interface Expectation {
  readonly outcome: Outcome;
  readonly layer: Layer | null;
  readonly method: Method | null;
  readonly cause: Cause | null;
  /** `tls.interception` only. */
  readonly authority?: ExpectedAuthority;
  /** What the interceptor reacts to; absent: not looked at. */
  readonly trigger?: TriggerMap['keyed'];
  /** It is seen to spare destinations that browsers don't trust; absent: not looked at. */
  readonly sparesUntrusted?: boolean;
  /** What the document that the collector keeps says of the authority (`InterceptionNote`); absent: not looked at. */
  readonly inDeviceStore?: boolean;
  readonly onOtherNetwork?: boolean;
  readonly firstMet?: boolean;
  /**
   * Of that document: every handshake that ended in an untrusted chain shows it, or none shows any and the document says
   * that they were removed. Absent: not looked at.
   */
  readonly chains?: 'kept' | 'removed';
  /** Absent: the scenario does not settle it. */
  readonly evidence?: Evidence;
  readonly scope?: Scope['level'];
  /** Outcomes that are as good, where chance decides; method and cause are then not looked at. */
  readonly orOutcomes?: readonly Outcome[];
}
