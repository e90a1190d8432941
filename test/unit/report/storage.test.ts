import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../../shared/codec/dsse.ts';
import { deriveHpkeKeyPair } from '../../../shared/codec/hpke.ts';
import { hpkeKeyId, openSealed } from '../../../shared/codec/sealed.ts';
import { EPOCH_DAYS, KEY_MAX_DAYS, openIdentities } from '../../../probe/report/identity.ts';
import { redactMeasurement } from '../../../probe/report/redact.ts';
import { createRedactor } from '../../../probe/report/redactor.ts';
import { openResults } from '../../../probe/report/results.ts';
import { sealMeasurement, sealPrivatePart, submissionOf } from '../../../probe/report/seal.ts';
import { openSpool } from '../../../probe/report/spool.ts';
import { makeMeasurement } from './measurement.ts';

const DAY = 24 * 60 * 60_000;
const NOW = Date.UTC(2025, 2, 4);
const KZ = { cc: 'KZ', asn: 'AS9198' };
const pair = deriveHpkeKeyPair(new Uint8Array(32).fill(3));
const hpke = { keyid: hpkeKeyId(pair.publicKey), key: toBase64(pair.publicKey) };
const privateKeys = new Map([[hpke.keyid, pair.privateKey]]);
const random = (n: number) => new Uint8Array(randomBytes(n));
const idOf = (n: number) => sha256Hex(utf8(String(n)));

let folder: string;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuager-report-'));
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const spoolAt = (path = folder) =>
  openSpool({ folder: join(path, 'spool'), random, warn: (line) => warnings.push(line) });

describe('identities', () => {
  it('keeps one key for a network and epoch, across restarts, and shares none', async () => {
    const identities = await openIdentities(join(folder, 'identity'));
    const first = await identities.keyFor({ ...KZ, now: NOW });
    const again = await (await openIdentities(join(folder, 'identity'))).keyFor({ ...KZ, now: NOW });
    expect(again.publicKey).toEqual(first.publicKey);
    const others = [
      await identities.keyFor({ ...KZ, asn: 'AS21299', now: NOW }),
      await identities.keyFor({ ...KZ, cc: 'KG', now: NOW }),
      await identities.keyFor({ ...KZ, now: NOW + EPOCH_DAYS * DAY }),
    ];
    expect(new Set([first, ...others].map((i) => toBase64(i.publicKey))).size).toBe(4);
    expect(new Set([first, ...others].map((i) => i.group)).size).toBe(4);
  });

  it('changes keys of two networks at different times', async () => {
    const identities = await openIdentities(folder);
    const changes = await Promise.all(
      ['AS1', 'AS2', 'AS3', 'AS4'].map(async (asn) => {
        const start = (await identities.keyFor({ cc: 'KZ', asn, now: NOW })).epoch;
        let hours = 0;
        while ((await identities.keyFor({ cc: 'KZ', asn, now: NOW + hours * (DAY / 4) })).epoch === start)
          hours++;
        return hours;
      }),
    );
    expect(new Set(changes).size).toBeGreaterThan(1);
  });

  it('gives one key to many askers at once, files for the user alone', async () => {
    const path = join(folder, 'identity');
    const all = await Promise.all(
      Array.from({ length: 8 }, async () => (await openIdentities(path)).keyFor({ ...KZ, now: NOW })),
    );
    expect(new Set(all.map((i) => toBase64(i.publicKey))).size).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(path)) expect((await stat(join(path, name))).mode & 0o777).toBe(0o600);
    expect((await readdir(path)).length).toBe(2);
  });

  it('destroys a key after its epoch when nothing waits, and after 60 days whatever waits', async () => {
    const identities = await openIdentities(folder);
    const old = await identities.keyFor({ ...KZ, now: NOW });
    const destroy = (days: number, waiting: string[]) =>
      identities.destroyExpired({ now: NOW + days * DAY, waiting: new Set(waiting) });
    expect(await destroy(0, [])).toBe(0);
    expect(await destroy(EPOCH_DAYS, [old.group])).toBe(0);
    expect(await destroy(EPOCH_DAYS, [])).toBe(1);
    const next = await identities.keyFor({ ...KZ, now: NOW });
    expect(next.publicKey).not.toEqual(old.publicKey);
    expect(await destroy(KEY_MAX_DAYS, [next.group])).toBe(1);
    await identities.keyFor({ ...KZ, now: NOW });
    await identities.forget();
    expect(await readdir(folder)).toEqual([]);
  });

  it('replaces a damaged key', async () => {
    const identities = await openIdentities(folder);
    const old = await identities.keyFor({ ...KZ, now: NOW });
    const file = (await readdir(folder)).find((name) => name.endsWith('.key'))!;
    await writeFile(join(folder, file), '{"cc":');
    expect((await identities.keyFor({ ...KZ, now: NOW })).publicKey).not.toEqual(old.publicKey);
  });
});

