/** When the diary's URLs have their turn, and how many at a time. */
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readDiary } from '../../../collector/commands/diary-flags.ts';
import { readDiaryList } from '../../../collector/diary/list.ts';
import { startDiary, type Diary, type DiaryOptions } from '../../../collector/diary/run.ts';
import { firstDues, nextDue } from '../../../collector/diary/schedule.ts';
import { CollectorError } from '../../../collector/errors.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');
const urls = (n: number): string[] => Array.from({ length: n }, (_, i) => `https://s${i}.example/`);

describe('the first turns after a start', () => {
  it('fill one interval when nothing was measured before', () => {
    const dues = [...firstDues(urls(300), new Map(), NOW, HOUR).values()].map((at) => at - NOW);
    expect(dues[0]).toBe(0);
    expect(dues.every((at, i) => at === i * (HOUR / 300))).toBe(true);
  });

  it('come an interval after the last entry, or soon when that is over, the oldest first', () => {
    const [a = '', b = '', c = '', d = ''] = urls(4);
    const last = new Map([
      [a, NOW - HOUR / 4],
      [b, NOW - 2 * HOUR],
      [c, NOW - 30 * HOUR],
      [d, NOW + 500 * HOUR],
    ]);
    const dues = firstDues([a, b, c, d], last, NOW, HOUR);
    expect(dues.get(a)).toBe(NOW + (3 * HOUR) / 4);
    expect(dues.get(c)).toBe(NOW);
    expect(dues.get(b)).toBe(NOW + HOUR / 4);
    // The clock was set back: an entry of the future does not silence its URL.
    expect(dues.get(d)).toBe(NOW + HOUR);
  });

  it('never are many at once, whatever was measured when', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 48 * HOUR }), { maxLength: 60 }), (ages) => {
        const all = urls(ages.length);
        const last = new Map(all.map((url, i) => [url, NOW - ages[i]!]));
        const dues = firstDues(all, last, NOW, HOUR);
        expect(dues.size).toBe(all.length);
        const overdue = [...dues].filter(([url]) => last.get(url)! + HOUR <= NOW).map(([, at]) => at);
        expect(new Set(overdue).size).toBe(overdue.length);
        expect([...dues.values()].every((at) => at >= NOW && at <= NOW + HOUR)).toBe(true);
      }),
    );
  });

  it('are followed by one about every interval', () => {
    expect([0, 0.5, 1].map((random) => Math.round(nextDue(NOW, 100, random) - NOW))).toEqual([90, 100, 110]);
  });
});

