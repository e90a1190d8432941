import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLook,
  journalOf,
  looksIn,
  REACHES,
  type Look,
  type Reaches,
  type Stretch,
} from '../../../probe/watch/journal.ts';
import {
  beginningLine,
  endingLine,
  journalText,
  lookLine,
  MAX_JOURNAL_FILE_BYTES,
  MAX_LINES,
  readJournal,
  withLine,
} from '../../../probe/watch/journal-lines.ts';
import { MAX_JOURNAL_SPANS, type LineOfMember } from '../../../shared/model/index.ts';
import { validateJournal } from '../../../shared/schema/watch.ts';

const WALL = Date.parse('2026-11-22T10:00:30Z');
const reach = (letters: string): Reaches =>
  Object.fromEntries(
    REACHES.map((what, i) => [what, ({ u: 'up', d: 'down' } as const)[letters[i]!] ?? 'unknown']),
  ) as Reaches;
const cut = reach('uddd' + 'd');
const line: LineOfMember = { cc: 'KZ', asn: 'AS9198', access: 'fixed', region: 'KZ-75' };
const look = (seconds: number, more: Partial<Look> = {}): Look => ({
  wall: WALL + seconds * 1000,
  uptime: 1000 + seconds,
  boot: 'b1',
  reach: cut,
  ...more,
});
const stretchesOf = (looks: readonly Look[]) => looks.reduce<readonly Stretch[]>(addLook, []);
const key = Buffer.alloc(32, 1).toString('base64');
const sealed = (seconds: number, more: Partial<Look> = {}) => {
  const { reach: _, ...moment } = look(seconds, more);
  return { ...moment, clockOffsetMinutes: 0, over: true };
};

describe('looks become spans', () => {
  it('equal ones are one span, with minutes by the wall and ages by the other clock', () => {
    const spans = journalOf(line, stretchesOf([look(0), look(60), look(125)]), sealed(300)).spans;
    expect(spans).toEqual([
      {
        from: '2026-11-22T10:00:00Z',
        to: '2026-11-22T10:02:00Z',
        from_age_s: 300,
        to_age_s: 175,
        looks: 3,
        ...cut,
      },
    ]);
  });

  it('sleep is a stretch without looks, in no span', () => {
    const slept = stretchesOf([look(0), look(60), look(8 * 3600), look(8 * 3600 + 60)]);
    expect(slept.map((s) => s.looks)).toEqual([2, 2]);
  });

  it('a clock that was set changes nothing between two looks a minute apart', () => {
    const set = stretchesOf([
      look(0),
      look(60, { wall: WALL - 86_400_000 }),
      look(120, { wall: WALL + 9e9 }),
    ]);
    expect(set).toHaveLength(1);
    expect(journalOf(line, set, sealed(200)).spans[0]).toMatchObject({ from_age_s: 200, to_age_s: 80 });
  });

  it('ages end at a restart of the device', () => {
    const looks = [
      look(0),
      look(60),
      look(200, { boot: 'b2', uptime: 20 }),
      look(260, { boot: 'b2', uptime: 80 }),
    ];
    const spans = journalOf(line, stretchesOf(looks), sealed(300, { boot: 'b2', uptime: 120 })).spans;
    expect(spans.map((s) => [s.from_age_s, s.to_age_s, s.looks])).toEqual([
      [null, null, 2],
      [100, 40, 2],
    ]);
  });

  it('beyond the longest journal the oldest spans are told as one, and no look is lost', () => {
    const looks = Array.from({ length: 2 * MAX_JOURNAL_SPANS }, (_, i) =>
      look(i * 60, { reach: reach(i % 2 === 0 ? 'uddud' : 'udddd') }),
    );
    const stretches = stretchesOf(looks);
    expect(stretches).toHaveLength(MAX_JOURNAL_SPANS);
    expect(looksIn(stretches)).toBe(looks.length);
    expect(stretches[0]!.reach).toEqual(reach('udd-d'));
  });
});

