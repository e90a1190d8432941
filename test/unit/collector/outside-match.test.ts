/** What agrees with a silence, and all that only lies near it. */
import { describe, expect, it } from 'vitest';
import { agreeing, besideBlocking, besideSilence } from '../../../collector/outside/match.ts';
import { blockingPage } from '../../../collector/web/pages/blocking.ts';
import type { BlockingEvent, MemberGroup, OutsideSignal, SilenceEvent } from '../../../shared/model/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 0, 18, 13);
const NOW = T0 + 6 * HOUR;

const COUNTRY: MemberGroup = { cc: 'KZ', owner: null, asn: null, access: null, region: null };
const NETWORK: MemberGroup = { ...COUNTRY, owner: 'Kazakhtelecom', asn: 9198, access: 'fixed' };
const silence = (group: MemberGroup, more: Partial<SilenceEvent> = {}): SilenceEvent => ({
  id: 'ab'.repeat(32),
  group,
  state: 'silence',
  extent: 'one_network',
  onset: { after: T0, before: T0 + 5 * MINUTE },
  openedAt: T0 + 8 * MINUTE,
  endedAt: null,
  active: 30,
  overdue: 28,
  journals: { members: 0, cut: 0, foreignCut: 0, collectorBlocked: 0, local: 0, fine: 0 },
  parts: [],
  outside: [],
  annotations: [],
  alternatives: [],
  expectedFalse: 0.1,
  ...more,
});
const signal = (more: Partial<OutsideSignal> = {}): OutsideSignal => ({
  source: 'IODA (bgp)',
  kind: 'alert',
  cc: 'KZ',
  asn: null,
  region: null,
  domain: null,
  from: T0,
  to: T0 + 2 * HOUR,
  value: 0.1,
  note: 'critical',
  url: null,
  weight: 'strong',
  ...more,
});
const names = (event: SilenceEvent, ...signals: readonly OutsideSignal[]) => agreeing(signals, event, NOW);
const AGREED = ['IODA (bgp)'];

const EPISODE: BlockingEvent['episodes'][number] = {
  network: { asn: 9198, access: 'fixed' },
  onset: { after: T0, before: T0 + HOUR },
  restored: null,
  openedAt: T0 + HOUR,
  closedAt: null,
  basis: 'interfered',
  methods: [],
  blocked: 5,
  voters: 6,
  logRatio: 4,
  measurements: [],
  measurementCount: 0,
  recurrent: false,
};
const BLOCKING: BlockingEvent = {
  id: 'ab'.repeat(32),
  domain: 'blocked.example',
  state: 'open',
  basis: 'interfered',
  onset: EPISODE.onset,
  restored: null,
  episodes: [EPISODE],
  owners: [],
  methods: [],
  simultaneous: false,
  alternatives: [],
  expectedFalse: 0,
};

describe('no outside source agrees with a silence', () => {
  const national = silence(COUNTRY);
  const network = silence(NETWORK);

  it('at another time', () => {
    for (const more of [
      { from: T0 - 2 * DAY, to: T0 - DAY },
      // Over just before the silence was one.
      { from: T0 - 30 * MINUTE, to: T0 + 5 * MINUTE },
      // Begun long before, and open: a page that nobody closed.
      { from: T0 - 7 * DAY, to: null },
      { from: T0 - 2 * HOUR, to: T0 + 2 * HOUR },
      // Begun when it had lasted for hours.
      { from: T0 + 4 * HOUR, to: null },
      { from: NOW + DAY, to: null },
    ])
      expect(names(national, signal(more)), JSON.stringify(more)).toEqual([]);
    const over = silence(COUNTRY, { endedAt: T0 + HOUR });
    expect(names(over, signal({ from: T0 + 2 * HOUR, to: T0 + 3 * HOUR }))).toEqual([]);
  });

  it('in another place', () => {
    expect(names(national, signal({ cc: 'KG' }))).toEqual([]);
    expect(names(network, signal({ cc: null, asn: 29555 }))).toEqual([]);
    expect(names(network, signal({ cc: 'KG', asn: 9198 }))).toEqual([]);
    expect(names(network, signal({ region: 'KZ-47' }))).toEqual([]);
    expect(names(silence({ ...NETWORK, region: 'KZ-75' }), signal({ region: 'KZ-47' }))).toEqual([]);
    expect(names(silence({ ...NETWORK, region: 'KZ-75' }), signal({ region: 'Almaty' }))).toEqual([]);
    expect(names(network, signal({ cc: null, asn: null }))).toEqual([]);
  });

  it('in a part of its place only', () => {
    expect(names(national, signal({ cc: null, asn: 9198 }))).toEqual([]);
    expect(names(national, signal({ region: 'KZ-75' }))).toEqual([]);
    expect(names(national, signal({ region: '?' }))).toEqual([]);
    expect(names(silence(COUNTRY, { parts: [NETWORK] }), signal({ cc: null, asn: 9198 }))).toEqual([]);
  });

  it('by a warning, a weak sign of something wider, or what is measured of a domain', () => {
    expect(names(national, signal({ weight: 'none' }))).toEqual([]);
    expect(names(network, signal({ weight: 'weak' }))).toEqual([]);
    expect(names(silence({ ...COUNTRY, region: 'KZ-47' }), signal({ weight: 'weak' }))).toEqual([]);
    expect(names(national, signal({ domain: 'a.example' }))).toEqual([]);
  });

  it('where one of them knows an innocent cause', () => {
    const power = signal({ source: 'Cloudflare Radar', weight: 'against', note: 'POWER_OUTAGE' });
    expect(names(national, signal(), power)).toEqual([]);
    expect(names(network, signal(), power)).toEqual([]);
    // Elsewhere, or at another time, it says nothing.
    expect(names(national, signal(), { ...power, cc: 'KG' })).toEqual(AGREED);
    expect(names(national, signal(), { ...power, from: T0 - 3 * DAY, to: T0 - 2 * DAY })).toEqual(AGREED);
  });
});

