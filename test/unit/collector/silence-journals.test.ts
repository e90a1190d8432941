import { describe, expect, it } from 'vitest';
import {
  alternativesOf,
  correctOnset,
  countJournals,
  leftOutOf,
  stateOf,
  voiceOf,
  type ReceivedJournal,
  type StateEvidence,
  type Voice,
} from '../../../collector/detect/silence/journal-state.ts';
import type { JournalCounts, JournalSpan, OutageJournal, Reach } from '../../../shared/model/index.ts';
import { createDraw } from '../../../scripts/simulate/draw.ts';

const MINUTE = 60_000;
const CUT = Date.parse('2026-05-16T06:00:00Z');
const BACK = CUT + 8 * 60 * MINUTE;
const EVENT = {
  onset: { after: CUT - 10 * MINUTE, before: CUT + 6 * MINUTE },
  openedAt: CUT + 9 * MINUTE,
  endedAt: BACK,
};
const NO_EVIDENCE = { outside: [], otherRoute: 0 };

type Look = Pick<JournalSpan, 'gateway' | 'domestic' | 'foreign' | 'dns' | 'collector'>;
const look = (gateway: Reach, domestic: Reach, foreign: Reach, collector: Reach): Look => ({
  gateway,
  domestic,
  foreign,
  dns: domestic,
  collector,
});
const LOOKS: Readonly<Record<Voice, Look>> = {
  cut: look('up', 'down', 'down', 'down'),
  foreignCut: look('up', 'up', 'down', 'down'),
  collectorBlocked: look('up', 'up', 'up', 'down'),
  local: look('down', 'down', 'down', 'down'),
  fine: look('up', 'up', 'up', 'up'),
};

const minute = (at: number): string =>
  new Date(Math.floor(at / MINUTE) * MINUTE).toISOString().replace('.000Z', 'Z');

interface Told {
  readonly from: number;
  readonly to: number;
  readonly voice: Voice;
  /** No restart between it and the sealing. */
  readonly aged?: boolean;
}
interface Device {
  readonly key?: string;
  readonly sealed?: number;
  readonly received?: number;
  /** Milliseconds that its clock is ahead. */
  readonly ahead?: number;
  readonly offset?: number | null;
}

function journal(told: readonly Told[], device: Device = {}): ReceivedJournal {
  const sealed = device.sealed ?? BACK + 3 * MINUTE;
  const ahead = device.ahead ?? 0;
  const spans = told.map(({ from, to, voice, aged }): JournalSpan => ({
    from: minute(from + ahead),
    to: minute(to + ahead),
    from_age_s: aged === false ? null : Math.round((sealed - from) / 1000),
    to_age_s: aged === false ? null : Math.round((sealed - to) / 1000),
    looks: Math.max(1, Math.round((to - from) / MINUTE)),
    ...LOOKS[voice],
  }));
  const written: OutageJournal = {
    kind: 'journal',
    x_key: device.key ?? 'a',
    cc: 'KZ',
    asn: 'AS9198',
    access: 'fixed',
    region: null,
    sealed_at: minute(sealed + ahead),
    clock_offset_minutes: device.offset === undefined ? Math.round(ahead / MINUTE) : device.offset,
    over: true,
    spans,
  };
  return { journal: written, receivedAt: device.received ?? sealed + 5 * MINUTE };
}

const throughout = (voice: Voice, key: string): ReceivedJournal =>
  journal(
    [
      { from: CUT - 20 * MINUTE, to: CUT - MINUTE, voice: 'fine' },
      { from: CUT, to: BACK - MINUTE, voice },
      { from: BACK, to: BACK + 2 * MINUTE, voice: 'fine' },
    ],
    { key },
  );
const several = (voice: Voice, count: number, name = voice): ReceivedJournal[] =>
  Array.from({ length: count }, (_, i) => throughout(voice, `${name} ${i}`));
const stateFor = (journals: readonly ReceivedJournal[], evidence: StateEvidence = NO_EVIDENCE): string =>
  stateOf(countJournals(journals, EVENT), evidence);

describe('what a look says', () => {
  it.each(Object.entries(LOOKS))('%s', (voice, span) => {
    expect(voiceOf({ span: span as JournalSpan })).toBe(voice);
  });
  it('nothing, where the line itself could not be looked at', () => {
    expect(voiceOf({ span: look('unknown', 'down', 'down', 'down') as JournalSpan })).toBeNull();
    expect(voiceOf({ span: look('up', 'unknown', 'unknown', 'down') as JournalSpan })).toBeNull();
  });
});

