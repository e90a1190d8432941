/** The arrows between rooms, enforced: who may import what (CONTRIBUTING.md "Rooms"), and no cycles. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CODE = ['shared', 'probe', 'collector'];

/** Order of the shared rooms: each may import itself and those before it. */
const SHARED_ORDER = ['model', 'failure', 'codec', 'schema', 'observe', 'rules', 'judge'];
/** Rooms beside the order, with what they may import. */
const SHARED_BESIDE: Readonly<Record<string, readonly string[]>> = {
  proof: ['model', 'codec', 'schema', 'proof'],
  i18n: ['i18n'],
};
/** judge says its verdicts in words. */
const JUDGE_ALSO = ['i18n'];

/** Packages that are pure: no I/O, no clock, no Node modules. */
const SHARED_PACKAGES = [/^@noble\//, /^fflate$/, /^typebox(\/|$)/];

const PROBE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  net: ['net'],
  plan: ['plan', 'net:types'],
  experiments: ['experiments', 'net:types'],
  consent: ['consent'],
  report: ['report', 'net:types'],
  'trust-store': ['trust-store'],
  run: ['run', 'plan', 'experiments', 'net:types'],
  watch: ['watch', 'net:types'],
  commands: [
    'commands',
    'run',
    'watch',
    'report',
    'plan',
    'net',
    'experiments',
    'consent',
    'trust-store',
    '.',
  ],
  '.': ['commands', 'net', 'trust-store', '.'],
};

/** A stage knows the store's interface and no other stage; the pipeline and the composition know them all. */
const COLLECTOR_ROOMS: Readonly<Record<string, readonly string[]>> = {
  ingest: ['ingest', '.'],
  archive: ['archive', 'store', '.'],
  store: ['store', '.'],
  publish: ['publish', 'store', '.'],
  diary: ['diary', 'store', '.'],
  aggregate: ['aggregate', 'store', '.'],
  beats: ['beats', 'store', '.'],
  notify: ['notify', 'store', '.'],
  outside: ['outside', '.'],
  detect: ['detect', 'store', '.'],
  control: ['control'],
  inbound: ['inbound', '.'],
  web: ['web', 'store', 'publish', '.'],
  commands: ['*'],
  '.': ['*'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile() && e.name.endsWith('.ts'))
    .map((e) => relative(ROOT, join(e.parentPath, e.name)).replaceAll('\\', '/'));
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|^\s*import\s+'([^']+)'/gms;

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((m) => {
    const name = m[2] ?? m[3] ?? m[4] ?? '';
    const to = name.startsWith('.') ? posix.join(posix.dirname(file), name) : name;
    return { from: file, to, typeOnly: m[1] !== undefined, line: text.slice(0, m.index).split('\n').length };
  });
}

function room(file: string): { top: string; room: string } {
  const [top = '', second = '', third] = file.split('/');
  return { top, room: third === undefined ? '.' : second };
}

function sharedProblem(from: string, i: Import): string | null {
  if (!i.to.includes('/') || !CODE.includes(i.to.split('/')[0]!)) {
    if (i.to.startsWith('node:')) return 'shared/ is pure: no Node modules';
    return SHARED_PACKAGES.some((p) => p.test(i.to)) ? null : `shared/ may not use the package ${i.to}`;
  }
  const target = room(i.to);
  if (target.top !== 'shared') return `shared/ imports only shared/, not ${target.top}/`;
  const order = SHARED_ORDER.indexOf(from);
  const allowed =
    order >= 0
      ? [...SHARED_ORDER.slice(0, order + 1), ...(from === 'judge' ? JUDGE_ALSO : [])]
      : (SHARED_BESIDE[from] ?? []);
  return allowed.includes(target.room) ? null : `shared/${from} may not import shared/${target.room}`;
}

function roomProblem(
  top: string,
  rooms: Readonly<Record<string, readonly string[]>>,
  from: string,
  i: Import,
): string | null {
  const first = i.to.split('/')[0]!;
  if (
    !['shared', 'probe', 'collector', 'test', 'scripts', 'testlists'].includes(first) ||
    !i.to.endsWith('.ts')
  )
    return null;
  if (first === 'shared') return null;
  if (first !== top) return `${top}/ never imports ${first}/`;
  const target = room(i.to).room;
  const allowed = rooms[from];
  if (allowed === undefined)
    return `${top}/${from} is no room of this house: give it its arrows in scripts/check-layers.ts`;
  if (allowed.includes('*') || allowed.includes(target)) return null;
  if (i.typeOnly && allowed.includes(`${target}:types`)) return null;
  return `${top}/${from} may not import ${top}/${target}${allowed.includes(`${target}:types`) ? ' (types only)' : ''}`;
}

function problemOf(i: Import): string | null {
  const { top, room: from } = room(i.from);
  if (top === 'shared') return sharedProblem(from, i);
  if (top === 'probe') return roomProblem('probe', PROBE_ROOMS, from, i);
  return roomProblem('collector', COLLECTOR_ROOMS, from, i);
}

/** First cycle of value imports found, as a path; null when there is none. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (node: string): string[] | null => {
    if (state.get(node) === 'done') return null;
    if (state.get(node) === 'open') return [...path.slice(path.indexOf(node)), node];
    state.set(node, 'open');
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    state.set(node, 'done');
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle !== null) return cycle;
  }
  return null;
}

const files = (await Promise.all(CODE.map(sources))).flat();
const imports = (
  await Promise.all(files.map(async (file) => importsOf(file, await readFile(join(ROOT, file), 'utf8'))))
).flat();
const problems = imports.flatMap((i) => {
  const problem = problemOf(i);
  return problem === null ? [] : [`${i.from}:${i.line}: ${problem}`];
});
const graph = new Map(
  files.map((f) => [f, imports.filter((i) => i.from === f && !i.typeOnly).map((i) => i.to)]),
);
const cycle = cycleIn(graph);
if (cycle !== null) problems.push(`cycle: ${cycle.join(' → ')}`);
for (const problem of problems) process.stdout.write(`${problem}\n`);
if (problems.length === 0)
  process.stdout.write(`layers: ${files.length} files, ${imports.length} imports, all arrows allowed\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
