/**
 * Two programs, one file each. The probe's has no native dependency and runs alone; the collector's needs
 * better-sqlite3 beside it (installed from package.json). Data files are put into the bundle as text.
 */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** `--out FOLDER`: elsewhere than in dist/. */
const out = process.argv.indexOf('--out');
const DIST = out === -1 ? join(ROOT, 'dist') : resolve(process.argv[out + 1] ?? '');
/** `kuager.mjs` must stay a file that a volunteer can fetch over a mobile line. Bytes. */
const MAX_PROBE_BYTES = 2_500_000;
/** A package that begins with a CommonJS `require` of Node's own modules needs one in an ES module. */
const BANNER = [
  "import { createRequire as kuagerCreateRequire } from 'node:module';",
  'const require = kuagerCreateRequire(import.meta.url);',
].join('\n');

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => relative(ROOT, join(e.parentPath, e.name)).replaceAll('\\', '/'))
    .sort();
}

/** Path from the root → text, for `readAsset`. */
async function assets(wanted: (path: string) => boolean): Promise<Record<string, string>> {
  const paths = [
    ...(await filesUnder('testlists')).filter((p) => !p.endsWith('.md')),
    ...(await filesUnder('collector')).filter((p) => p.endsWith('.sql') || p.endsWith('.css')),
  ].filter(wanted);
  const texts = await Promise.all(paths.map((p) => readFile(join(ROOT, p), 'utf8')));
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  return {
    'package.json': JSON.stringify({ name, version }),
    ...Object.fromEntries(paths.map((p, i) => [p, texts[i]!])),
  };
}

/** Gives the packages that the file still imports at run time. */
async function bundle(
  entry: string,
  outfile: string,
  texts: Record<string, string>,
): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, entry)],
    outfile: join(DIST, outfile),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    external: ['better-sqlite3'],
    banner: { js: BANNER },
    define: { __KUAGER_ASSETS__: JSON.stringify(texts) },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
    metafile: true,
  });
  await chmod(join(DIST, outfile), 0o755);
  const imports = Object.values(metafile.outputs).flatMap((o) =>
    o.imports.filter((i) => i.external).map((i) => i.path),
  );
  return [...new Set(imports)].filter((path) => !isBuiltin(path) && !path.startsWith('node:'));
}

async function newest(folders: readonly string[]): Promise<number> {
  const paths = (await Promise.all(folders.map(filesUnder))).flat();
  const times = await Promise.all(
    [...paths, 'package.json'].map(async (p) => (await stat(join(ROOT, p))).mtimeMs),
  );
  return Math.max(...times);
}

async function isFresh(): Promise<boolean> {
  try {
    const built = await Promise.all(['kuager.mjs', 'kuager-collector.mjs'].map((f) => stat(join(DIST, f))));
    return (
      Math.min(...built.map((s) => s.mtimeMs)) > (await newest(['probe', 'collector', 'shared', 'testlists']))
    );
  } catch {
    return false; // not built yet
  }
}

if (!(process.argv.includes('--if-stale') && (await isFresh()))) {
  await mkdir(DIST, { recursive: true });
  const needs = await bundle('probe/main.ts', 'kuager.mjs', await assets((p) => !p.startsWith('collector/')));
  if (needs.length > 0) throw new Error(`kuager.mjs must run alone, but imports ${needs.join(', ')}`);
  await bundle('collector/main.ts', 'kuager-collector.mjs', await assets(() => true));
  const probe = await readFile(join(DIST, 'kuager.mjs'));
  if (probe.length > MAX_PROBE_BYTES) throw new Error(`kuager.mjs has grown to ${probe.length} bytes`);
  await writeFile(join(DIST, 'package.json'), `${JSON.stringify({ type: 'module' })}\n`);
  process.stderr.write(
    `dist/kuager.mjs (${Math.round(probe.length / 1024)} KiB), dist/kuager-collector.mjs\n`,
  );
}
