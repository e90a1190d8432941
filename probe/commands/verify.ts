/** `kuager verify FILE.zip [--trust FILE]`: is this evidence whole, who signed it, and does judging it again agree? Offline. */
import { rejudge } from '../../shared/judge/rejudge.ts';
import { readZip } from '../../shared/codec/zip.ts';
import type { BundleReport } from '../../shared/model/bundle.ts';
import type { TrustFile } from '../../shared/model/index.ts';
import { verifyBundle } from '../../shared/proof/bundle.ts';
import { readTrustFile } from '../../shared/proof/bundle-files.ts';
import { EXIT, ProbeError } from '../errors.ts';
import { readNamedFile, readNamedText } from './files.ts';
import { printable } from './print-result.ts';
import type { World } from './world.ts';

const MAX_BUNDLE_MEBIBYTES = 512;
const MAX_TRUST_MEBIBYTES = 1;

export interface VerifyFlags {
  readonly trust?: string;
  readonly json?: boolean;
}

async function readTrust(path: string): Promise<TrustFile> {
  const text = await readNamedText(path, MAX_TRUST_MEBIBYTES, 'FILE_UNREADABLE');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ProbeError('FILE_UNREADABLE', `${path}: not a trust file (not JSON)`, { cause: error });
  }
  const trust = readTrustFile(parsed);
  if (trust === null)
    throw new ProbeError('FILE_UNREADABLE', `${path}: not a trust file (collectors, controls, logs)`);
  return trust;
}

function exitCode(report: BundleReport): number {
  if (!report.intact) return EXIT.failed;
  if (!report.judgedAgain) return EXIT.notJudgedAgain;
  return report.trusted ? EXIT.ok : EXIT.unknownSigner;
}

const MARKS = { ok: '✓', failed: '✗', not_done: '·' } as const;

function lines(report: BundleReport, trustGiven: boolean): string[] {
  const checks = report.checks.map((c) => {
    const why = [c.reason, c.detail].filter((t) => t !== null).join(': ');
    return `${MARKS[c.result]} ${c.what}${why === '' ? '' : ` — ${why}`}`;
  });
  const signers = report.signers.map(
    (s) => `  ${s.role.padEnd(9)} ${s.fingerprint}${s.trusted ? '' : '  (unknown)'}`,
  );
  const verdict = !report.intact
    ? `BROKEN: ${report.reason ?? ''}`
    : !report.judgedAgain
      ? `INTACT, but made with other rules than this program has: the judgement was not made again${report.trusted ? '' : '; signer unknown'}`
      : report.trusted
        ? 'INTACT, and signed by those you trust'
        : `INTACT, signer unknown: compare the fingerprints with the collector’s operator${trustGiven ? '' : ', or give --trust FILE'}`;
  return [...checks, ...(signers.length > 0 ? ['signed by', ...signers] : []), verdict];
}

export async function verifyCommand(path: string, flags: VerifyFlags, world: World): Promise<number> {
  const trust = flags.trust === undefined ? null : await readTrust(flags.trust);
  const zip = readZip(await readNamedFile(path, MAX_BUNDLE_MEBIBYTES, 'FILE_UNREADABLE'));
  if ('error' in zip) {
    const detail = zip.detail === undefined ? zip.error : `${zip.error}, ${zip.detail}`;
    if (flags.json === true) world.out(JSON.stringify({ intact: false, reason: 'not_a_bundle', detail }));
    else world.out(`BROKEN: not_a_bundle — ${printable(detail)}`);
    return EXIT.failed;
  }
  const report = verifyBundle(zip.ok, trust, rejudge);
  if (flags.json === true) world.out(JSON.stringify(report));
  else for (const line of lines(report, trust !== null)) world.out(printable(line));
  return exitCode(report);
}
