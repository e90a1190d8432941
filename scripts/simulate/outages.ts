/** What was cut off in Kazakhstan, and when: facts with their sources, and what their look-alikes are. Times are UTC. */
import type { LineOfMember, Reach, SilenceExtent, SilenceState } from '../../shared/model/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './habits.ts';

/** What a member's journal says of a stretch of it. */
export interface Seen {
  readonly gateway: Reach;
  readonly domestic: Reach;
  readonly foreign: Reach;
}
export const CUT: Seen = { gateway: 'up', domestic: 'down', foreign: 'down' };
/** Some domestic sites only. */
export const WHITELIST: Seen = { gateway: 'up', domestic: 'up', foreign: 'down' };
export const NO_POWER: Seen = { gateway: 'down', domestic: 'unknown', foreign: 'unknown' };
/** Everything but us. */
export const ONLY_US: Seen = { gateway: 'up', domestic: 'up', foreign: 'up' };

export interface OutageStretch {
  readonly from: number;
  readonly to: number;
  readonly seen: Seen;
  readonly whom: (line: LineOfMember) => boolean;
  /** Share of beats that come through. */
  readonly through: number;
}

/** What has to be said of it. */
export interface Saying {
  /** Some event is open at this moment, and of this extent, where one is asked for. */
  readonly at: number;
  readonly extent?: readonly SilenceExtent[];
  /** Nothing is open. */
  readonly quiet?: true;
}

export interface Replay {
  readonly name: string;
  readonly source: string;
  /** Start of the simulated time; the outage comes four days later. */
  readonly from: number;
  readonly to: number;
  readonly stretches: readonly OutageStretch[];
  readonly says: readonly Saying[];
  /** Of the last event, in the end. */
  readonly state: SilenceState;
  /** Events in all, at most. */
  readonly events: number;
  /** None may name a group that has members for whom this is false. */
  readonly only: (line: LineOfMember) => boolean;
}

const at = (text: string): number => Date.parse(`${text}:00Z`);
/** Time to learn in: what is usual is folded in after three days. */
const LEAD_MS = 4 * DAY_MS;
const isMobile = ({ access }: LineOfMember): boolean => access === 'mobile';
const everybody = (): boolean => true;
const inRegion =
  (...regions: readonly string[]) =>
  ({ region }: LineOfMember): boolean =>
    region !== null && regions.includes(region);

/** Regions, ISO 3166-2:KZ. */
export const ALMATY = 'KZ-75';
export const ASTANA = 'KZ-71';
export const ATYRAU = 'KZ-23';

/**
 * Mobile lines fall from about 14:30 on 4 January and not to zero (Cloudflare); national from 10:30 on 5 January
 * (Cloudflare), stable again from 02:15 on 11 January (RIPE Labs); windows of some hours each day (net4people/bbs issue
 * 99, read off IODA's curves); on the 8th some domestic sites only.
 */
const NATIONAL = { from: at('2022-01-05T10:30'), to: at('2022-01-11T02:15') } as const;
const WINDOWS: readonly (readonly [number, number])[] = [
  [at('2022-01-05T17:30'), at('2022-01-05T22:00')],
  [at('2022-01-06T10:30'), at('2022-01-06T14:00')],
  [at('2022-01-07T02:30'), at('2022-01-07T06:00')],
  [at('2022-01-08T02:30'), at('2022-01-08T10:00')],
  [at('2022-01-09T02:30'), at('2022-01-09T06:00')],
];
/** From the window of the 8th to that of the 9th. */
const WHITELISTED = 4;

function january(): readonly OutageStretch[] {
  const starts = [NATIONAL.from, ...WINDOWS.map(([, end]) => end)];
  const ends = [...WINDOWS.map(([start]) => start), NATIONAL.to];
  const national = starts.map((from, i): OutageStretch => ({
    from,
    to: ends[i]!,
    seen: i === WHITELISTED ? WHITELIST : CUT,
    whom: everybody,
    // About two per cent of the usual traffic went on.
    through: 0.02,
  }));
  const mobile = { from: at('2022-01-04T16:00'), to: NATIONAL.from, seen: CUT, whom: isMobile, through: 0.1 };
  return [mobile, ...national];
}

