import { X509Certificate } from 'node:crypto';
import { interceptionProblems } from '../../shared/rules/interception-file.ts';
import { Report } from './testlist-problem.ts';
import type { Problem } from './testlist-problem.ts';

type Row = Readonly<Record<string, unknown>>;

const PEM_BLOCK = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+?-----END CERTIFICATE-----$/gm;

/** Checks the file of known interception authorities. Lines are those on which the id stands. */
export function checkInterception(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const data = parseJson(report, text);
  if (data === undefined) return report.problems;
  const lines = text.split('\n');
  const lineOf = (row: Row) =>
    lines.findIndex((line) => line.includes(`"id": ${JSON.stringify(row['id'])}`)) + 1 || 1;
  for (const { entry, message } of interceptionProblems(data, { whole: true }))
    report.add(entry === null ? 1 : lineOf(entry), message);
  const all = isRow(data) ? Object.values(data).flatMap((list) => (Array.isArray(list) ? list : [])) : [];
  for (const what of ['id', 'sha256', 'sha1']) {
    report.duplicates(
      what,
      all.filter(isRow).map((row) => ({ line: lineOf(row), value: string(row, what) })),
    );
  }
  return report.problems;
}

/** Checks a roots snapshot: every block a certificate, under its subject, in order, as many as the header says. */
export function checkRootsSnapshot(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const blocks = [...text.matchAll(PEM_BLOCK)];
  const begun = text.split('-----BEGIN').length - 1;
  if (begun !== blocks.length) report.add(1, `${begun} blocks begin, ${blocks.length} are whole`);
  const stated = /^# certificates: (\d+)$/m.exec(text)?.[1];
  if (stated !== String(blocks.length))
    report.add(1, `header states ${stated ?? 'no'} certificates, ${blocks.length} found`);
  let previous = '';
  const hashes: { line: number; value: string }[] = [];
  for (const block of blocks) {
    const line = text.slice(0, block.index).split('\n').length;
    const certificate = parseCertificate(block[0]);
    if (certificate === undefined) {
      report.add(line, 'not a certificate');
      continue;
    }
    const subject = certificate.subject.split('\n').join(', ');
    const comment = text.slice(0, block.index).split('\n').at(-2);
    if (comment !== `# ${subject}`) report.add(line, `the line before must be "# ${subject}"`);
    const key = `${subject}\n${certificate.fingerprint256}`;
    if (key < previous) report.add(line, 'not in order of subject and SHA-256');
    previous = key;
    if (!certificate.ca) report.add(line, 'not a certificate of an authority');
    hashes.push({ line, value: certificate.fingerprint256 });
  }
  report.duplicates('certificate', hashes);
  return report.problems;
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function parseJson(report: Report, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    report.add(1, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}
