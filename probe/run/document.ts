/** test_keys and what is known of the vantage → a df-000 document, before redaction and sealing. */
import type { Measurement, SignedControlReply, WebConnectivityTestKeys } from '../../shared/model/index.ts';
import { name, version } from '../experiments/web-connectivity.ts';

/** Precision of published start times: finer ones would link measurements to moments at a desk. Milliseconds. */
export const START_PRECISION_MS = 10 * 60 * 1000;

export interface VantagePoint {
  /** ISO 3166-1 alpha-2; `ZZ` when unknown. */
  readonly cc: string;
  /** `AS…`; `AS0` when unknown. */
  readonly asn: string;
  readonly networkType: 'mobile' | 'fixed' | 'unknown';
}

/** What was learnt of the network at the start of the run. */
export interface NetworkParts {
  readonly signed: SignedControlReply | null;
  /** `AS0`: unknown. */
  readonly resolverAsn: string;
  readonly tunnel: boolean;
  readonly clockOffsetMinutes: number | null;
}

export interface DocumentParts {
  readonly input: string;
  /** Milliseconds since 1970, rounded down by the caller to START_PRECISION_MS. */
  readonly startedAt: number;
  readonly runtimeSeconds: number;
  readonly testKeys: WebConnectivityTestKeys;
  readonly vantage: VantagePoint;
  readonly network: NetworkParts;
  readonly softwareVersion: string;
  readonly listName: string;
  readonly resolverAddress: string | null;
  readonly reportId: string;
}

export function roundStart(ms: number): number {
  return Math.floor(ms / START_PRECISION_MS) * START_PRECISION_MS;
}

/** `YYYY-MM-DD HH:MM:SS`. */
export function utcText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** OONI's form of a report id; one per measurement, so that it links no two of them. `random`: 16 letters or digits. */
export function makeReportId(startedAt: number, vantage: VantagePoint, random: string): string {
  const stamp = new Date(startedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}_webconnectivity_${vantage.cc}_${vantage.asn.slice(2)}_n1_${random}`;
}

/** `x_key` is empty here: the seal puts the key of this network and epoch in. */
export function buildDocument(parts: DocumentParts): Measurement {
  const { network } = parts;
  const start = utcText(parts.startedAt);
  const hasControl = Object.keys(parts.testKeys.control).length > 0;
  return {
    annotations: {
      network_type: parts.vantage.networkType,
      list: parts.listName,
      platform: 'cli',
      ...(network.tunnel ? { tunnel: 'true' } : {}),
      ...(network.clockOffsetMinutes === null
        ? {}
        : { clock_offset_minutes: String(network.clockOffsetMinutes) }),
    },
    data_format_version: '0.2.0',
    extensions: { dnst: 0, httpt: 0, netevents: 0, tcpconnect: 0, tlshandshake: 0 },
    input: parts.input,
    measurement_start_time: start,
    options: [],
    probe_asn: parts.vantage.asn,
    probe_cc: parts.vantage.cc,
    probe_ip: '127.0.0.1',
    probe_network_name: '',
    report_id: parts.reportId,
    resolver_asn: network.resolverAsn,
    resolver_ip: parts.resolverAddress ?? '',
    resolver_network_name: '',
    software_name: 'kuager',
    software_version: parts.softwareVersion,
    ...(hasControl ? { test_helpers: { backend: { type: 'https' } } } : {}),
    test_keys: parts.testKeys,
    test_name: name,
    test_runtime: parts.runtimeSeconds,
    test_start_time: start,
    test_version: version,
    x_key: '',
    ...(network.signed === null ? {} : { x_network_signed: network.signed }),
  };
}
