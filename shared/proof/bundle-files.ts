/** Names inside an evidence bundle, and the readers of its small JSON files. Untrusted input; nothing throws. */
import { fromUtf8 } from '../codec/base64.ts';
import type { KnownServers, TrustFile } from '../model/index.ts';
import { asArray, asObject, asString, asStrings, mapDefined } from '../schema/read.ts';

export type BundleFiles = ReadonlyMap<string, Uint8Array>;

export const BUNDLE_PATHS = {
  manifest: 'datapackage.json',
  manifestSignature: 'datapackage.dsse.json',
  keys: 'keys.json',
  context: 'snapshots/context.json',
  measurement: (id: string): string => `measurements/${id}.dsse.json`,
  control: (id: string): string => `controls/${id}.dsse.json`,
  /** Entries of the control's diary that the verdict rests on; `n` from 1. */
  diary: (id: string, n: number): string => `diary/${id}-${n}.dsse.json`,
  /** Measurements of other networks that the verdict rests on, as received; `n` from 1. */
  witness: (id: string, n: number): string => `witnesses/${id}-${n}.dsse.json`,
  verdict: (id: string): string => `verdicts/${id}.json`,
  proof: (id: string): string => `proofs/${id}.tlog-proof`,
  nonce: (id: string): string => `proofs/${id}.nonce`,
  basis: (id: string): string => `basis/${id}.json`,
} as const;

const MEASUREMENT_PATH = /^measurements\/([0-9a-f]{64})\.dsse\.json$/;

const DIARY_PATH = /^diary\/([0-9a-f]{64})-[1-9][0-9]{0,3}\.dsse\.json$/;

/** Names of the diary entries that belong to a measurement; bundles from before there was a diary have none. */
export function diaryPaths(files: BundleFiles, id: string): readonly string[] {
  return [...files.keys()].filter((path) => DIARY_PATH.exec(path)?.[1] === id).sort();
}

const WITNESS_PATH = /^witnesses\/([0-9a-f]{64})-[1-9][0-9]{0,3}\.dsse\.json$/;

/** Names of the witnesses that belong to a measurement. */
export function witnessPaths(files: BundleFiles, id: string): readonly string[] {
  return [...files.keys()].filter((path) => WITNESS_PATH.exec(path)?.[1] === id).sort();
}

export interface SnapshotEntry {
  readonly kind: 'ruleset' | 'fingerprints' | 'roots' | 'networks';
  readonly extension: 'json' | 'pem' | 'csv';
  readonly sha256: string;
  readonly path: string;
}
export interface BundleContext {
  readonly files: readonly SnapshotEntry[];
  readonly servers: KnownServers;
}

export function textOf(files: BundleFiles, path: string): string | null {
  const bytes = files.get(path);
  return bytes === undefined ? null : fromUtf8(bytes);
}

export function jsonOf(files: BundleFiles, path: string): unknown {
  try {
    return JSON.parse(textOf(files, path) ?? '');
  } catch {
    return undefined;
  }
}

export function measurementIds(files: BundleFiles): readonly string[] {
  return [...files.keys()].flatMap((path) => MEASUREMENT_PATH.exec(path)?.[1] ?? []).sort();
}

const KINDS: ReadonlySet<string> = new Set(['ruleset', 'fingerprints', 'roots', 'networks']);
const EXTENSIONS: ReadonlySet<string> = new Set(['json', 'pem', 'csv']);

export function readContext(value: unknown): BundleContext | null {
  const o = asObject(value);
  if (o === null) return null;
  const files = mapDefined(o['files'], (f) => {
    const [kind, extension, sha256, path] = ['kind', 'extension', 'sha256', 'path'].map((k) =>
      asString(f[k]),
    );
    if (kind == null || extension == null || sha256 == null || path == null) return null;
    return KINDS.has(kind) && EXTENSIONS.has(extension)
      ? ({ kind, extension, sha256, path } as SnapshotEntry)
      : null;
  });
  const complete = [...KINDS].every((kind) => files.some((f) => f.kind === kind));
  return complete ? { files, servers: readServers(o['servers']) } : null;
}

export function readServers(value: unknown): KnownServers {
  const o = asObject(value);
  const reflectors = mapDefined(o?.['reflectors'], (r) => {
    const name = asString(r['name']);
    const key = asString(r['key']);
    return name === null
      ? null
      : { name, spkiSha256: asStrings(r['spkiSha256']), ...(key === null ? {} : { key }) };
  });
  return { controlKeys: asStrings(o?.['controlKeys']), reflectors };
}

/** A trust file, or the keys that a bundle says it is signed with; null when it is neither. */
export function readTrustFile(value: unknown): TrustFile | null {
  const o = asObject(value);
  if (o === null || !['collectors', 'controls', 'logs'].every((k) => asArray(o[k]) === o[k])) return null;
  return {
    collectors: asStrings(o['collectors']),
    controls: asStrings(o['controls']),
    logs: asStrings(o['logs']),
  };
}
