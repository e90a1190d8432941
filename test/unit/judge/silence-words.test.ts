import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { explainSilence } from '../../../shared/judge/silence-words.ts';
import { SILENCE_STATES, type SilenceEvent, type SilenceState } from '../../../shared/model/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const NO_JOURNALS = { members: 0, cut: 0, foreignCut: 0, collectorBlocked: 0, local: 0, fine: 0 };

const event = (more: Partial<SilenceEvent> = {}): SilenceEvent => ({
  id: '0'.repeat(64),
  group: { cc: 'KZ', owner: null, asn: 9198, access: 'mobile', region: 'KZ-75' },
  state: 'silence',
  extent: 'mobile_only',
  onset: { after: at('2022-01-05T11:00'), before: at('2022-01-05T11:07') },
  openedAt: at('2022-01-05T11:09'),
  endedAt: null,
  active: 30,
  overdue: 27,
  journals: NO_JOURNALS,
  parts: [],
  outside: [],
  annotations: [],
  alternatives: [],
  expectedFalse: 0.2,
  ...more,
});

describe('the words of a silence', () => {
  it('say that we stopped hearing, where and when, and not why', () => {
    const lines = explainSilence(event(), 'en');
    expect(lines[0]).toBe(
      'We stopped hearing from volunteers (AS9198, mobile lines, the city of Almaty, Kazakhstan), some time between ' +
        '2022-01-05 11:00 UTC (17:00 in Almaty) and 2022-01-05 11:07 UTC (17:07 in Almaty); why is not known.',
    );
    expect(lines.join(' ')).toContain('27 of 30');
    expect(lines.join(' ')).toContain('once in so many years: 5.');
  });

  // The words of one state must never be borrowed by another that claims less.
  const CUT = /cut off|shut|outage/i;
  it.each(['silence', 'collector_blocked', 'local_power_or_access', 'foreign_cut'] as const)(
    'do not call %s a shutdown, going on or over',
    (state) => {
      for (const endedAt of [null, at('2022-01-05T15:00')])
        expect(explainSilence(event({ state, endedAt }), 'en').join(' ')).not.toMatch(CUT);
    },
  );

  it.each([
    ['collector_blocked', /can’t reach our collector/],
    ['local_power_or_access', /power|line of their own/],
    ['foreign_cut', /abroad could not be reached .* inside the country answered/],
    ['shutdown_confirmed', /The Internet is cut off here/],
    ['withdrawn', /^Taken back/],
  ] as const)('say %s as it is', (state, words) => {
    expect(explainSilence(event({ state }), 'en')[0]).toMatch(words);
  });

  it.each(LANGUAGES)(
    'say in %s of which wider silence it turned out to be a part, and no more',
    (language) => {
      const group = { cc: 'KZ', owner: null, asn: null, access: null, region: null };
      const part = event({
        state: 'withdrawn',
        endedAt: at('2022-01-05T11:20'),
        partOf: { id: 'f'.repeat(64), group },
      });
      const lines = explainSilence(part, language);
      expect(lines).toHaveLength(3);
      expect(lines[0]).toContain('AS9198');
      expect(lines[0]).not.toBe(explainSilence(event({ state: 'withdrawn' }), language)[0]);
      if (language === 'en') expect(lines[0]).toMatch(/part of a wider one \(Kazakhstan\)/);
    },
  );

  it.each(SILENCE_STATES.filter((state) => state !== 'withdrawn'))(
    'say that %s is over, and since when',
    (state) => {
      const [headline] = explainSilence(event({ state, endedAt: at('2022-01-05T15:00') }), 'en');
      expect(headline).toMatch(/again|back/);
      expect(headline).toContain('since 2022-01-05 15:00 UTC (21:00 in Almaty)');
    },
  );

  it('count no records of fewer than three volunteers aloud', () => {
    const few = { ...NO_JOURNALS, members: 2, cut: 2 };
    expect(explainSilence(event({ journals: few }), 'en').join(' ')).toContain('fewer than three');
    const some = { members: 7, cut: 4, foreignCut: 0, collectorBlocked: 0, local: 2, fine: 1 };
    const text = explainSilence(event({ journals: some }), 'en').join(' ');
    expect(text).toContain('The line was up and nothing answered: 4 of 7.');
    expect(text).not.toMatch(/power was gone|Nothing was wrong/);
  });

  it('name outside sources and annotations apart', () => {
    const text = explainSilence(
      event({ outside: ['IODA'], annotations: [{ id: 'never_heard_of', text: 'a rally' }] }),
      'en',
    ).join(' ');
    expect(text).toContain('Others show an outage then, too: IODA.');
    expect(text).toContain('decides nothing: a note for which this version has no words (a rally).');
  });

  it('stay short however much falls silent with it', () => {
    const parts = Array.from({ length: 500 }, (_, i) => ({
      ...event().group,
      asn: i,
      owner: 'x'.repeat(5000),
    }));
    const outside = Array.from({ length: 500 }, () => 'y'.repeat(5000));
    expect(explainSilence(event({ parts, outside }), 'en').join(' ').length).toBeLessThan(4000);
  });

  const states: readonly (readonly [SilenceState, number | null])[] = SILENCE_STATES.flatMap((state) =>
    [null, at('2022-01-05T15:00')].map((endedAt) => [state, endedAt] as const),
  );
  it.each(LANGUAGES)('hold no code of ours and no gap, in %s', (language) => {
    const group = {
      cc: 'KZ',
      owner: 'Kazakhtelecom',
      asn: null,
      access: 'unknown',
      region: 'KZ-71',
    } as const;
    const journals = { members: 20, cut: 4, foreignCut: 4, collectorBlocked: 4, local: 4, fine: 4 };
    const extents = [
      'national',
      'mobile_only',
      'fixed_only',
      'regional',
      'one_owner',
      'one_network',
    ] as const;
    for (const [state, endedAt] of states)
      for (const extent of extents) {
        const full = {
          state,
          endedAt,
          extent,
          group,
          journals,
          parts: [group],
          alternatives: ['never_heard_of'],
        };
        const text = explainSilence(event({ ...full, expectedFalse: 7 }), language).join(' ');
        expect(text).not.toMatch(/[{}]|undefined|NaN|null|_|KZ-/);
      }
  });
});
