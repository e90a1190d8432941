/** The programs as they are handed out: one file each, in a folder with nothing of the project beside them. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labCertificates, type LabCertificates } from '../lab/certs.ts';

const ROOT = join(import.meta.dirname, '../..');
const ONLY = '127.0.0.0/8,::1/128';
/** Bundling and starting on a busy machine. Milliseconds. */
const PATIENCE_MS = 60_000;
/** What the machine that runs the test says of its own stores is none of this device's. */
const BARE = { PATH: process.env['PATH'] ?? '', KUAGER_ONLY: ONLY, LANG: 'C' };

let folder: string;
let certs: LabCertificates;
let collector: ChildProcess | null = null;
let site: Server;

const at = (name: string): string => join(folder, name);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function kuager(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      cwd: at('alone'),
      env: { ...BARE, HOME: at('home'), KUAGER_HOME: at('state'), ...environment },
      timeout: PATIENCE_MS,
    };
    const child = execFile(process.execPath, ['kuager.mjs', ...args], options, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

/** The collector's, which needs the one package that can't be in a file. Gives its address. */
function serve(): Promise<string> {
  const args = ['serve', '--data', at('data'), '--listen', '127.0.0.1:0', '--lab-allow', '127.0.0.0/8'];
  collector = spawn(process.execPath, ['kuager-collector.mjs', ...args], {
    cwd: at('collector'),
    env: BARE,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const running = collector;
  return new Promise((resolve, reject) => {
    let said = '';
    running.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /^listening\s+(\S+)$/m.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    running.once('close', () => reject(new Error(`did not start: ${said}`)));
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuager-built-'));
  certs = await labCertificates();
  const build = ['--import', 'tsx', join(ROOT, 'scripts/build.ts'), '--out', at('built')];
  await promisify(execFile)(process.execPath, build, { cwd: ROOT });
  for (const name of ['alone', 'home', 'collector/node_modules']) await mkdir(at(name), { recursive: true });
  await copyFile(at('built/kuager.mjs'), at('alone/kuager.mjs'));
  await copyFile(at('built/kuager-collector.mjs'), at('collector/kuager-collector.mjs'));
  await symlink(join(ROOT, 'node_modules/better-sqlite3'), at('collector/node_modules/better-sqlite3'));
  await writeFile(at('installed.pem'), certs.rootPemOf({ authority: 'known' }));
  await writeFile(at('known.json'), JSON.stringify({ version: 1, roots: certs.knownAuthorities }));
  site = createServer((_request, response) => response.end('<title>A page</title>'));
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
}, PATIENCE_MS);

afterAll(async () => {
  collector?.kill('SIGKILL');
  site.close();
  await rm(folder, { recursive: true, force: true });
});

it('doctor finds what was installed, and does not where it was not', async () => {
  const flags = ['doctor', '--json', '--fingerprints', at('known.json')];
  interface Report {
    readonly roots: readonly { readonly kind: string; readonly id: string | null }[];
    readonly exit_code: number;
  }
  const known = ({ roots }: Report) => roots.filter(({ id }) => id === certs.knownAuthority.id);
  const clean = await kuager(flags);
  const installed = await kuager(flags, { SSL_CERT_FILE: at('installed.pem') });
  const [before, after] = [clean, installed].map(({ out }) => JSON.parse(out) as Report);
  expect(known(before!)).toEqual([]);
  // This machine's own store may not be readable to whoever runs the test.
  expect([0, 7], clean.err).toContain(clean.code);
  expect(known(after!)).toMatchObject([{ kind: 'interceptor', trusted: true }]);
  expect([installed.code, after!.exit_code]).toEqual([6, 6]);
  const inWords = await kuager(['doctor', '--lang', 'ru', '--fingerprints', at('known.json')], {
    SSL_CERT_FILE: at('installed.pem'),
  });
  expect(inWords.code).toBe(6);
  expect(inWords.out).toContain('Lab Trust Network');
  expect(inWords.out + inWords.err).not.toMatch(/^\s+at |defect/m);
});

it(
  'run measures a site and hands it to the collector',
  async () => {
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const collectorUrl = await serve();
    const ran = await kuager([
      ...['run', '--url', url, '--collector', collectorUrl, '--yes', '--publish', '--json'],
      ...['--doh', 'off', '--resolver', '127.0.0.1:1'],
    ]);
    expect(ran.code, ran.err).toBe(0);
    const line = ran.out.split('\n').find((text) => text.startsWith('{')) ?? '';
    const result = JSON.parse(line) as { measurement_id: string; verdict: { outcome: string } };
    expect(result.verdict.outcome, ran.err).toBe('accessible');
    const reply = await fetch(
      `${collectorUrl}/api/v1/raw_measurement?measurement_uid=${result.measurement_id}`,
    );
    expect(((await reply.json()) as { input: string }).input).toBe(url);
  },
  PATIENCE_MS,
);
