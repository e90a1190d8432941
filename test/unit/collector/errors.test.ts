import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLLECTOR_ERRORS, CollectorError, describeError, storageError } from '../../../collector/errors.ts';
import { html, trusted } from '../../../collector/html.ts';
import { createInflate, MAX_DECODED_BYTES } from '../../../collector/ingest/inflate.ts';
import { parseHostPort } from '../../../collector/listen.ts';
import { gzipSync } from 'node:zlib';

describe('exit codes', () => {
  it('are documented, all of them and no others', () => {
    const readme = readFileSync(new URL('../../../collector/README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| +(\d+) +\| +(`[A-Z_` ]+`) +\|$/gm)].flatMap(([, exit, codes]) =>
      (codes ?? '').split(' ').map((code) => [code.replaceAll('`', ''), Number(exit)] as const),
    );
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(COLLECTOR_ERRORS).map(([code, { exit }]) => [code, exit])),
    );
  });

  it('come with one line that says what to do', () => {
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    expect(storageError(full)).toBe('STORAGE_FULL');
    const { line, exit } = describeError(full);
    expect(exit).toBe(10);
    expect(line).toBe(
      'STORAGE_FULL: database or disk is full; free space on the disk of --data, then start again',
    );
    expect(describeError(new CollectorError('USAGE', 'two\nlines')).line).toBe(
      'USAGE: two lines; see --help',
    );
    expect(describeError(new TypeError('oops')).exit).toBe(1);
    expect(describeError('a string').line).toContain('INTERNAL: a string');
  });
});

describe('host and port', () => {
  it('reads both families and refuses the rest', () => {
    expect(parseHostPort('127.0.0.1:8080', '--listen')).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(parseHostPort('[::1]:0', '--listen')).toEqual({ host: '::1', port: 0 });
    expect(parseHostPort('localhost:80', '--listen')).toEqual({ host: 'localhost', port: 80 });
    for (const text of ['8080', '::1:80', 'a:b', '1.2.3.4:70000', ':80', '', 'a b:80'])
      expect(() => parseHostPort(text, '--listen'), text).toThrow('--listen takes HOST:PORT');
  });
});

describe('html', () => {
  it('escapes values, not markup, and shows no invisible characters', () => {
    const evil = '<img src=x onerror="1">&\'\u202e\u0000';
    expect(html`<p>${evil}</p>`.text).toBe(
      '<p>&lt;img src=x onerror=&quot;1&quot;&gt;&amp;&#39;\ufffd\ufffd</p>',
    );
    expect(html`${[html`<b>${'<'}</b>`, null, false, 3]}${trusted('<i>')}`.text).toBe('<b>&lt;</b>3<i>');
  });
});

describe('inflation', () => {
  it('stops at the bound and keeps going after damage', async () => {
    const inflate = createInflate();
    const bomb = gzipSync(Buffer.alloc(MAX_DECODED_BYTES + 1));
    const results = await Promise.all([
      ...Array.from({ length: 12 }, () => inflate(bomb)),
      inflate(gzipSync('fine')),
      inflate(new Uint8Array([1, 2, 3])),
      inflate(gzipSync(Buffer.alloc(MAX_DECODED_BYTES))),
    ]);
    expect(results.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => ({ error: 'decoded-too-large' })));
    expect(results[12]).toEqual({ ok: Buffer.from('fine') });
    expect(results[13]).toEqual({ error: 'body-damaged' });
    expect('ok' in results[14]!).toBe(true);
  });
});
