import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makeKeyPem } from '../certificate-parts.ts';
import type { Programs } from './job.ts';

/** Where the programs of a lab come from. Everything is made ready once and serves all labs of this process. */

/** `built`: dist/; `source`: the TypeScript as it is. Where nothing is said: built, unless the source is newer. */
export type WantedPrograms = 'built' | 'source' | Pick<Programs, 'probe' | 'collector'>;

const ROOT = join(import.meta.dirname, '../../..');
/** Packages are found from here, and no tool looks into it. */
const CACHE = join(ROOT, 'node_modules/.cache');
const HELPERS = ['inside', 'world', 'write-diary', 'watch-inside', 'watch-world', 'watch-history'] as const;
/** The programs are bundles of these. */
const SOURCES = ['probe', 'collector', 'shared', 'testlists'];

async function newestSource(): Promise<number> {
  const times = SOURCES.map(async (folder) => {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(files.map(async (f) => (await stat(join(f.parentPath, f.name))).mtimeMs));
  });
  return Math.max(...(await Promise.all(times)).flat());
}

const BUILT = ['kuager.mjs', 'kuager-collector.mjs'].map((name) => join(ROOT, 'dist', name));

async function isStale(): Promise<boolean> {
  if (!BUILT.every((path) => existsSync(path))) return true;
  const times = await Promise.all(BUILT.map(async (path) => (await stat(path)).mtimeMs));
  return Math.min(...times) < (await newestSource());
}

/**
 * The lab's own programs as one file each: with a compiler in front, starting them would take longer than many a
 * measurement. The folder goes with this process.
 */
async function bundleHelpers(): Promise<string> {
  const { build } = await import('esbuild');
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'kuager-lab-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: HELPERS.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    packages: 'external',
    // Data files are found from the module that reads them.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(ROOT, 'collector/assets.ts')).href) },
    logLevel: 'warning',
  });
  return folder;
}

/** More than the certificates of one lab take; a lab that needs more makes them itself. */
const KEYS = 24;
let keys: Promise<string> | null = null;

/** Keys that every lab of this process may use, as JSON. */
export const labKeys = (): Promise<string> =>
  (keys ??= Promise.all(Array.from({ length: KEYS }, makeKeyPem)).then((pems) => JSON.stringify(pems)));

let helpers: Promise<string> | null = null;
const helpersFolder = (): Promise<string> => (helpers ??= bundleHelpers());

/** A build that goes on meanwhile must not change what is measured. */
async function copyBuilt(): Promise<Pick<Programs, 'probe' | 'collector'>> {
  const folder = await helpersFolder();
  const copies = BUILT.map((path) => join(folder, path.slice(join(ROOT, 'dist').length + 1)));
  await Promise.all(BUILT.map((path, i) => copyFile(path, copies[i]!)));
  return { probe: [process.execPath, copies[0]!], collector: [process.execPath, copies[1]!] };
}

let built: Promise<Pick<Programs, 'probe' | 'collector'>> | null = null;
let stale: Promise<boolean> | null = null;

async function measured(wanted: WantedPrograms | undefined): Promise<Pick<Programs, 'probe' | 'collector'>> {
  if (typeof wanted === 'object') return wanted;
  if (wanted !== 'source' && (wanted === 'built' || !(await (stale ??= isStale()))))
    return (built ??= copyBuilt());
  const script = [process.execPath, '--import', import.meta.resolve('tsx')];
  return {
    probe: [...script, join(ROOT, 'probe/main.ts')],
    collector: [...script, join(ROOT, 'collector/main.ts')],
  };
}

/** Throws when `built` is wanted and nothing is, or when the lab's own programs don't compile. */
export async function programsOf(wanted: WantedPrograms | undefined): Promise<Programs> {
  const folder = await helpersFolder();
  const [inside, world, diary] = HELPERS.map((name) => [process.execPath, join(folder, `${name}.mjs`)]);
  return { ...(await measured(wanted)), inside: inside!, world: world!, diary: diary! };
}

export interface WatchPrograms extends Pick<Programs, 'probe' | 'collector' | 'inside' | 'world'> {
  readonly history: readonly string[];
}

/** First line of testlists/networks.csv, as it stands within the built file. */
const OWNER_HEADER = /(?<=["'`])asn,owner,access,from,to,source(\\n|\n)/g;

/** dist/, or where that is older than the sources a build of its own: with a compiler in front each of many probes would be large. */
let fresh: Promise<string> | null = null;
async function freshlyBuilt(): Promise<string> {
  const folder = await helpersFolder();
  if (!(await (stale ??= isStale()))) return join(ROOT, 'dist');
  const out = join(folder, 'dist');
  const script = join(ROOT, 'scripts/build.ts');
  await promisify(execFile)(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script, '--out', out],
    {
      cwd: ROOT,
    },
  );
  return out;
}

/**
 * The built programs for a watched world. `ownerRows`: who the lab's networks belong to, put before the rows of testlists/networks.csv that
 * the collector carries. Throws when it carries none.
 */
export async function programsForWatch(ownerRows: readonly string[]): Promise<WatchPrograms> {
  const folder = await helpersFolder();
  const dist = await (fresh ??= freshlyBuilt());
  const own = await mkdtemp(join(folder, 'watch-'));
  const [probe, collector] = BUILT.map((path) => path.slice(join(ROOT, 'dist').length + 1));
  await copyFile(join(dist, probe!), join(own, probe!));
  const text = await readFile(join(dist, collector!), 'utf8');
  const headers = [...text.matchAll(OWNER_HEADER)];
  const [header] = headers;
  if (header === undefined || headers.length > 1)
    throw new Error('the built collector has no table of networks, or several');
  // Its line ends are written as they stand there: as such, or escaped.
  const [line, end = ''] = header;
  const rows = ownerRows.map((row) => row + end).join('');
  await writeFile(
    join(own, collector!),
    text.replace(line, () => line + rows),
  );
  const helper = (name: string): readonly string[] => [process.execPath, join(folder, `${name}.mjs`)];
  return {
    probe: [process.execPath, join(own, probe!)],
    collector: [process.execPath, join(own, collector!)],
    inside: helper('watch-inside'),
    world: helper('watch-world'),
    history: helper('watch-history'),
  };
}