const rally = { from: at('2021-02-28T08:00'), to: at('2021-02-28T11:00') } as const;
const kulsary = { from: at('2024-05-16T06:00'), to: at('2024-05-16T14:00') } as const;
const power = { from: at('2026-03-12T13:20'), to: at('2026-03-12T17:45') } as const;
const ours = { from: at('2026-03-12T07:00'), to: at('2026-03-14T07:00') } as const;

export const REPLAYS: readonly Replay[] = [
  {
    name: 'January 2022',
    source:
      'Cloudflare; https://labs.ripe.net/author/emileaben/the-kazakhstan-outage-as-seen-from-ripe-atlas; https://github.com/net4people/bbs/issues/99',
    from: at('2022-01-04T16:00') - LEAD_MS,
    to: NATIONAL.to + 6 * HOUR_MS,
    stretches: january(),
    says: [
      { at: at('2022-01-04T15:30'), quiet: true },
      { at: at('2022-01-04T16:40'), extent: ['mobile_only'] },
      { at: at('2022-01-05T10:00'), extent: ['mobile_only'] },
      { at: at('2022-01-05T11:00'), extent: ['national'] },
      { at: at('2022-01-05T19:30'), quiet: true },
      { at: at('2022-01-05T23:00'), extent: ['national'] },
      { at: at('2022-01-08T12:00'), extent: ['national'] },
      { at: NATIONAL.to + 2 * HOUR_MS, quiet: true },
    ],
    state: 'shutdown_confirmed',
    events: 3,
    only: everybody,
  },
  {
    name: '28 February 2021, mobile lines of two cities',
    source:
      'https://www.accessnow.org/press-release/internet-shutdowns-kazakhstan-feb-28-protests/: 14:00 to 17:00 local time',
    from: rally.from - LEAD_MS,
    to: rally.to + 6 * HOUR_MS,
    stretches: [
      { ...rally, seen: CUT, whom: (line) => isMobile(line) && inRegion(ALMATY, ASTANA)(line), through: 0 },
    ],
    says: [
      { at: rally.from - 5 * MINUTE_MS, quiet: true },
      { at: rally.from + 30 * MINUTE_MS },
      { at: rally.to - 5 * MINUTE_MS },
      { at: rally.to + HOUR_MS, quiet: true },
    ],
    state: 'shutdown_confirmed',
    events: 4,
    only: (line) => isMobile(line) && inRegion(ALMATY, ASTANA)(line),
  },
  {
    name: 'Kulsary, 16 May 2024',
    source: 'dated list of shutdowns: 11:00 to 19:00 local time (UTC+5)',
    from: kulsary.from - LEAD_MS,
    to: kulsary.to + 6 * HOUR_MS,
    stretches: [{ ...kulsary, seen: CUT, whom: inRegion(ATYRAU), through: 0 }],
    says: [
      { at: kulsary.from - 5 * MINUTE_MS, quiet: true },
      { at: kulsary.from + 30 * MINUTE_MS, extent: ['regional'] },
      { at: kulsary.to + HOUR_MS, quiet: true },
    ],
    state: 'shutdown_confirmed',
    events: 1,
    only: inRegion(ATYRAU),
  },
  {
    name: 'look-alike: a regional power cut',
    source: 'simulated',
    from: power.from - LEAD_MS,
    to: power.to + 6 * HOUR_MS,
    stretches: [{ ...power, seen: NO_POWER, whom: inRegion(ATYRAU), through: 0 }],
    says: [{ at: power.to + HOUR_MS, quiet: true }],
    state: 'local_power_or_access',
    events: 1,
    only: inRegion(ATYRAU),
  },
  {
    name: 'look-alike: our address blocked by one owner',
    source: 'simulated',
    from: ours.from - LEAD_MS,
    to: ours.to + 6 * HOUR_MS,
    stretches: [{ ...ours, seen: ONLY_US, whom: ({ asn }) => asn === 'AS21299', through: 0 }],
    says: [{ at: ours.to + HOUR_MS, quiet: true }],
    state: 'collector_blocked',
    events: 1,
    only: ({ asn }) => asn === 'AS21299',
  },
];
