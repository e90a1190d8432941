/** Well-known services that tell where a line ends: testlists/anchors.csv, or the file of `--anchors`. Pure. */
import { parseCsv } from '../../shared/codec/csv.ts';
import { parseIp } from '../../shared/codec/ip.ts';

export interface Anchor {
  readonly kind: 'domestic' | 'foreign';
  /** A host name, or an address literal: foreign ones, so that no resolver is needed to reach them. */
  readonly host: string;
  readonly port: number;
}

export const ANCHOR_COLUMNS = ['kind', 'name', 'host', 'port', 'source'] as const;
/** Of each kind; the rest of a longer file is not used. */
export const MAX_ANCHORS = 16;
const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

function anchorOf(fields: readonly string[]): Anchor | string {
  const [kind, , host = '', portText = ''] = fields;
  if (kind !== 'domestic' && kind !== 'foreign') return `kind must be domestic or foreign: ${kind}`;
  if (parseIp(host) === null && !HOST_NAME.test(host)) return `host is no name and no address: ${host}`;
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) return `port must be a number from 1 to 65535: ${portText}`;
  return { kind, host, port };
}

/** Rows that can't be used are named, with their line. */
export function readAnchors(text: string): {
  readonly anchors: readonly Anchor[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
} {
  const table = parseCsv(text);
  if (table.header.join(',') !== ANCHOR_COLUMNS.join(','))
    return { anchors: [], problems: [{ line: 1, message: `the columns are ${ANCHOR_COLUMNS.join(', ')}` }] };
  const problems = [...table.problems];
  const anchors: Anchor[] = [];
  for (const { line, fields } of table.rows) {
    const anchor = anchorOf(fields);
    if (typeof anchor === 'string') problems.push({ line, message: anchor });
    else if (anchors.filter((a) => a.kind === anchor.kind).length < MAX_ANCHORS) anchors.push(anchor);
  }
  return { anchors, problems };
}
