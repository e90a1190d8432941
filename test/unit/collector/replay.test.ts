import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayCommand } from '../../../collector/commands/replay.ts';
import { CollectorError } from '../../../collector/errors.ts';
import type { TemporaryFolder } from './support.ts';
import { makeMeasurement, temporaryFolder } from './support.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

async function replay(
  json: boolean,
  path = folder.path,
): Promise<{ out: string[]; err: string[]; code: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  try {
    await replayCommand(path, { lang: 'en', json, debug: false }, io);
    return { out, err, code: 'none' };
  } catch (error) {
    return { out, err, code: error instanceof CollectorError ? error.code : String(error) };
  }
}

/** A document as another OONI probe would write it, as far as judging reads it. */
const foreign = (input: string): object => {
  const { x_key: _key, ...rest } = makeMeasurement({ input });
  return { ...rest, software_name: 'ooniprobe-cli', id: 'x', unknown_key: { deep: [1] } };
};
const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder.path, name), text);

describe('replay', () => {
  it('judges every document, names every one that it leaves out in a line, and counts', async () => {
    mkdirSync(join(folder.path, 'sub'));
    write('a.json', JSON.stringify(foreign('http://one.example/')));
    write('sub/b.json', JSON.stringify(foreign('http://two.example/')));
    const lines = [foreign('http://three.example/'), { nothing: true }, foreign('http://four.example/')].map(
      (d) => JSON.stringify(d),
    );
    write('c.jsonl', `${lines.join('\n')}\n\n`);
    write('d.jsonl.gz', gzipSync(`${lines[0]}\n`));
    write('e.json.gz', gzipSync(lines[0] ?? ''));
    write('broken.json', '{"input":');
    write('deep.json', '['.repeat(500_000));
    write('empty.json', '');
    write('null.json', 'null');
    write('cut.jsonl.gz', gzipSync(`${lines[0]}\n`.repeat(50)).subarray(0, 60));
    write('notes.txt', 'not looked at');
    symlinkSync(folder.path, join(folder.path, 'loop'));
    const { out, code } = await replay(false);
    expect(code).toBe('none');
    for (const name of ['one', 'two', 'three', 'four'])
      expect(out.join('\n')).toContain(`http://${name}.example/`);
    for (const [file, reason] of [
      ['broken.json', 'not JSON'],
      ['deep.json', 'nested deeper'],
      ['empty.json', 'not JSON'],
      ['null.json', ''],
      ['c.jsonl:2', ''],
      ['cut.jsonl.gz', ''],
    ])
      expect(
        out.filter((line) => line.startsWith(`${file}`) && line.includes(`: ${reason}`)),
        file,
      ).toHaveLength(1);
    expect(out.at(-1)).toMatch(/^6 judged \(.*\), 6 left out$/);
    expect(out.join('\n')).not.toContain('notes.txt');
    expect(out.every((line) => !line.includes('\n'))).toBe(true);
  });

  it('prints one object a line with --json', async () => {
    write('a.json', JSON.stringify(foreign('http://one.example/')));
    write('b.json', '{');
    const { out, err } = await replay(true);
    const rows = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows[0]).toMatchObject({ file: 'a.json', input: 'http://one.example/' });
    expect(rows[1]).toEqual({ file: 'b.json', error: 'not JSON' });
    expect(err.join()).toContain('1 judged');
  });

  it('fails when there is no folder, or nothing in it could be judged', async () => {
    expect((await replay(false, join(folder.path, 'none'))).code).toBe('DIR_MISSING');
    expect((await replay(false)).code).toBe('NOTHING_READABLE');
    write('b.json', '{');
    expect((await replay(false, join(folder.path, 'b.json'))).code).toBe('DIR_MISSING');
    expect((await replay(false)).code).toBe('NOTHING_READABLE');
  });
});
