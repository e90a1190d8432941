/** The dated files that a verdict depends on, each named by its hash, so that anybody can judge again. */
import { utf8 } from '../codec/base64.ts';
import { sha256Hex } from '../codec/digest.ts';
import type { KnownReflector, KnownServers, Snapshots } from '../model/index.ts';
import { createRoots, type Roots } from '../observe/chain/index.ts';
import { operatorFileProblem } from '../rules/interception-file.ts';
import { readFingerprints, readNetworks, RULESET, type Fingerprints, type Networks } from '../rules/index.ts';

export interface SnapshotTexts {
  readonly rootsPem: string;
  /** Roots that an operator or a lab adds; part of the roots snapshot. */
  readonly extraRootsPem?: readonly string[];
  /** interception.json, and an operator's own files behind it, each in its form or in that of blockpages.csv. */
  readonly interceptionJson: readonly string[];
  readonly blockpagesCsv: string;
  readonly resolversCsv: string;
  readonly networksCsv: string;
  readonly servers: KnownServers;
}

export interface SnapshotFile {
  readonly kind: 'ruleset' | 'fingerprints' | 'roots' | 'networks';
  readonly extension: 'json' | 'pem' | 'csv';
  readonly sha256: string;
  readonly text: string;
}

export interface JudgeContext {
  readonly roots: Roots;
  readonly fingerprints: Fingerprints;
  readonly networks: Networks;
  readonly controlKeys: ReadonlySet<string>;
  readonly reflectors: readonly KnownReflector[];
  readonly snapshots: Snapshots;
  /** The exact texts behind the hashes; what `contextFromFiles` takes. */
  readonly snapshotFiles: readonly SnapshotFile[];
}

/** The fingerprint files in one document, so that one hash covers them. */
interface FingerprintsFile {
  readonly interception: readonly string[];
  readonly blockpages: string;
  /** Snapshots from before resolvers were listed have none. */
  readonly resolvers?: string;
}

function file(kind: SnapshotFile['kind'], extension: SnapshotFile['extension'], text: string): SnapshotFile {
  return { kind, extension, text, sha256: sha256Hex(utf8(text)) };
}

/** Extra roots follow the snapshot, each on its own line. */
function joinRoots(pem: string, extra: readonly string[]): string {
  return [pem, ...extra].map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('');
}

function fromFiles(files: readonly SnapshotFile[], servers: KnownServers): JudgeContext {
  const get = (kind: SnapshotFile['kind']): SnapshotFile => {
    const found = files.find((f) => f.kind === kind);
    if (found === undefined) throw new Error(`snapshot missing: ${kind}`);
    return found;
  };
  const fingerprints = JSON.parse(get('fingerprints').text) as FingerprintsFile;
  return {
    roots: createRoots(get('roots').text),
    fingerprints: readFingerprints(
      fingerprints.interception,
      fingerprints.blockpages,
      fingerprints.resolvers ?? '',
    ),
    networks: readNetworks(get('networks').text),
    controlKeys: new Set(servers.controlKeys),
    reflectors: servers.reflectors,
    snapshots: {
      ruleset: get('ruleset').sha256,
      fingerprints: get('fingerprints').sha256,
      roots: get('roots').sha256,
      networks: get('networks').sha256,
    },
    snapshotFiles: files,
  };
}

/** What stands at the head of a file of block pages. */
const BLOCKPAGES_HEADER = /^\uFEFF?id,where,match,pattern,[^\n]*\n/;

const isBlockPages = (text: string): boolean => BLOCKPAGES_HEADER.test(text);

/** Block pages of an operator's own, as rows behind those that ship. */
function withBlockPages(blockpagesCsv: string, files: readonly string[]): string {
  const rows = files.map((text) => `${text.replace(BLOCKPAGES_HEADER, '').trimEnd()}\n`);
  return rows.length === 0 ? blockpagesCsv : [`${blockpagesCsv.trimEnd()}\n`, ...rows].join('');
}

/** From the files of testlists/ (and an operator's additions). Throws on files that can't be read. */
export function createJudgeContext(texts: SnapshotTexts): JudgeContext {
  for (const json of texts.interceptionJson.filter((text) => !isBlockPages(text))) {
    const problem = operatorFileProblem(json);
    if (problem !== null) throw new Error(problem);
  }
  const fingerprints: FingerprintsFile = {
    interception: texts.interceptionJson.filter((text) => !isBlockPages(text)),
    blockpages: withBlockPages(texts.blockpagesCsv, texts.interceptionJson.filter(isBlockPages)),
    resolvers: texts.resolversCsv,
  };
  const files = [
    file('ruleset', 'json', RULESET.text),
    file('fingerprints', 'json', `${JSON.stringify(fingerprints)}\n`),
    file('roots', 'pem', joinRoots(texts.rootsPem, texts.extraRootsPem ?? [])),
    file('networks', 'csv', texts.networksCsv),
  ];
  return fromFiles(files, texts.servers);
}

/** From the files of a bundle or an archive, whose hashes the caller has compared. Throws on files that can't be read. */
export function contextFromFiles(
  files: readonly Omit<SnapshotFile, 'sha256'>[],
  servers: KnownServers,
): JudgeContext {
  return fromFiles(
    files.map((f) => file(f.kind, f.extension, f.text)),
    servers,
  );
}
