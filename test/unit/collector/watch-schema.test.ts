import { describe, expect, it } from 'vitest';
import type { OutageJournal } from '../../../shared/model/index.ts';
import { MAX_JOURNAL_SPANS } from '../../../shared/model/index.ts';
import type { Validated } from '../../../shared/schema/measurement.ts';
import { MAX_JOURNAL_AGE_S, validateHeartbeat, validateJournal } from '../../../shared/schema/watch.ts';
import { heartbeat, journal, MINUTE_MS, span, START } from './watch-support.ts';

const pathsOf = <T>(result: Validated<T>): readonly string[] =>
  'problems' in result ? result.problems.map(({ path }) => path) : [];
const beat = heartbeat(1, 1);
const HOUR_MS = 60 * MINUTE_MS;
const good = journal(1, START, [
  span(START - 2 * HOUR_MS, START - HOUR_MS, START, {}),
  span(START - HOUR_MS, START, START, { foreign: 'down' }),
]);
const withSpans = (...spans: readonly object[]): OutageJournal =>
  ({ ...good, spans }) as unknown as OutageJournal;

describe('a heartbeat', () => {
  it('is an allow-list', () => {
    expect(validateHeartbeat(beat)).toEqual({ ok: beat });
    expect(validateHeartbeat({ ...beat, region: null, asn: 'AS0', cc: 'ZZ' })).toHaveProperty('ok');
    expect(validateHeartbeat({ ...beat, at: '2026-11-18' })).toHaveProperty('problems');
    for (const bad of [null, [], 'x', 5, {}]) expect(validateHeartbeat(bad)).toHaveProperty('problems');
  });

  it.each([
    ['period_s', 59],
    ['period_s', 3601],
    ['period_s', 300.5],
    ['sequence', -1],
    ['sequence', 1.5],
    ['sequence', 2 ** 41],
    ['leaving', 'no'],
    ['cc', 'kz'],
    ['asn', '9198'],
    ['access', 'hosting'],
    ['region', 'Almaty'],
    ['x_key', 'short'],
    ['kind', 'journal'],
  ])('refuses %s = %s', (field, value) => {
    expect(pathsOf(validateHeartbeat({ ...beat, [field]: value }))).toContain(`/${field}`);
  });

  it('names every bad field', () => {
    const bad = { ...beat, cc: 5, asn: 5, period_s: 5 };
    expect([...pathsOf(validateHeartbeat(bad))].sort()).toEqual(['/asn', '/cc', '/period_s']);
  });
});

describe('a journal', () => {
  const [first, second] = good.spans as [object, object];

  it('is taken as it should be, and after a restart of the device', () => {
    expect(validateJournal(good)).toEqual({ ok: good });
    const before = { ...first, from_age_s: null, to_age_s: null };
    expect(validateJournal(withSpans(before, second))).toHaveProperty('ok');
    // A device without a battery starts in 1970.
    const reset = { ...second, from: '1970-01-01T00:00:00Z', to: '1970-01-01T01:00:00Z' };
    expect(validateJournal(withSpans(before, reset))).toHaveProperty('ok');
  });

  it.each([
    ['no span', []],
    ['too many', Array.from({ length: MAX_JOURNAL_SPANS + 1 }, () => second)],
    ['seconds', [{ ...second, from: '2026-11-18T06:00:30Z' }]],
    ['a day that is none', [{ ...second, from: '2026-02-31T06:00:00Z' }]],
    ['an age beyond a key’s life', [{ ...second, from_age_s: MAX_JOURNAL_AGE_S + 1 }]],
    ['half an age', [{ ...second, from_age_s: null }]],
    ['an end before its beginning', [{ ...second, from_age_s: 10, to_age_s: 20 }]],
    [
      'the same by the wall clock',
      [
        {
          ...second,
          from: '2026-11-18T06:01:00Z',
          to: '2026-11-18T06:00:00Z',
          from_age_s: null,
          to_age_s: null,
        },
      ],
    ],
    ['spans out of order', [second, first]],
    ['an age that is lost later on', [first, { ...second, from_age_s: null, to_age_s: null }]],
    ['a word that is none', [{ ...second, gateway: 'maybe' }]],
    ['an address', [{ ...second, address: '192.0.2.1' }]],
  ])('refuses %s', (_, spans) => {
    expect(pathsOf(validateJournal(withSpans(...spans))).length).toBeGreaterThan(0);
  });

  it('says what is wrong of which span', () => {
    const bad = withSpans(first, { ...second, from_age_s: 10, to_age_s: 20 });
    expect(pathsOf(validateJournal(bad))).toEqual(['/spans/1/to_age_s']);
    expect(pathsOf(validateJournal({ ...good, sealed_at: '2026-13-01T00:00:00Z' }))).toEqual(['/sealed_at']);
  });
});
