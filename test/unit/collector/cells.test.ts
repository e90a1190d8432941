import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../../collector/aggregate/cells.ts';
import { publicCells, type PublicCell } from '../../../collector/aggregate/coarser.ts';
import type { Vote } from '../../../shared/model/index.ts';
import { ASN, NETWORKS } from '../judge/sightings.ts';
import { blockedVote, DAY, HOUR, shuffled, T0, vote } from '../judge/votes.ts';

const MOBILE = { asn: ASN.mobile, access: 'mobile' } as const;
const FIXED = { asn: ASN.fixed, access: 'fixed' } as const;
const of = (pseudonyms: string, more: Partial<Vote> = {}): readonly Vote[] =>
  [...pseudonyms].map((pseudonym) => vote({ pseudonym, ...more }));

describe('cells', () => {
  it('count distinct pseudonyms by outcome and method; who said two things counts in both', () => {
    const votes = [
      ...of('aab'),
      blockedVote({ pseudonym: 'b' }),
      blockedVote({ pseudonym: 'c', method: 'tls.sni_timeout' }),
      vote({ pseudonym: 'd', outcome: 'down' }),
    ];
    expect(cellsOf('news.example', votes, T0, T0 + HOUR)).toEqual([
      {
        domain: 'news.example',
        network: FIXED,
        hour: T0,
        n: 4,
        outcomes: { accessible: 2, interfered: 2, down: 1 },
        methods: { 'tls.sni_reset': 1, 'tls.sni_timeout': 1 },
      },
    ]);
  });

  it('are there for every hour of every network, also without data, and the same in any order', () => {
    const votes = [...of('abc', { at: T0 + 5 * HOUR }), ...of('xy', { network: MOBILE, at: T0 + 3 * HOUR })];
    const cells = cellsOf('news.example', votes, T0, T0 + DAY);
    expect(cells).toHaveLength(48);
    expect(cells.filter(({ n }) => n > 0).map(({ n, hour }) => [n, (hour - T0) / HOUR])).toEqual([
      [3, 5],
      [2, 3],
    ]);
    for (const seed of [1, 2, 3])
      expect(cellsOf('news.example', shuffled([...votes, ...votes], seed), T0, T0 + DAY)).toEqual(cells);
  });

  it('leave out other domains and other times', () => {
    const votes = [
      ...of('a', { domain: 'other.example' }),
      ...of('b', { at: T0 - 1 }),
      ...of('c', { at: T0 + HOUR }),
    ];
    expect(cellsOf('news.example', votes, T0, T0 + HOUR).every(({ n }) => n === 0)).toBe(true);
  });
});

const day = (votes: readonly Vote[], days = 1): readonly PublicCell[] =>
  publicCells(votes, T0, T0 + days * DAY, NETWORKS);
const counted = (cells: readonly PublicCell[]) => cells.filter(({ n }) => n !== null && n > 0);

describe('cells as they are published', () => {
  it('are hours where three and more measured, and say so where nobody did', () => {
    const cells = day(of('abc', { at: T0 + 5 * HOUR }));
    expect(cells).toHaveLength(24);
    expect(counted(cells)).toMatchObject([
      { ...FIXED, owner: 'Alpha', from: T0 + 5 * HOUR, to: T0 + 6 * HOUR, n: 3 },
    ]);
    expect(cells.filter(({ n }) => n === 0)).toHaveLength(23);
  });

  it('join the small hours of a day, and do not tell them from empty ones', () => {
    const cells = day([
      ...of('abc', { at: T0 + 5 * HOUR }),
      ...of('de', { at: T0 + 7 * HOUR }),
      ...of('f', { at: T0 + 9 * HOUR }),
    ]);
    expect(counted(cells)).toMatchObject([
      { from: T0 + 5 * HOUR, n: 3 },
      { from: T0, to: T0 + DAY, n: 3 },
    ]);
    expect(cells.filter(({ n }) => n === null)).toHaveLength(23);
  });

  it('join both kinds of line, then the owner’s networks, then the country, where they are few', () => {
    const unsure = { asn: ASN.fixed, access: 'unknown' } as const;
    expect(counted(day([...of('ab'), ...of('c', { network: unsure })]))).toMatchObject([
      { asn: ASN.fixed, access: null, owner: 'Alpha', n: 3 },
    ]);
    const same = { asn: ASN.sameOwner, access: 'fixed' } as const;
    expect(counted(day([...of('ab'), ...of('c', { network: same })]))).toMatchObject([
      { asn: null, access: null, owner: 'Alpha', n: 3 },
    ]);
    const other = { asn: ASN.other, access: 'fixed' } as const;
    const nobodys = { asn: 1, access: 'fixed' } as const;
    expect(
      counted(day([...of('ab'), ...of('c', { network: other }), ...of('d', { network: nobodys })])),
    ).toMatchObject([{ asn: null, access: null, owner: null, n: 4, outcomes: { accessible: 4 } }]);
  });

  it('say of one or two in the whole country only that they are few, and not where', () => {
    expect(day(of('ab'))).toEqual([
      { asn: null, access: null, owner: null, from: T0, to: T0 + DAY, n: null, outcomes: {}, methods: {} },
    ]);
    expect(day([])).toEqual([]);
  });

  it('do not name a network of which no day is published', () => {
    const cells = day(
      [...of('abc'), ...of('x', { network: MOBILE }), ...of('y', { network: MOBILE, at: T0 + DAY })],
      2,
    );
    expect(cells.some(({ asn }) => asn === ASN.mobile)).toBe(false);
    expect(cells.filter(({ asn }) => asn === ASN.fixed)).toHaveLength(48);
  });

  it('count every vote at most once, so that nothing is left when some are taken from others', () => {
    // A pseudonym per vote, so that the counts of disjoint cells add up to no more than the votes.
    const networks = [
      FIXED,
      MOBILE,
      { asn: ASN.sameOwner, access: 'fixed' },
      { asn: ASN.other, access: 'unknown' },
    ] as const;
    for (let seed = 1; seed <= 200; seed += 1) {
      const places = shuffled(
        networks.flatMap((network) =>
          Array.from({ length: 24 }, (_, hour) => ({ network, at: T0 + hour * HOUR })),
        ),
        seed,
      );
      const votes = Array.from({ length: seed % 40 }, (_, i) =>
        vote({ pseudonym: `v${i}`, ...places[(i * i) % 17]! }),
      );
      const cells = day(votes);
      const sum = counted(cells).reduce((total, { n }) => total + (n ?? 0), 0);
      expect(counted(cells).every(({ n }) => (n ?? 0) >= 3)).toBe(true);
      // At most two are counted nowhere.
      expect(votes.length - sum).toBeGreaterThanOrEqual(0);
      expect(votes.length - sum).toBeLessThan(3);
      const keys = cells.map(({ asn, access, owner, from, to }) => `${asn} ${access} ${owner} ${from} ${to}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(day(shuffled(votes, seed))).toEqual(cells);
    }
  });

  it('of a day are the same whatever other days are asked for', () => {
    const votes = [
      ...of('abcd', { at: T0 + HOUR }),
      ...of('ef', { at: T0 + 2 * HOUR }),
      ...of('abc', { at: T0 + DAY }),
    ];
    const first = day(votes);
    expect(day(votes, 2).filter(({ from }) => from < T0 + DAY)).toEqual(first);
  });
});