const looksArbitrary = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 4000 }),
      clock: fc.oneof(fc.constant(0), fc.integer({ min: -1e9, max: 1e9 })),
      restart: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      reach: fc.constantFrom('udddd', 'ddddd', 'uuddd', 'uuuud', '-----'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let [wall, uptime, boot] = [WALL, 1000, 0];
    return steps.map((step) => {
      wall += step.gap * 1000 + step.clock;
      uptime = step.restart ? 5 : uptime + step.gap;
      boot += step.restart ? 1 : 0;
      return { wall, uptime, boot: `b${boot}`, reach: reach(step.reach) };
    });
  });

describe('properties', () => {
  it('every journal is one that the collector takes', () => {
    fc.assert(
      fc.property(looksArbitrary, fc.boolean(), (looks, over) => {
        const last = looks.at(-1)!;
        const journal = journalOf(line, stretchesOf(looks), {
          ...{ wall: last.wall, uptime: last.uptime + 7, boot: last.boot },
          clockOffsetMinutes: null,
          over,
        });
        expect(validateJournal({ ...journal, x_key: key })).toEqual({ ok: { ...journal, x_key: key } });
        expect(journal.spans.reduce((n, s) => n + s.looks, 0)).toBe(looks.length);
      }),
    );
  });

  it('killed at any byte, the next start has every look whose line was whole, and goes on', () => {
    fc.assert(
      fc.property(looksArbitrary, fc.double({ min: 0, max: 1, noNaN: true }), (looks, part) => {
        const begin = beginningLine({ line, at: WALL });
        const text = [begin, ...looks.map(lookLine)].map((l) => `\n${l}\n`).join('');
        const head = begin.length + 2;
        const cutAt = head + Math.floor(part * (text.length - head));
        const torn = text.slice(0, cutAt);
        const whole = looks.filter((_, i) => {
          const end =
            [begin, ...looks.slice(0, i + 1).map(lookLine)].map((l) => `\n${l}\n`).join('').length - 1;
          return end <= cutAt;
        });
        const read = readJournal(torn);
        expect(read?.stretches).toEqual(stretchesOf(whole));
        const more = { ...looks.at(-1)!, uptime: looks.at(-1)!.uptime + 60 };
        const after = readJournal(`${torn}\n${lookLine(more)}\n`);
        expect(after?.stretches).toEqual(addLook(stretchesOf(whole), more));
      }),
    );
  });

  it('written shorter, or line by line, it is the same', () => {
    fc.assert(
      fc.property(looksArbitrary, (looks) => {
        const ending = { wall: WALL, uptime: 1, boot: 'b', clockOffsetMinutes: -3, over: true };
        const lines = [beginningLine({ line, at: WALL }), ...looks.map(lookLine), endingLine(ending)];
        const read = readJournal(lines.join('\n'))!;
        expect(readJournal(journalText(read))).toEqual({ ...read, lines: read.stretches.length + 2 });
        const [first = '', ...rest] = lines;
        expect(rest.reduce(withLine, readJournal(first)!)).toEqual(read);
        expect(read.ending).toEqual(ending);
        // What came later belongs to another outage.
        expect(withLine(read, lookLine(looks[0]!)).stretches).toEqual(read.stretches);
      }),
    );
  });

  it('rubbish is no journal, and breaks none', () => {
    fc.assert(fc.property(fc.string(), (text) => readJournal(text) === null));
    const whole = readJournal(`${beginningLine({ line, at: WALL })}\n${lookLine(look(0))}`)!;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (typeof value === 'object' && value !== null && ('end' in value || 'reach' in value)) return;
        expect(withLine(whole, JSON.stringify(value)).stretches).toEqual(whole.stretches);
      }),
    );
  });

  it('the longest file stays below its bound', () => {
    const looks = Array.from({ length: MAX_LINES }, (_, i) =>
      look(i * 900 + 1e6, {
        reach: reach(i % 2 ? 'uuddd' : 'udddd'),
        boot: '499c1e4b-1b4e-4440-8d05-81ab65dc6c20',
      }),
    );
    const text = journalText({ beginning: { line, at: WALL }, stretches: stretchesOf(looks), ending: null });
    expect(text.length + looks.map(lookLine).join('\n\n').length).toBeLessThan(MAX_JOURNAL_FILE_BYTES);
  });
});