describe('sealing', () => {
  it('signs the bytes that the id is of, with the key inside them', async () => {
    const identity = await (await openIdentities(folder)).keyFor({ ...KZ, now: NOW });
    const sealed = sealMeasurement(redactMeasurement(makeMeasurement('x'), createRedactor([])), identity);
    expect(sealed.measurementId).toBe(sha256Hex(sealed.payload));
    const envelope = decodeEnvelope(sealed.envelope, PAYLOAD_TYPES.measurement);
    if (!('ok' in envelope)) throw new Error('not an envelope');
    expect(envelope.ok.payload).toEqual(sealed.payload);
    expect(verifyEnvelope(envelope.ok, identity.publicKey)).toBe(true);
    const document = JSON.parse(Buffer.from(sealed.payload).toString('utf8')) as { x_key: string };
    expect(document.x_key).toBe(toBase64(identity.publicKey));

    const part = sealPrivatePart(sealed.measurementId, { region: 'KZ-75', networkType: 'wifi' }, identity);
    const submission = JSON.parse(
      Buffer.from(submissionOf(sealed.envelope, part, new Uint8Array(32).fill(9))).toString('utf8'),
    ) as Record<string, unknown>;
    expect(JSON.stringify(submission['envelope'])).toBe(sealed.envelope);
    const said = (submission['private'] as { payload: string }).payload;
    expect(JSON.parse(Buffer.from(said, 'base64').toString('utf8'))).toEqual({
      measurement_id: sealed.measurementId,
      region: 'KZ-75',
      network_type: 'wifi',
    });
    expect(sealPrivatePart(sealed.measurementId, { region: 'my street 5' }, identity)).toBeNull();
  });
});