describe('what journals do not confirm', () => {
  it('none, or too few', () => {
    expect(stateFor([])).toBe('silence');
    expect(stateFor(several('cut', 2))).toBe('silence');
  });
  it('one member that hands in many', () => {
    const one = Array.from({ length: 9 }, (_, i) =>
      journal([{ from: CUT, to: BACK - i * MINUTE, voice: 'cut' }]),
    );
    expect(countJournals(one, EVENT).members).toBeLessThanOrEqual(1);
    expect(stateFor(one)).toBe('silence');
  });
  it('a power cut: gateways down, or devices off', () => {
    expect(stateFor(several('local', 3))).toBe('local_power_or_access');
    const off = Array.from({ length: 4 }, (_, i) =>
      journal(
        [
          { from: CUT - 30 * MINUTE, to: CUT - MINUTE, voice: 'fine', aged: false },
          { from: BACK, to: BACK + 2 * MINUTE, voice: 'fine' },
        ],
        { key: `off ${i}` },
      ),
    );
    expect(countJournals(off, EVENT)).toMatchObject({ members: 4, local: 4 });
  });
  it('our own address blocked', () => {
    expect(stateFor(several('collectorBlocked', 4))).toBe('collector_blocked');
    expect(stateFor([], { outside: [], otherRoute: 3 })).toBe('collector_blocked');
  });
  it('all fine', () => expect(stateFor(several('fine', 3))).toBe('withdrawn'));
  it('members that contradict each other', () => {
    expect(stateFor([...several('cut', 4), ...several('fine', 3)])).toBe('silence');
    expect(
      stateFor([...several('cut', 4), ...several('fine', 3)], { outside: ['IODA'], otherRoute: 0 }),
    ).toBe('shutdown_confirmed');
    expect(
      stateFor([...several('local', 3), ...several('cut', 2)], { outside: ['IODA'], otherRoute: 0 }),
    ).toBe('silence');
  });
  it('journals of another day', () => {
    const early = several('cut', 3).map(({ journal: j }, i) =>
      journal(
        j.spans.map((s) => ({ from: Date.parse(s.from), to: Date.parse(s.to), voice: 'cut' as const })),
        { key: `early ${i}` },
      ),
    );
    const later = {
      onset: { after: BACK + 60 * MINUTE, before: BACK + 70 * MINUTE },
      openedAt: BACK + 75 * MINUTE,
      endedAt: BACK + 90 * MINUTE,
    };
    expect(countJournals(early, later).members).toBe(0);
    expect(leftOutOf(early, later)).toEqual({ outside: 3 });
  });
});

describe('what they confirm', () => {
  it('a shutdown, a cut from abroad', () => {
    expect(stateFor(several('cut', 3))).toBe('shutdown_confirmed');
    expect(stateFor(several('foreignCut', 3))).toBe('foreign_cut');
    expect(stateFor([], { outside: ['IODA'], otherRoute: 0 })).toBe('shutdown_confirmed');
  });
  it('a fifth of liars does not hide it', () => {
    expect(stateFor([...several('cut', 8), ...several('fine', 2)])).toBe('shutdown_confirmed');
  });
  it('a whitelist phase at the end of a cut is still a cut', () => {
    const phases = Array.from({ length: 3 }, (_, i) =>
      journal(
        [
          { from: CUT, to: BACK - 61 * MINUTE, voice: 'cut' },
          { from: BACK - 60 * MINUTE, to: BACK - MINUTE, voice: 'foreignCut' },
        ],
        { key: `phase ${i}` },
      ),
    );
    expect(stateFor(phases)).toBe('shutdown_confirmed');
  });
});

