/** The judgement made again from a bundle's own snapshots: what `verify` passes to shared/proof. */
import type { Beside, KnownServers } from '../model/index.ts';
import { RULESET } from '../rules/index.ts';
import { contextFromFiles, type SnapshotFile } from './context.ts';
import { judgeMeasurement } from './index.ts';

export function rejudge(
  document: unknown,
  snapshots: readonly Omit<SnapshotFile, 'sha256'>[],
  servers: KnownServers,
  beside: Beside = {},
): { readonly verdict: unknown } | { readonly otherRules: string } | { readonly problem: string } {
  const rules = snapshots.find((s) => s.kind === 'ruleset')?.text ?? '';
  if (rules !== RULESET.text) {
    const version = /"version":\s*"([^"]{1,40})"/.exec(rules)?.[1];
    return { otherRules: version ?? 'unknown' };
  }
  try {
    const judged = judgeMeasurement(document, contextFromFiles(snapshots, servers), beside);
    return 'problems' in judged
      ? { problem: judged.problems[0]?.message ?? 'unreadable' }
      : { verdict: judged.verdict };
  } catch {
    return { problem: 'a snapshot can’t be read' };
  }
}
