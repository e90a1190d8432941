/** The probe as a person starts it, badly: one line and an exit status, never a stack trace, never a process that stays. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../../probe/main.ts');
/** Start-up with tsx and a loaded machine, not network time. Milliseconds. */
const PATIENCE_MS = 20_000;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuager-edges-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  /** null: it had to be killed. */
  readonly code: number | null;
  readonly text: string;
}

function kuager(command: string, home = join(folder, 'home')): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', command.replaceAll('kuager', '"$NODE" --import tsx "$MAIN"')], {
      env: {
        ...process.env,
        NODE: process.execPath,
        MAIN,
        KUAGER_HOME: home,
        KUAGER_ONLY: '127.0.0.0/8,::1/128',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
    child.once('close', (code) => resolve({ code, text }));
  });
}

const RUN = 'kuager run --yes --no-upload --doh off --resolver 127.0.0.1:1';
const NO_TRACE = /^\s+at |node:internal|defect/m;

describe('the program', () => {
  it.each([
    ['an address behind the wall', `${RUN} --url http://192.0.2.1/`, 0, 'not enough to say'],
    ['an endless list', `${RUN} --list /dev/zero`, 2, 'larger than 8 MiB'],
    ['an endless bundle', 'kuager verify /dev/zero', 2, 'larger than 512 MiB'],
    ['a full output', 'kuager lists kz >/dev/full', 1, 'the output can’t be written'],
    ['a file in the place of --out', `${RUN} --url http://127.0.0.1:1/ --out "$MAIN"`, 1, 'is in the way'],
  ])(
    'says one line about %s',
    async (_what, command, code, words) => {
      const ended = await kuager(command);
      expect(ended.text).toContain(words);
      expect(ended.text).not.toMatch(NO_TRACE);
      expect(ended.code).toBe(code);
    },
    PATIENCE_MS + 5_000,
  );

  it(
    'ends when a name can’t be asked for, with queries still in flight',
    async () => {
      const ended = await kuager(`${RUN} --url http://name.example/`);
      expect(ended.text).not.toMatch(NO_TRACE);
      expect(ended.code).not.toBeNull();
    },
    PATIENCE_MS + 5_000,
  );

  it(
    'doesn’t mind a reader that leaves',
    async () => {
      const ended = await kuager('kuager lists kz | head -1');
      expect(ended.text).not.toMatch(NO_TRACE);
    },
    PATIENCE_MS + 5_000,
  );

  it(
    'says so when consent can’t be kept, and measures nothing',
    async () => {
      const home = join(folder, 'a-file');
      await writeFile(home, 'not a folder');
      const ended = await kuager(`${RUN} --url http://127.0.0.1:1/`, home);
      expect(ended.code).toBe(1);
      expect(ended.text).toContain('nothing was measured');
      expect(ended.text).not.toMatch(NO_TRACE);
    },
    PATIENCE_MS + 5_000,
  );
});
