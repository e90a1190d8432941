import { copyFile, mkdir, mkdtemp, readdir, stat } from 'node:fs/promises';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeKeyPem } from '../certificate-parts.ts';
import type { Programs } from './job.ts';

/** Where the programs of a lab come from. Everything is made ready once and serves all labs of this process. */

/** `built`: dist/; `source`: the TypeScript as it is. Where nothing is said: built, unless the source is newer. */
export type WantedPrograms = 'built' | 'source' | Pick<Programs, 'probe' | 'collector'>;

const ROOT = join(import.meta.dirname, '../../..');
/** Packages are found from here, and no tool looks into it. */
const CACHE = join(ROOT, 'node_modules/.cache');
const HELPERS = ['inside', 'world', 'write-diary'] as const;
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
