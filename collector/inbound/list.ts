/** The operator's servers and names. Pure; every bad row is named with its line and left out. */
import { parseCsv } from '../../shared/codec/csv.ts';
import { formatIp, parseIp, withoutBrackets } from '../../shared/codec/ip.ts';

/** Rows of a list; a server is asked for hours where there are many names. */
export const MAX_SERVERS = 200;
export const MAX_NAMES = 200;
const DEFAULT_PORT = 443;
const MAX_PORT = 65_535;
const MAX_NOTE_CHARS = 200;
/** Of a host name, RFC 1035. */
const MAX_NAME_CHARS = 253;

export interface Server {
  /** Name or address literal, as the operator wrote it, in lower case. */
  readonly server: string;
  readonly port: number;
  readonly note: string;
}
export interface ListProblem {
  readonly line: number;
  readonly message: string;
}
export interface List<T> {
  readonly items: readonly T[];
  readonly problems: readonly ListProblem[];
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 60));

/** A host name in ASCII; null for an address and for what is no name. */
export function hostName(text: string): string | null {
  const trimmed = text.trim().replace(/\.$/, '');
  if (trimmed === '' || !URL.canParse(`https://${trimmed}/`)) return null;
  const { hostname, pathname, port, username } = new URL(`https://${trimmed}/`);
  const plain = pathname === '/' && port === '' && username === '' && hostname.length <= MAX_NAME_CHARS;
  return plain && parseIp(withoutBrackets(hostname)) === null && /^[a-z0-9._-]+$/.test(hostname)
    ? hostname
    : null;
}

function bounded<T>(items: readonly T[], problems: readonly ListProblem[], max: number): List<T> {
  if (items.length <= max) return { items, problems };
  return {
    items: items.slice(0, max),
    problems: [...problems, { line: max + 1, message: `more than ${max}; the rest is left out` }],
  };
}

/** Columns `server` (name or address), `port` (443 when empty) and `note`; only the first is needed. */
export function readServers(text: string): List<Server> {
  const { header, rows, problems: broken } = parseCsv(text);
  const column = (name: string): number => header.indexOf(name);
  if (column('server') < 0)
    return { items: [], problems: [{ line: 1, message: 'no column "server" in the first line' }] };
  const problems: ListProblem[] = [...broken];
  const found = new Map<string, Server>();
  for (const { line, fields } of rows) {
    const at = (name: string): string => (fields[column(name)] ?? '').trim();
    const ip = parseIp(withoutBrackets(at('server')));
    const server = ip === null ? hostName(at('server')) : formatIp(ip);
    const port = at('port') === '' ? DEFAULT_PORT : Number(at('port'));
    if (server === null) problems.push({ line, message: `${shown(at('server'))} is no name or address` });
    else if (!Number.isInteger(port) || port < 1 || port > MAX_PORT)
      problems.push({ line, message: `${shown(at('port'))} is no port` });
    else if (found.has(`${server} ${port}`))
      problems.push({ line, message: `${shown(server)} stands above already` });
    else found.set(`${server} ${port}`, { server, port, note: at('note').slice(0, MAX_NOTE_CHARS) });
  }
  return bounded([...found.values()], problems, MAX_SERVERS);
}

/** One name a line; a remark behind ` #`, lines that begin with # and empty ones are passed over. */
export function readNames(text: string): List<string> {
  const problems: ListProblem[] = [];
  const names = new Set<string>();
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .forEach((raw, i) => {
      const said = raw.replace(/(^|\s)#.*$/, '').trim();
      if (said === '') return;
      const name = hostName(said);
      if (name === null) problems.push({ line: i + 1, message: `${shown(said)} is no host name` });
      else names.add(name);
    });
  return bounded([...names], problems, MAX_NAMES);
}
