/** The peer's own scenarios, judged twice: by the flags in its documents and by our rules on the same documents. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledContext } from '../../collector/archive/snapshots.ts';
import { judgeMeasurement } from '../../shared/judge/index.ts';
import type { Share } from './scoring.ts';

const DOCUMENTS = 'wc05_qa';
const TRUTH_FILE = 'wc05_qa_scenario_truth.json';

export interface FlagScore {
  /** Interference that was flagged, and the rest that was not. */
  readonly found: Share;
  readonly accused: Share;
  readonly wrong: readonly string[];
}
export interface PeerScores {
  readonly theirs: FlagScore;
  /** `interfered` or `suspected` counts as a flag. */
  readonly ours: FlagScore;
  /** Scenarios that have no plain truth, or no control to compare with. */
  readonly leftOut: number;
}

interface Flagged {
  readonly name: string;
  readonly interference: boolean;
  readonly flagged: boolean;
}

function scoreFlags(items: readonly Flagged[]): FlagScore {
  const [bad, good] = [items.filter((i) => i.interference), items.filter((i) => !i.interference)];
  return {
    found: { k: bad.filter((i) => i.flagged).length, n: bad.length },
    accused: { k: good.filter((i) => i.flagged).length, n: good.length },
    wrong: items.filter((i) => i.flagged !== i.interference).map((i) => i.name),
  };
}

/** Null when the folder is not there. Throws on documents that can't be judged: every one of them can. */
export function scorePeer(folder: string): PeerScores | null {
  const truthFile = join(folder, TRUTH_FILE);
  if (!existsSync(truthFile)) return null;
  const truths = JSON.parse(readFileSync(truthFile, 'utf8')) as Readonly<Record<string, string>>;
  const context = bundledContext({
    extraRootsPem: [],
    extraInterceptionEntries: [],
    servers: { controlKeys: [], reflectors: [] },
  });
  const theirs: Flagged[] = [];
  const ours: Flagged[] = [];
  let leftOut = 0;
  for (const file of readdirSync(join(folder, DOCUMENTS)).sort()) {
    const name = file.replace(/\.json$/, '');
    const truth = truths[name];
    if (truth === undefined || truth === 'ambiguous_tls' || truth === 'no_control') {
      leftOut++;
      continue;
    }
    const document: unknown = JSON.parse(readFileSync(join(folder, DOCUMENTS, file), 'utf8'));
    const blocking = (document as { test_keys: { blocking: unknown } }).test_keys.blocking;
    const judged = judgeMeasurement(document, context);
    if ('problems' in judged) throw new Error(`${file}: ${judged.problems[0]?.message ?? ''}`);
    const interference = truth === 'interference';
    theirs.push({ name, interference, flagged: typeof blocking === 'string' });
    const { outcome } = judged.verdict;
    ours.push({ name, interference, flagged: outcome === 'interfered' || outcome === 'suspected' });
  }
  return { theirs: scoreFlags(theirs), ours: scoreFlags(ours), leftOut };
}