describe('clocks', () => {
  const told: readonly Told[] = [{ from: CUT, to: BACK - MINUTE, voice: 'cut' }];
  const says = (device: Device, spans = told): JournalCounts =>
    countJournals([journal(spans, device)], EVENT);
  it('a clock that is wrong by years, and knows it', () => {
    expect(says({ ahead: -10 * 365 * 24 * 60 * MINUTE }).cut).toBe(1);
    expect(says({ ahead: 400 * 24 * 60 * MINUTE }).cut).toBe(1);
  });
  it('a clock that is ahead and does not know it: it was not sealed before it came', () => {
    expect(says({ ahead: 600 * MINUTE, offset: null }).cut).toBe(1);
  });
  it('a clock that stands in the past and does not know it says nothing', () => {
    const lost = journal(told, { ahead: -400 * 24 * 60 * MINUTE, offset: null });
    expect(countJournals([lost], EVENT).members).toBe(0);
    expect(leftOutOf([lost], EVENT)).toEqual({ no_time: 1 });
  });
  it('a wall clock that was set in the middle: the monotonic one counts', () => {
    const { journal: written, receivedAt } = journal(told);
    const spans = written.spans.map((s) => ({
      ...s,
      from: '1970-01-01T00:00:00Z',
      to: '1970-01-01T00:05:00Z',
    }));
    expect(countJournals([{ journal: { ...written, spans }, receivedAt }], EVENT).cut).toBe(1);
  });
  it('a span before a restart that lies after the next one is left out', () => {
    const spans: readonly Told[] = [
      { from: BACK + 600 * MINUTE, to: BACK + 700 * MINUTE, voice: 'fine', aged: false },
      { from: CUT, to: BACK - MINUTE, voice: 'cut' },
    ];
    expect(says({}, spans)).toMatchObject({ members: 1, cut: 1 });
  });
  it('two journals of one member that differ about the same hours', () => {
    const both = [journal(told), journal([{ from: CUT, to: BACK - MINUTE, voice: 'fine' }])];
    expect(countJournals(both, EVENT).members).toBe(0);
    expect(leftOutOf(both, EVENT)).toEqual({ contradictory: 1 });
  });
});

describe('the onset', () => {
  it('is where three saw it, between the last good look and the first bad one', () => {
    expect(correctOnset(several('cut', 2), EVENT)).toEqual(EVENT.onset);
    expect(correctOnset(several('cut', 3), EVENT)).toEqual({ after: CUT - MINUTE, before: CUT + MINUTE });
  });
  it('is moved by little by a fifth of liars, and never by hours', () => {
    const liars = Array.from({ length: 2 }, (_, i) =>
      journal([{ from: CUT - 80 * MINUTE, to: BACK - MINUTE, voice: 'cut' }], { key: `liar ${i}` }),
    );
    expect(correctOnset([...several('cut', 8), ...liars], EVENT)).toEqual({
      after: CUT - MINUTE,
      before: CUT + MINUTE,
    });
    const far = Array.from({ length: 5 }, (_, i) =>
      journal([{ from: CUT - 3000 * MINUTE, to: BACK - MINUTE, voice: 'cut' }], { key: `far ${i}` }),
    );
    expect(correctOnset(far, EVENT)).toEqual(EVENT.onset);
  });
});

it('the order in which journals come, and coming twice, changes nothing', () => {
  const all = [
    ...several('cut', 4),
    ...several('local', 2),
    journal([{ from: CUT, to: CUT + 100 * MINUTE, voice: 'fine' }], { key: 'cut 1' }),
    journal([{ from: CUT, to: CUT + 200 * MINUTE, voice: 'local' }], { key: 'cut 2' }),
    journal([{ from: CUT, to: CUT + 200 * MINUTE, voice: 'local' }], {
      key: 'x',
      ahead: -1e12,
      offset: null,
    }),
  ];
  const told = (journals: readonly ReceivedJournal[]): string =>
    JSON.stringify([
      countJournals(journals, EVENT),
      leftOutOf(journals, EVENT),
      correctOnset(journals, EVENT),
    ]);
  for (let seed = 1; seed <= 20; seed += 1) {
    const draw = createDraw(seed, 33);
    const shuffled = draw.some([...all, ...all.slice(0, 4)], all.length + 4);
    expect(told(shuffled)).toBe(told(all));
  }
});

it('names what else it could be', () => {
  const none = countJournals([], EVENT);
  expect(alternativesOf('silence', { active: 6, journals: none })).toContain('alternative.silence.one_roof');
  expect(alternativesOf('silence', { active: 30, journals: none })).not.toContain(
    'alternative.silence.one_roof',
  );
  const mixed = countJournals([...several('cut', 3), ...several('fine', 1)], EVENT);
  expect(alternativesOf('shutdown_confirmed', { active: 30, journals: mixed })).toContain(
    'alternative.silence.journals_differ',
  );
});
