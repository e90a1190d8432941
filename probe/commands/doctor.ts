/**
 * `kuager doctor`: does this device believe an interceptor? Reads the device's trust stores and nothing else: no socket, no
 * state. It says what it found and how to remove it; it never asks anybody to install anything.
 */
import { doctorMessage } from '../../shared/i18n/doctor.ts';
import { INTERCEPTION_FILE, ROOTS_FILE } from '../../shared/model/index.ts';
import { createRoots } from '../../shared/observe/chain/index.ts';
import { readFingerprints } from '../../shared/rules/index.ts';
import { operatorFileProblem } from '../../shared/rules/interception-file.ts';
import { readAsset } from '../assets.ts';
import { EXIT, ProbeError } from '../errors.ts';
import { assess, type DeviceReport } from '../trust-store/assess.ts';
import { isClosed, readStores } from '../trust-store/stores.ts';
import { readNamedText } from './files.ts';
import { doctorLines } from './print-doctor.ts';
import { languageOf } from './run-options.ts';
import type { World } from './world.ts';

const MAX_FINGERPRINTS_MEBIBYTES = 4;

export interface DoctorFlags {
  readonly fingerprints?: readonly string[];
  readonly json?: boolean;
  readonly lang?: string;
}

/** An interceptor that is, or may be, trusted comes before everything; then what could not be looked at. */
function exitCode(report: DeviceReport): number {
  if (report.roots.some((r) => r.kind === 'interceptor' && r.trusted !== false))
    return EXIT.interceptorTrusted;
  return report.unread.length > 0 || report.read.length === 0 ? EXIT.notAllRead : EXIT.ok;
}

/** A list that is no list would leave the rest unsaid: it is refused, never passed over. */
async function fingerprintsOf(flags: DoctorFlags, world: World) {
  const more = await Promise.all(
    (flags.fingerprints ?? []).map(async (path) => {
      const text = await readNamedText(path, MAX_FINGERPRINTS_MEBIBYTES, 'BAD_ROOTS');
      const problem = operatorFileProblem(text);
      if (problem !== null) throw new ProbeError('BAD_ROOTS', `${path}: ${problem}`);
      return text;
    }),
  );
  return readFingerprints(
    [readAsset(INTERCEPTION_FILE), ...(world.extraInterceptionJson ?? []), ...more],
    '',
    '',
  );
}

/** As the other times in it are written. */
const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export async function doctorCommand(flags: DoctorFlags, world: World): Promise<number> {
  const language = languageOf(flags.lang, world.locale);
  const files = world.device;
  const closed = files === undefined || isClosed(files);
  const readings = closed ? [] : await readStores(files);
  const report = assess(readings, {
    roots: createRoots(readAsset(ROOTS_FILE)),
    fingerprints: await fingerprintsOf(flags, world),
    now: world.now(),
  });
  const code = exitCode(report);
  if (flags.json === true) {
    const roots = report.roots.map((root) => ({ ...root, since: isoOf(root.since) }));
    world.out(JSON.stringify({ ...report, roots, exit_code: code }));
    return code;
  }
  if (closed && files !== undefined) {
    world.out(doctorMessage(language, files.platform === 'ios' ? 'closed.ios' : 'closed.android'));
    return code;
  }
  if (readings.length === 0) {
    world.out(doctorMessage(language, 'nothing.read'));
    return code;
  }
  for (const line of doctorLines(report, language, world.terminal.columns)) world.out(line);
  return code;
}