describe('an outside source agrees with a silence', () => {
  it('of its place and time, once and in order', () => {
    const radar = signal({ source: 'Cloudflare Radar', from: T0 + HOUR, to: null });
    expect(names(silence(COUNTRY), signal(), signal({ from: T0 + MINUTE }), radar)).toEqual([
      'Cloudflare Radar',
      'IODA (bgp)',
    ]);
    expect(names(silence(COUNTRY), signal({ weight: 'weak' }))).toEqual(AGREED);
    expect(names(silence({ ...COUNTRY, access: 'mobile' }), signal({ weight: 'weak' }))).toEqual(AGREED);
    expect(names(silence(NETWORK), signal({ cc: null, asn: 9198, weight: 'weak' }))).toEqual(AGREED);
    expect(
      names(silence({ ...COUNTRY, region: 'KZ-47' }), signal({ region: 'KZ-47', weight: 'weak' })),
    ).toEqual(AGREED);
  });

  it('that lies within what is gone for sure', () => {
    expect(names(silence({ ...NETWORK, region: 'KZ-75' }), signal())).toEqual(AGREED);
    expect(names(silence({ ...NETWORK, region: 'KZ-75' }), signal({ cc: 'KZ', asn: 9198 }))).toEqual(AGREED);
  });

  it('of an owner by a network of his that is silent too', () => {
    const owner: MemberGroup = { ...COUNTRY, owner: 'Kazakhtelecom' };
    const own = signal({ cc: null, asn: 9198, weight: 'weak' });
    expect(names(silence(owner, { parts: [NETWORK] }), own)).toEqual(AGREED);
    expect(names(silence(owner), own)).toEqual([]);
    expect(names(silence(owner, { parts: [{ ...NETWORK, owner: 'Other' }] }), own)).toEqual([]);
  });
});

describe('beside a silence', () => {
  it('is everything of the country around it, the nearest first, and a bounded number', () => {
    const region = signal({ region: 'KZ-47', from: T0 - HOUR });
    const warning = signal({ weight: 'none', from: T0 + HOUR });
    const others = [
      signal({ cc: 'KG' }),
      signal({ domain: 'a.example' }),
      signal({ to: T0 - DAY, from: T0 - 2 * DAY }),
      signal({ cc: null, asn: 1 }),
    ];
    expect(besideSilence([region, ...others, warning], silence(COUNTRY), NOW)).toEqual({
      signals: [warning, region],
      count: 2,
    });
    const many = Array.from({ length: 500 }, (_, i) => signal({ from: T0 + i }));
    const shown = besideSilence(many, silence(COUNTRY), NOW);
    expect([shown.signals.length, shown.count]).toEqual([50, 500]);
  });
});

describe('beside blocking', () => {
  it('is what others measured of the domain then, in its networks first, anomalous or not', () => {
    const of = (more: Partial<OutsideSignal>): OutsideSignal =>
      signal({ source: 'OONI', kind: 'aggregation', domain: 'blocked.example', weight: 'none', ...more });
    const country = of({ value: 0 });
    const network = of({ asn: 9198, domain: 'www.blocked.example', from: T0 + HOUR });
    const others = [
      signal(),
      of({ domain: 'xblocked.example' }),
      of({ from: T0 - 9 * DAY, to: T0 - 8 * DAY }),
    ];
    expect(besideBlocking([country, ...others, network], BLOCKING, NOW)).toEqual({
      signals: [network, country],
      count: 2,
    });
  });
});

describe('the page of a blocked domain', () => {
  const cells = { since: T0, until: T0, complete: true, cells: [] };
  const signals = [
    signal({
      source: 'OONI',
      kind: 'aggregation',
      domain: 'blocked.example',
      value: 0.25,
      note: '10/40',
      to: null,
    }),
  ];

  it('has what others measured, and says how much of it is not shown', () => {
    const of = (outside: { signals: readonly OutsideSignal[]; count: number } | null) =>
      blockingPage({ event: BLOCKING, asked: { lang: 'en' }, cells, outside });
    expect(of({ signals, count: 70 })).toMatch(
      /OONI[^]*Kazakhstan[^]*anomalous measurements; 25 %; 10\/40[^]*1 of 70/,
    );
    for (const none of [of(null), of({ signals: [], count: 0 })]) expect(none).not.toContain('Beside it');
  });
});
