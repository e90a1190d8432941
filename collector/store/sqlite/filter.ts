import type { ListingFilter, OrderColumn, Page } from '../store.ts';

/** One condition per filter; values are always bound, never written into the text. */
const CONDITIONS: Readonly<Record<string, string>> = {
  target: 'target = @target',
  domain: 'domain = @domain',
  input: 'input = @input',
  reportId: 'report_id = @reportId',
  testName: 'test_name = @testName',
  probeCc: 'probe_cc = @probeCc',
  probeAsn: 'probe_asn = @probeAsn',
  outcome: 'outcome = @outcome',
  method: 'method = @method',
  since: 'start_time >= @since',
  until: 'start_time < @until',
};

/** OONI's three flags in terms of our outcomes; collector/README.md has the same sentences. */
const FLAGS: Readonly<Record<'confirmed' | 'anomaly' | 'failure', string>> = {
  confirmed: "coalesce(outcome = 'interfered' AND evidence = 'confirmed', 0)",
  anomaly: "coalesce(outcome IN ('interfered', 'suspected'), 0)",
  failure: "(status = 'judge_failed' OR coalesce(outcome = 'insufficient', 0))",
};

const ORDER: Readonly<Record<OrderColumn, string>> = {
  measurement_start_time: 'start_time',
  test_start_time: 'start_time',
  input: 'input',
  probe_cc: 'probe_cc',
  probe_asn: 'probe_asn',
  test_name: 'test_name',
};

/** WHERE text (or nothing) and the values it binds. */
export function filterSql(filter: ListingFilter): {
  readonly where: string;
  readonly values: Readonly<Record<string, string>>;
} {
  const conditions: string[] = [];
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    if (typeof value === 'boolean') {
      const flag = FLAGS[key as keyof typeof FLAGS];
      conditions.push(value ? flag : `NOT ${flag}`);
      continue;
    }
    const condition = CONDITIONS[key];
    if (condition === undefined) throw new Error(`no condition for the filter ${key}`);
    conditions.push(condition);
    values[key] = value as string;
  }
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

/** The index is the last resort of every order, so that pages never overlap. */
export function orderSql(page: Page): string {
  const direction = page.order === 'asc' ? 'ASC' : 'DESC';
  return `ORDER BY ${ORDER[page.orderBy]} ${direction}, entry_index ${direction}`;
}
