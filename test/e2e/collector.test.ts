/** The program as operators run it: its own process, arguments, signals, exit codes. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COLLECTOR_ERRORS } from '../../collector/errors.ts';
import type { CollectorErrorCode } from '../../collector/errors.ts';
import type { Descriptor, ReflectorDescriptor } from '../../shared/model/index.ts';
import type { TemporaryFolder } from '../unit/collector/support.ts';
import { envelopeOf, makeMeasurement, submit, submitOk, temporaryFolder } from '../unit/collector/support.ts';

const MAIN = fileURLToPath(new URL('../../collector/main.ts', import.meta.url));
const NODE_ARGS = ['--import', 'tsx', MAIN];
const START_TIMEOUT_MS = 20_000;

let folder: TemporaryFolder;
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  folder.remove();
});

interface Program {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | null>;
}
function run(...args: string[]): Program {
  const child = spawn(process.execPath, [...NODE_ARGS, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}
async function listening(program: Program): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const url = /^listening\s+(\S+)$/m.exec(program.stderr())?.[1];
    if (url !== undefined) return url;
    if (program.child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`did not start: ${program.stderr()}`);
}
const data = (): string => join(folder.path, 'data');
const serve = (...more: string[]): Program =>
  run('serve', '--data', data(), '--listen', '127.0.0.1:0', ...more);

async function expectFailure(program: Program, code: CollectorErrorCode): Promise<void> {
  expect(await program.exited, program.stderr()).toBe(COLLECTOR_ERRORS[code].exit);
  const lines = program.stderr().trim().split('\n');
  const last = lines.at(-1) ?? '';
  if (code !== 'USAGE' || last.startsWith('kuager-collector'))
    expect(last).toMatch(new RegExp(`^kuager-collector: ${code}: .+; .+`));
  expect(program.stderr()).not.toMatch(/^\s+at .+:\d+/m);
}

describe('kuager-collector serve', () => {
  it('keeps a diary of the lists it was given, and names the rows that it can not use', async () => {
    const list = join(folder.path, 'list.csv');
    writeFileSync(list, 'url,category_code\nhttp://127.0.0.1:1/,NEWS\nnonsense,NEWS\n');
    const program = serve('--lab-allow', '127.0.0.0/8', '--diary', list, '--diary-minutes', '10');
    await listening(program);
    expect(program.stderr()).toContain(`${list}:3: "nonsense" is no http or https URL; row left out`);
    const entries = (): unknown => {
      const db = new Database(join(data(), 'archive.db'), { readonly: true });
      const rows = db.prepare('SELECT url FROM diary').all();
      db.close();
      return rows;
    };
    await expect.poll(entries, { timeout: START_TIMEOUT_MS }).toEqual([{ url: 'http://127.0.0.1:1/' }]);
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    await expectFailure(serve('--diary', list, '--diary-minutes', '5'), 'USAGE');
    await expectFailure(serve('--diary', join(folder.path, 'none.csv')), 'FILE_UNREADABLE');
  });

  it('keeps every receipt it gave when it is killed, and goes on where it was', async () => {
    const first = serve();
    const url = await listening(first);
    const envelopes = Array.from({ length: 60 }, (_, n) =>
      envelopeOf(makeMeasurement({ input: `http://site-${n}.example/` })),
    );
    const receipts = new Map<string, unknown>();
    const uploads = envelopes.map(async (envelope) => {
      try {
        receipts.set(envelope, await submitOk(url, envelope));
        if (receipts.size === 15) first.child.kill('SIGKILL');
      } catch {
        // Killed in the middle: this one was never acknowledged.
      }
    });
    await Promise.all(uploads);
    await first.exited;
    expect(receipts.size).toBeGreaterThanOrEqual(15);

    const second = serve();
    const again = await listening(second);
    for (const [envelope, receipt] of receipts) expect(await submitOk(again, envelope)).toEqual(receipt);
    for (const envelope of envelopes) await submitOk(again, envelope);
    const list = (await (await fetch(`${again}/api/v1/measurements?limit=1`)).json()) as {
      metadata: { count: number };
    };
    expect(list.metadata.count).toBe(envelopes.length);
    second.child.kill('SIGTERM');
    expect(await second.exited, second.stderr()).toBe(0);

    const db = new Database(join(data(), 'archive.db'), { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*), max(entry_index) + 1 FROM entries').raw().get()).toEqual([60, 60]);
    db.close();
  });

  it('derives at the next start what a crash left underived', async () => {
    const first = serve();
    const { measurement_id: id } = await submitOk(await listening(first), envelopeOf(makeMeasurement({})));
    first.child.kill('SIGKILL');
    await first.exited;
    const db = new Database(join(data(), 'derived.db'));
    db.exec('DELETE FROM verdicts; DELETE FROM latest; DELETE FROM observations');
    db.close();
    const second = serve();
    const url = await listening(second);
    expect(second.stderr()).toContain('1 measurement(s) judged that had no verdict yet');
    expect((await fetch(`${url}/m/${id}`)).status).toBe(200);
    second.child.kill('SIGINT');
    expect(await second.exited).toBe(0);
  });

  it('writes no address of a peer, neither to its log nor to its files', async () => {
    const program = serve('--lab-allow', '127.0.0.0/8');
    const url = await listening(program);
    expect(program.stderr()).toContain('!!! LAB MODE');
    await submitOk(url, envelopeOf(makeMeasurement({})));
    await submit(url, 'nonsense');
    program.child.kill('SIGTERM');
    await program.exited;
    const requestLines = program
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"route"'));
    expect(requestLines).toHaveLength(2);
    expect(requestLines.join('\n')).not.toMatch(/127\.0\.0\.1|remote|example/);
    const db = new Database(join(data(), 'archive.db'), { readonly: true });
    const tables = db.prepare("SELECT group_concat(sql, ' ') FROM sqlite_master").pluck().get() as string;
    db.close();
    expect(tables).not.toMatch(/address|peer|remote/i);
  });

  it('says in one line why it does not start', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as AddressInfo;
    writeFileSync(join(folder.path, 'file'), '');
    const other = ['serve', '--data', join(folder.path, 'other'), '--listen', '127.0.0.1:0'];
    await Promise.all([
      expectFailure(run('serve', '--data', data(), '--listen', `127.0.0.1:${port}`), 'PORT_IN_USE'),
      expectFailure(run('serve', '--data', data(), '--listen', 'nonsense'), 'USAGE'),
      expectFailure(run('serve'), 'USAGE'),
      expectFailure(run(...other, '--extra-root', join(folder.path, 'none.pem')), 'FILE_UNREADABLE'),
      expectFailure(run(...other, '--lab-allow', 'everything'), 'USAGE'),
      expectFailure(
        run('serve', '--data', join(folder.path, 'file'), '--listen', '127.0.0.1:0'),
        'FILE_UNREADABLE',
      ),
    ]);
    blocker.close();
    const running = serve();
    await listening(running);
    await expectFailure(serve(), 'DATA_IN_USE');
  }, 60_000);
});

describe('the other commands', () => {
  it('build evidence and write trust beside a running collector', async () => {
    const running = serve();
    const { measurement_id: id } = await submitOk(await listening(running), envelopeOf(makeMeasurement({})));
    const out = join(folder.path, 'evidence.zip');
    const evidence = run('evidence', 'build', '--data', data(), '--measurement', id, '--out', out);
    expect(await evidence.exited, evidence.stderr()).toBe(0);
    expect(existsSync(out)).toBe(true);
    await expectFailure(
      run('evidence', 'build', '--data', data(), '--measurement', id, '--out', out),
      'OUT_EXISTS',
    );
    const unknown = ['--measurement', '0'.repeat(64), '--out', join(folder.path, 'other.zip')];
    await expectFailure(run('evidence', 'build', '--data', data(), ...unknown), 'UNKNOWN_MEASUREMENT');
    const trust = run('keys', 'trust', '--data', data(), '--out', join(folder.path, 'trust.json'));
    expect(await trust.exited, trust.stderr()).toBe(0);
    const keys = run('--json', 'keys', '--data', data());
    expect(await keys.exited).toBe(0);
    expect(Object.keys(JSON.parse(keys.stdout()) as object)).toEqual(['collectors', 'controls', 'logs']);
    await expectFailure(run('rebuild', '--data', data()), 'DATA_IN_USE');
    running.child.kill('SIGTERM');
    await running.exited;
    const rebuild = run('rebuild', '--data', data());
    expect(await rebuild.exited, rebuild.stderr()).toBe(0);
    expect(rebuild.stdout()).toContain('1 measurement(s) judged again');
  }, 60_000);

  it('fail in one line', async () => {
    mkdirSync(join(folder.path, 'empty'));
    await Promise.all([
      expectFailure(run('replay', join(folder.path, 'none')), 'DIR_MISSING'),
      expectFailure(run('replay', join(folder.path, 'empty')), 'NOTHING_READABLE'),
      expectFailure(run('rebuild', '--data', join(folder.path, 'none')), 'DATA_MISSING'),
      expectFailure(run('keys', '--data', join(folder.path, 'none')), 'KEYS_MISSING'),
      expectFailure(run('reflector'), 'USAGE'),
    ]);
    const help = run('--help');
    expect(await help.exited).toBe(0);
    expect(help.stdout()).toContain('evidence');
  }, 60_000);

  it('run a reflector alone', async () => {
    const program = run('reflector', '--reflector-listen', '127.0.0.1:0');
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (program.stdout() === '' && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const entry = program.stdout();
    const { httpPort, morePorts, name } = JSON.parse(entry) as ReflectorDescriptor;
    for (const port of [httpPort, ...(morePorts ?? [])]) {
      const reply = await fetch(`http://127.0.0.1:${port}/`);
      expect(reply.headers.get('x-kuager-reflector')).toBe(name);
    }
    expect(program.stderr()).toContain('!!! REFLECTOR WITH A SELF-ISSUED CERTIFICATE');
    expect(program.stderr()).toContain('!!! without --data');
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);

    const file = join(folder.path, 'entry.json');
    writeFileSync(file, entry);
    const collector = serve('--reflector-descriptor', file);
    const { payload } = (await (await fetch(`${await listening(collector)}/.well-known/kuager`)).json()) as {
      payload: string;
    };
    const { reflectors } = JSON.parse(Buffer.from(payload, 'base64').toString()) as Descriptor;
    expect(reflectors[1]).toEqual(JSON.parse(entry));
    await expectFailure(run('reflector', '--listen', '127.0.0.1:0', '--asn-db', MAIN), 'NETWORKS_UNREADABLE');
    await expectFailure(serve('--reflector-descriptor', MAIN), 'REFLECTOR_ENTRY_INVALID');
  });
});
