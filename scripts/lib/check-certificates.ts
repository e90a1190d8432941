import { X509Certificate, createHash, createPublicKey } from 'node:crypto';
import { Report, isDay } from './testlist-problem.ts';
import type { Problem } from './testlist-problem.ts';

type Row = Readonly<Record<string, unknown>>;

const SHA256 = /^[0-9a-f]{64}$/;
const SHA1 = /^[0-9a-f]{40}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const PEM_BLOCK = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+?-----END CERTIFICATE-----$/gm;

/**
 * Checks the file of known interception authorities: hashes and key identifiers by form, each root's public key
 * against its SPKI hash, each intermediate's issuer against the roots. Lines are those on which the id stands.
 */
export function checkInterception(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const data = parseObject(report, text);
  if (data === undefined) return report.problems;
  if (data['version'] !== 1) report.add(1, 'version must be 1');
  if (!isDay(string(data, 'read'))) report.add(1, 'read must be a day written YYYY-MM-DD');
  const lines = text.split('\n');
  const lineOf = (row: Row) =>
    lines.findIndex((line) => line.includes(`"id": ${JSON.stringify(row['id'])}`)) + 1 || 1;
  const roots = rowsOf(report, data, 'roots');
  const intermediates = rowsOf(report, data, 'intermediates');
  const others = rowsOf(report, data, 'not_interception');
  for (const row of roots) checkRoot(report, lineOf(row), row);
  const ids = new Set(roots.map((row) => row['id']));
  for (const row of intermediates) checkIntermediate(report, lineOf(row), row, ids);
  for (const row of others) {
    checkName(report, lineOf(row), row, 'name', []);
    if (string(row, 'cn_prefix') === '')
      report.add(lineOf(row), 'cn_prefix is empty: it would match every authority');
  }
  const products = rowsOf(report, data, 'products');
  for (const row of products) {
    checkName(report, lineOf(row), row, 'name', ['CN']);
    if (string(row, 'vendor') === '') report.add(lineOf(row), 'vendor is empty');
  }
  const all = [...roots, ...intermediates, ...others, ...products];
  for (const row of all) {
    if (!/^[a-z0-9-]+$/.test(string(row, 'id')))
      report.add(lineOf(row), 'id must be lower-case letters, digits and -');
    if (string(row, 'source') === '') report.add(lineOf(row), 'source is empty');
    if (!isDay(string(row, 'date_read')))
      report.add(lineOf(row), 'date_read must be a day written YYYY-MM-DD');
  }
  for (const what of ['id', 'sha256', 'sha1']) {
    report.duplicates(
      what,
      all.map((row) => ({ line: lineOf(row), value: string(row, what) })),
    );
  }
  return report.problems;
}

function checkRoot(report: Report, line: number, row: Row): void {
  checkHash(report, line, row, 'sha256', SHA256);
  checkHash(report, line, row, 'sha1', SHA1);
  checkHash(report, line, row, 'spki_sha256', SHA256);
  checkHash(report, line, row, 'subject_key_id', SHA1);
  checkName(report, line, row, 'name', ['C', 'CN']);
  checkValidity(report, line, row);
  if (!/^\d{4}$/.test(string(row, 'generation'))) report.add(line, 'generation must be a year');
  const der = Buffer.from(string(row, 'public_key'), 'base64');
  if (createHash('sha256').update(der).digest('hex') !== row['spki_sha256']) {
    report.add(line, 'spki_sha256 is not the hash of public_key');
  }
  try {
    createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    report.add(line, 'public_key is not a DER public key in base64');
  }
}

function checkIntermediate(report: Report, line: number, row: Row, roots: ReadonlySet<unknown>): void {
  checkHash(report, line, row, 'sha1', SHA1);
  if (!/^[0-9a-f]+$/.test(string(row, 'serial'))) report.add(line, 'serial must be lower-case hex');
  checkName(report, line, row, 'issuer_name', ['C', 'CN']);
  checkValidity(report, line, row);
  // null: the issuing root was not identified by the source.
  if (row['issuer'] !== null && !roots.has(row['issuer']))
    report.add(line, `issuer ${String(row['issuer'])} is not a root's id`);
  if (!INSTANT.test(string(row, 'seen'))) report.add(line, 'seen must be a UTC time');
}

function checkHash(report: Report, line: number, row: Row, name: string, form: RegExp): void {
  if (!form.test(string(row, name))) report.add(line, `${name} must be lower-case hex of the right length`);
}

function checkName(report: Report, line: number, row: Row, name: string, needed: readonly string[]): void {
  const value = row[name];
  if (!isRow(value) || Object.values(value).some((part) => typeof part !== 'string' || part === '')) {
    report.add(line, `${name} must be an object of attributes`);
    return;
  }
  for (const key of needed) if (value[key] === undefined) report.add(line, `${name} lacks ${key}`);
}

function checkValidity(report: Report, line: number, row: Row): void {
  const [from, to] = [string(row, 'not_before'), string(row, 'not_after')];
  if (!INSTANT.test(from) || !INSTANT.test(to) || from >= to)
    report.add(line, 'not_before and not_after must be UTC times in order');
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

function parseObject(report: Report, text: string): Row | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    report.add(1, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  if (isRow(data)) return data;
  report.add(1, 'not an object');
  return undefined;
}

function rowsOf(report: Report, data: Row, name: string): readonly Row[] {
  const value = data[name];
  if (Array.isArray(value) && value.length > 0 && value.every(isRow)) return value;
  report.add(1, `${name} must be a list of objects and not empty`);
  return [];
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}
