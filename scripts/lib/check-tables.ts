import { isIP } from 'node:net';
import { formatIp, parseCidr } from '../../shared/codec/ip.ts';
import { ANCHOR_COLUMNS, readAnchors } from '../../probe/watch/anchors.ts';
import { RISKY_CATEGORIES } from '../../shared/model/target.ts';
import { CATEGORY_NAMES } from './category-codes.ts';
import { Report, field, isDay, readTable } from './testlist-problem.ts';
import type { Problem } from './testlist-problem.ts';

export const TARGET_COLUMNS = [
  'url',
  'category_code',
  'category_description',
  'date_added',
  'source',
  'notes',
];
export const BLOCKPAGE_COLUMNS = [
  'id',
  'where',
  'match',
  'pattern',
  'scope',
  'country',
  'source',
  'date_read',
  'notes',
];
export const RESOLVER_COLUMNS = ['address', 'operator', 'asn', 'filters', 'source', 'date_read'];
export const NETWORK_COLUMNS = ['asn', 'owner', 'access', 'from', 'to', 'source'];

/** Written in `notes` of every row that a volunteer must opt in to. */
export const RISK_MARK = 'risk=opt-in';
/** Shortest block-page pattern, in characters: anything shorter also matches innocent pages. */
const MIN_PATTERN_CHARS = 12;
/** Largest autonomous system number (RFC 6793: 32 bits). */
const MAX_ASN = 0xffffffff;

const WHERE = ['body', 'header', 'title', 'address'];
const MATCH = ['contains', 'prefix', 'equals'];
const FILTERS = ['none', 'malware', 'family', 'ads'];
const SCOPES = ['nat', 'isp', 'inst', 'prod'];
const ACCESS = ['fixed', 'mobile', 'mixed', 'hosting', 'enterprise', 'state', 'unknown'];

/** What a list promises beyond the form of its rows. */
export interface ListRule {
  readonly minRows: number;
  readonly maxRows: number;
  readonly onlyCategory?: string;
}

/** Checks one test list: URLs, categories, dates, sources, risk marks, one row per host. */
export function checkTargetList(file: string, text: string, rule: ListRule): readonly Problem[] {
  const report = new Report(file);
  const rows = readTable(report, text, TARGET_COLUMNS);
  const hosts: { line: number; value: string }[] = [];
  for (const row of rows) {
    const get = (name: string) => field(row, TARGET_COLUMNS, name);
    hosts.push({ line: row.line, value: checkUrl(report, row.line, get('url')) });
    const code = get('category_code');
    const name = CATEGORY_NAMES.get(code);
    if (name === undefined) report.add(row.line, `unknown category code ${code}`);
    else if (name !== get('category_description'))
      report.add(row.line, `category ${code} is called "${name}"`);
    if (rule.onlyCategory !== undefined && code !== rule.onlyCategory) {
      report.add(row.line, `only category ${rule.onlyCategory} belongs in this list`);
    }
    if (RISKY_CATEGORIES.has(code) && !get('notes').split('; ').includes(RISK_MARK)) {
      report.add(row.line, `category ${code} needs ${RISK_MARK} in notes`);
    }
    requireDay(report, row.line, 'date_added', get('date_added'));
    requireSource(report, row.line, get('source'));
  }
  report.duplicates('host', hosts);
  if (rows.length < rule.minRows || rows.length > rule.maxRows) {
    const wanted = rule.minRows === rule.maxRows ? `${rule.minRows}` : `${rule.minRows} to ${rule.maxRows}`;
    report.add(1, `${rows.length} rows where ${wanted} are expected`);
  }
  return report.problems;
}

/** Checks a URL and gives its host without `www.`, or an empty string when there is none. */
function checkUrl(report: Report, line: number, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    report.add(line, `not an http or https URL: ${text}`);
    return '';
  }
  if (url.href !== text) report.add(line, `write the URL in its normal form: ${url.href}`);
  if (url.username !== '' || url.password !== '') report.add(line, 'a URL must not carry a user name');
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 || !url.hostname.includes('.')) {
    report.add(line, `host must be a full domain name: ${url.hostname}`);
  }
  return url.hostname.replace(/^www\./, '').replace(/\.$/, '');
}

/** Checks the block-page fingerprints. */
export function checkBlockpages(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const rows = readTable(report, text, BLOCKPAGE_COLUMNS);
  for (const row of rows) {
    const get = (name: string) => field(row, BLOCKPAGE_COLUMNS, name);
    const pattern = get('pattern');
    if (!/^[a-z0-9-]+$/.test(get('id')))
      report.add(row.line, `id must be lower-case letters, digits and -: ${get('id')}`);
    oneOf(report, row.line, 'where', get('where'), WHERE);
    oneOf(report, row.line, 'match', get('match'), MATCH);
    oneOf(report, row.line, 'scope', get('scope'), SCOPES);
    if (!/^[A-Z]{2}$/.test(get('country'))) report.add(row.line, 'country must be two capital letters');
    if (get('where') === 'address') {
      if (isIP(pattern) === 0 || get('match') !== 'equals')
        report.add(row.line, 'an address is one IP address and match equals');
    } else if (pattern.length < MIN_PATTERN_CHARS) {
      report.add(row.line, `pattern is shorter than ${MIN_PATTERN_CHARS} characters`);
    }
    if (get('where') === 'header' && !/^[a-z0-9-]+: /.test(pattern)) {
      report.add(row.line, 'a header pattern begins with its name in lower case, a colon and a space');
    }
    requireDay(report, row.line, 'date_read', get('date_read'));
    requireSource(report, row.line, get('source'));
  }
  report.duplicates(
    'id',
    rows.map((row) => ({ line: row.line, value: field(row, BLOCKPAGE_COLUMNS, 'id') })),
  );
  return report.problems;
}

