/** What we think of what was seen. A verdict is derived, versioned and rebuildable; it is never edited. See ontology "Verdict". */

import type { Interception } from './interception.ts';

export const OUTCOMES = [
  'accessible',
  'interfered',
  'suspected',
  'refused',
  'down',
  'local',
  'insufficient',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type Layer = 'dns' | 'tcp' | 'tls' | 'http' | 'throughput' | 'quic';

export const METHODS = [
  'dns.nxdomain', 'dns.servfail', 'dns.no_answer', 'dns.bogon', 'dns.blockpage_address', 'dns.wrong_address',
  'dns.injection', 'dns.refused', 'dns.timeout',
  'tcp.timeout', 'tcp.refused', 'tcp.reset', 'tcp.unreachable',
  'tls.sni_timeout', 'tls.sni_reset', 'tls.sni_close', 'tls.alert', 'tls.interception',
  'http.host_reset', 'http.host_timeout', 'http.host_close', 'http.blockpage', 'http.redirect_blockpage',
  'http.status_451',
  'throughput.sni_throttling', 'throughput.address_throttling', 'throughput.freeze',
  'quic.sni_block', 'quic.udp_block',
] as const; // prettier-ignore
export type Method = (typeof METHODS)[number];

export const CAUSES = [
  'server_geo_refusal', 'cdn_challenge', 'origin_451',
  'site_down', 'site_moved', 'site_misconfigured', 'certificate_expired', 'certificate_misconfigured',
  'domain_suspended', 'ddos_suspected', 'down_hosted_in_kz',
  'captive_portal', 'no_network', 'vpn_or_proxy', 'local_interception', 'resolver_filter', 'hosts_file',
  'resolver_broken', 'ipv6_broken', 'clock_wrong', 'subscriber_cut',
  'control_refused',
] as const; // prettier-ignore
export type Cause = (typeof CAUSES)[number];

/** Never a number: how reliable each level is gets reported from labelled measurements, not claimed. */
export const EVIDENCE_LEVELS = ['confirmed', 'strong', 'weak', 'contrary'] as const;
export type Evidence = (typeof EVIDENCE_LEVELS)[number];

export interface Scope {
  readonly level: 'url' | 'host' | 'address' | 'service';
  readonly affected: string;
  readonly siblings: readonly string[];
}

/** What one rule contributed. All fired rules are kept, also those that lost. */
export interface FiredRule {
  readonly id: string;
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  /** Observation ids. */
  readonly because: readonly string[];
}

export interface Snapshots {
  readonly ruleset: string;
  readonly fingerprints: string;
  readonly roots: string;
  readonly networks: string;
}

export interface Verdict {
  readonly target: string;
  readonly outcome: Outcome;
  readonly layer: Layer | null;
  readonly method: Method | null;
  readonly cause: Cause | null;
  /** `tls.interception` only: id of a known root, `unknown`, or `imitates:<id>`. */
  readonly authority: string | null;
  readonly scope: Scope;
  readonly evidence: Evidence | null;
  /** Seen n times out of m tries. */
  readonly repeats: { readonly n: number; readonly m: number };
  readonly rules: readonly FiredRule[];
  /** Ids of the counterfactuals that carry the accusation. */
  readonly counterfactuals: readonly string[];
  /** Explanations that this evidence does not exclude, as message ids. */
  readonly alternatives: readonly string[];
  /** Where a chain of an interceptor's was shown, whatever the outcome; else null. */
  readonly interception: Interception | null;
  readonly snapshots: Snapshots;
}