describe('a running diary', () => {
  let diary: Diary | undefined;
  afterEach(() => diary?.stop());

  /** Visits take `ms`; what was seen of them. */
  function start(more: Partial<DiaryOptions>, ms = 5) {
    const seen = { visits: [] as string[], now: 0, most: 0, broken: 0, faults: [] as string[] };
    diary = startDiary({
      urls: urls(20),
      intervalMs: null,
      last: new Map(),
      nowMs: Date.now,
      random: () => 0.5,
      onFault: (error, what) => seen.faults.push(`${what}: ${String(error)}`),
      measure: async (url, signal) => {
        seen.visits.push(url);
        seen.most = Math.max(seen.most, ++seen.now);
        try {
          await setTimeout(ms, undefined, { signal });
          return true;
        } catch {
          seen.broken++;
          return false;
        } finally {
          seen.now--;
        }
      },
      ...more,
    });
    return { diary, seen };
  }
  const pause = (ms: number) => setTimeout(ms);

  it('measures all when told to, four at a time, and nothing by itself without an interval', async () => {
    const { diary: running, seen } = start({});
    await pause(30);
    expect(seen.visits).toEqual([]);
    expect(await running.runAll()).toBe(20);
    expect([...seen.visits].sort()).toEqual(urls(20).sort());
    expect(seen.most).toBe(4);
  });

  it('goes round again and again, never more than four at a time', async () => {
    const { seen } = start({ intervalMs: 60 });
    while (seen.visits.length < 70) await pause(10);
    expect(seen.most).toBeLessThanOrEqual(4);
    const counts = urls(20).map((url) => seen.visits.filter((v) => v === url).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
  });

  it('measures each URL once for all who ask for a round at the same time', async () => {
    const { diary: running, seen } = start({ intervalMs: 10_000 }, 20);
    expect(await Promise.all([running.runAll(), running.runAll()])).toEqual([20, 20]);
    expect([...seen.visits].sort()).toEqual(urls(20).sort());
    expect(seen.most).toBe(4);
  });

  it('takes no more places for a round than there are, whatever runs already', async () => {
    const last = new Map(urls(10).map((url) => [url, Date.now()]));
    const { diary: running, seen } = start({ intervalMs: 1_000, last }, 20);
    // The last ten are overdue, the first four of them run when the round begins with the first of all.
    while (seen.now < 1) await pause(1);
    await running.runAll();
    expect(seen.most).toBeLessThanOrEqual(4);
    expect(new Set(seen.visits).size).toBe(20);
  });

  it('goes on after faults, names them, and counts no entry for them', async () => {
    const { diary: running, seen } = start({
      urls: urls(6),
      measure: async (url) => {
        if (url.includes('s1.')) throw new Error('disk full');
        return !url.includes('s2.');
      },
    });
    expect(await running.runAll()).toBe(4);
    expect(seen.faults).toEqual(['the diary of https://s1.example/: Error: disk full']);
  });

  it('breaks off at once when stopped, and starts nothing more', async () => {
    const { diary: running, seen } = start({ intervalMs: 1 }, 60_000);
    while (seen.now < 4) await pause(5);
    const round = running.runAll();
    await running.stop();
    await round;
    expect([seen.visits.length, seen.broken, seen.now]).toEqual([4, 4, 0]);
    await pause(20);
    expect(seen.visits.length).toBe(4);
  });
});

describe('a list for the diary', () => {
  const flags = (diary: readonly string[], diaryMinutes = '60') => ({ diary, diaryMinutes });
  const codeOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      return error instanceof CollectorError ? `${error.code} ${error.message}` : String(error);
    }
    return 'none';
  };

  it('gives its URLs once, and names the rows that are none', () => {
    const list = readDiaryList(
      'url,category_code\nhttps://A.example/#x,NEWS\nftp://b.example/,NEWS\nhttps://a.example/,NEWS\nhttps://u:p@c.example/,X\nhttp://d.example,HUMR\n',
    );
    expect(list.urls).toEqual(['https://a.example/', 'http://d.example/']);
    expect(list.problems.map(({ line }) => line)).toEqual([3, 5]);
    expect(readDiaryList('address\nhttps://a.example/\n').problems[0]?.message).toContain('no column "url"');
  });

  it('may be several; one without any URL is refused, and so is an odd interval', () => {
    const files: Readonly<Record<string, string>> = {
      a: 'url\nhttps://a.example/\n',
      b: 'url\nhttps://b.example/\nhttps://a.example/\nnonsense\n',
      none: 'url\nnonsense\n',
    };
    const warned: string[] = [];
    const read = (f: ReturnType<typeof flags>) =>
      readDiary(
        f,
        (path) => files[path] ?? '',
        (l) => warned.push(l),
      );
    expect(read(flags(['a', 'b'], '30'))).toEqual({
      urls: ['https://a.example/', 'https://b.example/'],
      minutes: 30,
    });
    expect(warned).toEqual(['b:4: "nonsense" is no http or https URL; row left out']);
    expect(codeOf(() => read(flags(['none'])))).toMatch(/^FILE_UNREADABLE --diary none/);
    for (const minutes of ['9', '101', '1e2', '60.5', '-60', ''])
      expect(
        codeOf(() => read(flags([], minutes))),
        minutes,
      ).toMatch(/^USAGE --diary-minutes/);
    expect(read(flags([])).urls).toEqual([]);
  });
});