describe('spool', () => {
  const add = (spool: Awaited<ReturnType<typeof spoolAt>>, n: number, group = 'aa') =>
    spool.add({ measurementId: idOf(n), group, submission: utf8(`{"envelope":${n}}`) });

  it('seals what it stores when the key is known, and later what it stored before', async () => {
    const spool = await spoolAt();
    expect(await add(spool, 1)).toEqual({ sealed: false });
    const file = join(folder, 'spool', 'pending', `${idOf(1)}.entry`);
    expect(await readFile(file, 'latin1')).toContain('"envelope"');
    expect(await spool.useKey(hpke)).toBe(1);
    expect(await spool.useKey(hpke)).toBe(0);
    expect(await readFile(file, 'latin1')).not.toContain('"envelope"');
    expect(await add(spool, 2)).toEqual({ sealed: true });
    for (const n of [1, 2])
      expect(openSealed((await spool.read(idOf(n)))!.body, privateKeys)).toEqual({
        ok: utf8(`{"envelope":${n}}`),
      });
  });

  it('keeps the receipt and deletes the entry; survives a crash between the two', async () => {
    const spool = await spoolAt();
    await add(spool, 1);
    await add(spool, 2);
    await spool.delivered(idOf(1), '{"receipt":1}');
    expect((await spool.pending()).entries).toEqual([{ measurementId: idOf(2), group: 'aa', sealed: false }]);
    expect(await spool.receipt(idOf(1))).toBe('{"receipt":1}');
    await writeFile(join(folder, 'spool', 'receipts', `${idOf(2)}.json`), '{}');
    expect((await (await spoolAt()).pending()).entries).toEqual([]);
    expect(await spool.counts()).toEqual({ pending: 0, refused: 0, damaged: 0, receipts: 2 });
    expect(await spool.prune(Date.now())).toBe(0);
    expect(await spool.prune(Date.now() + 15 * DAY)).toBe(2);
  });

  it('sets damaged entries aside with one line each and goes on', async () => {
    const spool = await spoolAt();
    for (const n of [1, 2, 3]) await add(spool, n);
    const path = (n: number) => join(folder, 'spool', 'pending', `${idOf(n)}.entry`);
    await writeFile(path(1), (await readFile(path(1))).subarray(0, -1));
    await writeFile(path(2), randomBytes(5000));
    await writeFile(join(folder, 'spool', 'pending', 'notes.txt'), 'hello');
    expect((await spool.pending()).entries.map((e) => e.measurementId)).toEqual([idOf(3)]);
    expect(warnings).toHaveLength(3);
    expect((await spool.counts()).damaged).toBe(3);
  });

  it('sets refused entries aside and can take them back', async () => {
    const spool = await spoolAt();
    await add(spool, 1);
    await spool.refused(idOf(1), '400 Bad');
    expect(await spool.counts()).toMatchObject({ pending: 0, refused: 1 });
    expect(await spool.retryRefused()).toBe(1);
    expect((await spool.pending()).entries).toHaveLength(1);
  });

  it('gives the lock to one process, and takes it from a dead or sleeping one', async () => {
    const spool = await spoolAt();
    const release = await spool.lock();
    expect(await (await spoolAt()).lock()).toBeNull();
    await release!();
    const lockFile = join(folder, 'spool', 'lock');
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(lockFile, `${child.pid} dead`);
    const taken = await spool.lock();
    expect(taken).not.toBeNull();
    await taken!();
    await writeFile(lockFile, `${process.pid} asleep`);
    await utimes(lockFile, new Date(0), new Date(0));
    const again = await Promise.all([spool.lock(), spool.lock()]);
    expect(again.filter((r) => r !== null)).toHaveLength(1);
  });

  it('forgets everything', async () => {
    const spool = await spoolAt();
    await add(spool, 1);
    await add(spool, 2);
    await spool.refused(idOf(1), 'x');
    await spool.delivered(idOf(2), '{}');
    await spool.setWindow({ group: 'aa', at: 1 });
    await writeFile(join(folder, 'spool', 'pending', '.tmp-0011'), 'plain');
    await spool.forget();
    const left = await readdir(join(folder, 'spool'), { recursive: true });
    expect(left.sort()).toEqual(['damaged', 'pending', 'receipts', 'refused']);
  });

  it('loses nothing and tears nothing when killed while writing', async () => {
    const script = `
      import { openSpool } from ${JSON.stringify(join(process.cwd(), 'probe/report/spool.ts'))};
      import { randomBytes, createHash } from 'node:crypto';
      const spool = await openSpool({ folder: process.argv[1], random: (n) => new Uint8Array(randomBytes(n)), warn() {} });
      for (let n = 0; ; n++) {
        const measurementId = createHash('sha256').update(process.pid + ' ' + n).digest('hex');
        await spool.add({ measurementId, group: 'aa', submission: new Uint8Array(randomBytes(20000)) });
        console.log(measurementId);
      }`;
    const acknowledged: string[] = [];
    for (const ms of [150, 60, 100]) {
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        script,
        join(folder, 'spool'),
      ]);
      let out = '';
      child.stdout.on('data', (data: Buffer) => (out += data.toString()));
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill('SIGKILL');
      await once(child, 'close');
      acknowledged.push(...out.split('\n').slice(0, -1));
    }
    const spool = await spoolAt();
    const found = new Set((await spool.pending()).entries.map((e) => e.measurementId));
    expect(acknowledged.length).toBeGreaterThan(3);
    for (const id of acknowledged) expect(found.has(id)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('says that the disk is full and keeps what it had', async ({ skip }) => {
    const mount = join(folder, 'small');
    await mkdir(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      skip('needs the right to mount a small file system');
    }
    try {
      const spool = await spoolAt(mount);
      let stored = 0;
      const fill = async () => {
        for (; stored < 100; stored++)
          await spool.add({ measurementId: idOf(stored), group: 'aa', submission: random(20_000) });
      };
      await expect(fill()).rejects.toMatchObject({ code: 'SPOOL_DISK_FULL' });
      expect(stored).toBeGreaterThan(2);
      expect((await spool.pending()).entries).toHaveLength(stored);
      await spool.forget();
      await spool.add({ measurementId: idOf(1), group: 'aa', submission: random(20_000) });
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('refuses what could never be sent', async () => {
    const spool = await openSpool({ folder, random, warn: () => undefined, hpke });
    const submission = random(3 * 1024 * 1024);
    await expect(spool.add({ measurementId: idOf(1), group: 'aa', submission })).rejects.toMatchObject({
      code: 'MEASUREMENT_TOO_LARGE',
    });
  });
});

describe('results', () => {
  it('lists what was added, skips a torn line, goes after 14 days', async () => {
    const results = await openResults(folder);
    const result = {
      measurementId: idOf(1),
      input: 'https://қазақ.example/',
      day: '2025-03-04',
      verdict: { outcome: 'accessible' },
    };
    await results.add(result);
    await writeFile(join(folder, '2025-03-04.jsonl'), '\n{"measurementId":"torn', { flag: 'a' });
    await results.add({ ...result, measurementId: idOf(2) });
    await results.add({ ...result, day: '2025-03-10' });
    expect((await results.list()).map((r) => r.measurementId)).toEqual([idOf(1), idOf(2), idOf(1)]);
    expect(await results.prune(Date.UTC(2025, 2, 18))).toBe(0);
    expect(await results.prune(Date.UTC(2025, 2, 18, 1))).toBe(1);
    expect(await results.list()).toHaveLength(1);
    await results.forget();
    expect(await results.list()).toEqual([]);
  });
});
