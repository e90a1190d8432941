/** What a bundle is built from: read from the archive by whoever calls. */
import type { Language } from '../../shared/i18n/index.ts';
import type {
  KnownServers,
  Measurement,
  SignedControlReply,
  TrustFile,
  Verdict,
} from '../../shared/model/index.ts';

export interface EvidenceItem {
  readonly measurementId: string;
  readonly measurement: Measurement;
  readonly envelope: Uint8Array;
  readonly receivedAt: string;
  readonly logIndex: number;
  readonly nonceHex: string;
  /** Entries of the control's diary that the verdict rests on, earliest first. */
  readonly diary: readonly SignedControlReply[];
  /** The measurements of other networks that the verdict rests on, as received. */
  readonly witnesses: readonly { readonly measurementId: string; readonly envelope: Uint8Array }[];
  /** C2SP tlog-proof. */
  readonly proof: string;
  readonly verdict: Verdict;
  /** The verdict's bytes as stored. */
  readonly verdictJson: string;
}

export interface EvidenceSnapshot {
  readonly kind: string;
  readonly extension: 'json' | 'pem' | 'csv';
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface EvidenceInput {
  readonly items: readonly EvidenceItem[];
  readonly snapshots: readonly EvidenceSnapshot[];
  readonly servers: KnownServers;
  /** 32-byte seed of the collector's key, which signs the manifest. */
  readonly collectorSeed: Uint8Array;
  readonly collectorKey: Uint8Array;
  readonly logOrigin: string;
  /** The public keys that a verifier needs to know. */
  readonly keys: TrustFile;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly lang: Language;
}
