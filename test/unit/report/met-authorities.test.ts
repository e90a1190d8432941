import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MEMORY_DAYS, openMetAuthorities } from '../../../probe/report/met-authorities.ts';

const DAY_MS = 24 * 60 * 60_000;
const NOW = Date.parse('2026-11-22T10:00:00Z');
const SPKI = 'ab'.repeat(32);

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'kuager-met-')), 'authorities');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const meeting = (owner: string | null, key = 'k1', now = NOW) => ({ spki: SPKI, owner, key, now });

describe('met authorities', () => {
  it('says what was known before the meeting: another owner’s network, and which key was first', async () => {
    const met = await openMetAuthorities(folder);
    expect(await met.meet(meeting('Kazakhtelecom'))).toEqual({ onOtherNetwork: false, firstMet: true });
    expect(await met.meet(meeting('Kazakhtelecom'))).toEqual({ onOtherNetwork: false, firstMet: true });
    expect(await met.meet(meeting('Beeline', 'k2'))).toEqual({ onOtherNetwork: true, firstMet: false });
    expect(await met.meet(meeting('Kazakhtelecom', 'k3'))).toEqual({ onOtherNetwork: true, firstMet: false });
    // Another run of the program.
    const again = await openMetAuthorities(folder);
    expect(await again.meet(meeting('Kazakhtelecom'))).toEqual({ onOtherNetwork: true, firstMet: true });
  });

  it('takes two networks on no list for one owner’s, and says nothing where the network isn’t known', async () => {
    const met = await openMetAuthorities(folder);
    await met.meet(meeting('AS64500'));
    expect((await met.meet(meeting('AS64501'))).onOtherNetwork).toBe(false);
    expect((await met.meet(meeting(null))).onOtherNetwork).toBeNull();
    expect((await met.meet(meeting('Beeline'))).onOtherNetwork).toBe(true);
  });

  it('is the user’s alone, forgets after 90 days without a meeting, and on request', async () => {
    const met = await openMetAuthorities(folder);
    await met.meet(meeting('Beeline'));
    const [name] = await readdir(folder);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(join(folder, name!))).mode & 0o077).toBe(0);
    await met.prune(NOW + MEMORY_DAYS * DAY_MS - DAY_MS);
    expect(await readdir(folder)).toHaveLength(1);
    await met.prune(NOW + (MEMORY_DAYS + 1) * DAY_MS);
    expect(await readdir(folder)).toEqual([]);
    await met.meet(meeting('Beeline'));
    await met.forget();
    expect(await readdir(folder)).toEqual([]);
    await met.forget();
  });

  it('loses no meeting of targets that are measured side by side, and stays bounded', async () => {
    const met = await openMetAuthorities(folder);
    const spkis = Array.from({ length: 210 }, (_, i) => i.toString(16).padStart(64, '0'));
    await Promise.all(
      spkis.map((spki, i) => met.meet({ ...meeting('Beeline', 'k1', NOW + i * DAY_MS), spki })),
    );
    const kept = JSON.parse(await readFile(join(folder, 'met.json'), 'utf8')) as { spki: string }[];
    expect(kept.map((e) => e.spki)).toEqual(spkis.slice(10));
  });

  it('begins anew when its file is damaged', async () => {
    const met = await openMetAuthorities(folder);
    for (const text of ['{', '[1, {"spki": 3}]', '"x"']) {
      await writeFile(join(folder, 'met.json'), text);
      expect(await met.meet(meeting('Beeline'))).toEqual({ onOtherNetwork: false, firstMet: true });
    }
  });
});
