/** The dated files that this run judges with: those that ship with the program, and what the command line adds. */
import { createJudgeContext, type JudgeContext } from '../../shared/judge/index.ts';
import { createRoots } from '../../shared/observe/chain/index.ts';
import { readAsset } from '../assets.ts';
import {
  BLOCKPAGES_FILE,
  INTERCEPTION_FILE,
  NETWORKS_FILE,
  RESOLVERS_FILE,
  ROOTS_FILE,
} from '../../shared/model/index.ts';
import { ProbeError } from '../errors.ts';
import { readNamedText } from './files.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

/** Extra roots and fingerprint files given by hand. */
const MAX_EXTRA_FILE_MEBIBYTES = 4;

/** Texts of the files of --extra-root or --fingerprints. Throws BAD_ROOTS. */
export function readExtraFiles(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map((path) => readNamedText(path, MAX_EXTRA_FILE_MEBIBYTES, 'BAD_ROOTS')));
}

/** Throws BAD_ROOTS for a file that can't be used. */
export async function loadJudgeContext(settings: RunSettings, world: World): Promise<JudgeContext> {
  const [extraRootsPem, fingerprints] = await Promise.all([
    readExtraFiles(settings.extraRootFiles),
    readExtraFiles(settings.fingerprintFiles),
  ]);
  try {
    // Each file by itself: one without a certificate would otherwise go unnoticed among the others.
    for (const pem of extraRootsPem) createRoots(pem);
    return createJudgeContext({
      rootsPem: readAsset(ROOTS_FILE),
      extraRootsPem,
      interceptionJson: [
        readAsset(INTERCEPTION_FILE),
        ...(world.extraInterceptionJson ?? []),
        ...fingerprints,
      ],
      blockpagesCsv: readAsset(BLOCKPAGES_FILE) + (world.extraBlockpageRows ?? ''),
      resolversCsv: readAsset(RESOLVERS_FILE),
      networksCsv: readAsset(NETWORKS_FILE) + (world.extraNetworkRows ?? ''),
      servers: { controlKeys: [], reflectors: [] },
    });
  } catch (error) {
    throw new ProbeError(
      'BAD_ROOTS',
      `a file of --extra-root or --fingerprints can’t be read: ${String(error instanceof Error ? error.message : error)}`,
      { cause: error },
    );
  }
}
