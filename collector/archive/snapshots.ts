import type { JudgeContext } from '../../shared/judge/index.ts';
import {
  BLOCKPAGES_FILE,
  INTERCEPTION_FILE,
  NETWORKS_FILE,
  RESOLVERS_FILE,
  ROOTS_FILE,
  type KnownServers,
} from '../../shared/model/index.ts';
import { createJudgeContext } from '../../shared/judge/index.ts';
import { readAsset } from '../assets.ts';
import { CollectorError } from '../errors.ts';

/** Entries that an operator adds to the known interception roots, in the shape of interception.json's `roots`. */
export type InterceptionEntry = Readonly<Record<string, unknown>>;

export interface SnapshotAdditions {
  readonly extraRootsPem: readonly string[];
  readonly extraInterceptionEntries: readonly InterceptionEntry[];
  /** Further block-page rows, in the columns of blockpages.csv, without header. */
  readonly extraBlockpageRows?: string;
  /** Further networks, in the columns of networks.csv, without header. */
  readonly extraNetworkRows?: string;
  readonly servers: KnownServers;
  /** Files in the form of interception.json, as text. */
  readonly interceptionFiles?: readonly string[];
}

/** The dated snapshots that came with this version, and what the operator adds. Throws FILE_UNREADABLE for a bad root. */
export function bundledContext(additions: SnapshotAdditions): JudgeContext {
  const { extraRootsPem, extraInterceptionEntries, interceptionFiles = [], servers } = additions;
  const operators =
    extraInterceptionEntries.length === 0
      ? []
      : [JSON.stringify({ version: 1, roots: extraInterceptionEntries })];
  try {
    return createJudgeContext({
      rootsPem: readAsset(ROOTS_FILE),
      extraRootsPem,
      interceptionJson: [readAsset(INTERCEPTION_FILE), ...operators, ...interceptionFiles],
      blockpagesCsv: readAsset(BLOCKPAGES_FILE) + (additions.extraBlockpageRows ?? ''),
      resolversCsv: readAsset(RESOLVERS_FILE),
      networksCsv: readAsset(NETWORKS_FILE) + (additions.extraNetworkRows ?? ''),
      servers,
    });
  } catch (error) {
    // The snapshots of this version are checked before it is released, so what is wrong came with the operator's files.
    if (extraRootsPem.length === 0 && interceptionFiles.length === 0) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError(
      'FILE_UNREADABLE',
      `a file of --extra-root or --fingerprints can't be used: ${detail}`,
      { cause: error },
    );
  }
}