/** Checks the public resolvers: address or block in its short form, once each; what is filtered; source and day. */
export function checkResolvers(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const rows = readTable(report, text, RESOLVER_COLUMNS);
  for (const row of rows) {
    const get = (name: string) => field(row, RESOLVER_COLUMNS, name);
    const [address, asn] = [get('address'), get('asn')];
    const block = parseCidr(address);
    if (block === null) report.add(row.line, `not an address or block: ${address}`);
    else if (formatIp(block.base) !== address.split('/')[0])
      report.add(row.line, `write ${formatIp(block.base)}: ${address}`);
    if (get('operator').trim() === '') report.add(row.line, 'operator is empty');
    if (!/^[1-9]\d*$/.test(asn) || Number(asn) > MAX_ASN) report.add(row.line, `not an AS number: ${asn}`);
    oneOf(report, row.line, 'filters', get('filters'), FILTERS);
    requireDay(report, row.line, 'date_read', get('date_read'));
    requireSource(report, row.line, get('source'));
  }
  report.duplicates(
    'address',
    rows.map((row) => ({ line: row.line, value: field(row, RESOLVER_COLUMNS, 'address') })),
  );
  return report.problems;
}

/** Checks the table of networks: number, owner, access, and periods of one network that don't overlap. */
export function checkNetworks(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const periods = new Map<string, { line: number; from: string; to: string }[]>();
  for (const row of readTable(report, text, NETWORK_COLUMNS)) {
    const get = (name: string) => field(row, NETWORK_COLUMNS, name);
    const [asn, from, to] = [get('asn'), get('from'), get('to')];
    if (!/^[1-9]\d*$/.test(asn) || Number(asn) > MAX_ASN) report.add(row.line, `not an AS number: ${asn}`);
    if (get('owner').trim() === '') report.add(row.line, 'owner is empty');
    oneOf(report, row.line, 'access', get('access'), ACCESS);
    if (from !== '') requireDay(report, row.line, 'from', from);
    if (to !== '') requireDay(report, row.line, 'to', to);
    if (from !== '' && to !== '' && from >= to) report.add(row.line, `from ${from} is not before to ${to}`);
    requireSource(report, row.line, get('source'));
    for (const other of periods.get(asn) ?? []) {
      // Empty means "since ever" and "until now"; `to` is the first day that no longer counts.
      const apart =
        (to !== '' && other.from !== '' && to <= other.from) ||
        (other.to !== '' && from !== '' && other.to <= from);
      if (!apart) report.add(row.line, `AS${asn} overlaps in time with line ${other.line}`);
    }
    periods.set(asn, [...(periods.get(asn) ?? []), { line: row.line, from, to }]);
  }
  return report.problems;
}

/** Checks the anchors: what the probe could not use, and a dated source. Two of each kind at least: one that is down says nothing. */
export function checkAnchors(file: string, text: string): readonly Problem[] {
  const report = new Report(file);
  const rows = readTable(report, text, [...ANCHOR_COLUMNS]);
  const { anchors, problems } = readAnchors(text);
  for (const { line, message } of problems) report.add(line, message);
  for (const row of rows) {
    const source = field(row, ANCHOR_COLUMNS, 'source');
    if (!/\b\d{4}-\d{2}-\d{2}\b/.test(source)) report.add(row.line, 'source has no day written YYYY-MM-DD');
    if (field(row, ANCHOR_COLUMNS, 'name').trim() === '') report.add(row.line, 'name is empty');
  }
  report.duplicates(
    'host',
    rows.map((row) => ({ line: row.line, value: field(row, ANCHOR_COLUMNS, 'host') })),
  );
  for (const kind of ['domestic', 'foreign'])
    if (anchors.filter((anchor) => anchor.kind === kind).length < 2)
      report.add(1, `fewer than two anchors are ${kind}`);
  return report.problems;
}

function oneOf(report: Report, line: number, name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) report.add(line, `${name} must be one of ${allowed.join(', ')}: ${value}`);
}

function requireDay(report: Report, line: number, name: string, value: string): void {
  if (!isDay(value)) report.add(line, `${name} must be a day written YYYY-MM-DD: ${value}`);
}

function requireSource(report: Report, line: number, value: string): void {
  if (value.trim() === '') report.add(line, 'source is empty');
}
