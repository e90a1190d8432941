import { describe, expect, it } from 'vitest';
import { joinGroups, liesWithin, type GroupNow } from '../../../collector/detect/silence/extent.ts';
import { groupKey, groupsOf } from '../../../collector/member-groups.ts';
import type { LineOfMember, MemberGroup } from '../../../shared/model/index.ts';
import { createDraw } from '../../../scripts/simulate/draw.ts';

interface Lines {
  readonly asn: number;
  readonly access: 'mobile' | 'fixed';
  readonly region: string | null;
  readonly count: number;
  readonly silent: number;
}
const OWNERS: Readonly<Record<number, string>> = { 9198: 'A', 29355: 'A', 21299: 'B', 48503: 'C' };

/** All groups of such members, each silent when three fifths of it are. */
function groupsFrom(lines: readonly Lines[]): GroupNow[] {
  const groups = new Map<string, { group: MemberGroup; active: number; overdue: number }>();
  for (const { asn, access, region, count, silent } of lines) {
    const line: LineOfMember = { cc: 'KZ', asn: `AS${asn}`, access, region };
    for (const group of groupsOf(line, OWNERS[asn] ?? null)) {
      const key = groupKey(group);
      const tally = groups.get(key) ?? { group, active: 0, overdue: 0 };
      tally.active += count;
      tally.overdue += silent;
      groups.set(key, tally);
    }
  }
  return [...groups.values()]
    .filter(({ active }) => active >= 5)
    .map((g) => ({ ...g, silent: g.overdue >= 0.6 * g.active }));
}
const lines = (
  asn: number,
  access: 'mobile' | 'fixed',
  region: string | null,
  count: number,
  silent = 0,
): Lines => ({
  asn,
  access,
  region,
  count,
  silent,
});
const COUNTRY: MemberGroup = { cc: 'KZ', owner: null, asn: null, access: null, region: null };

describe('how far a silence reaches', () => {
  it('nowhere, when nobody is silent', () => {
    expect(
      joinGroups(groupsFrom([lines(9198, 'fixed', 'KZ-75', 20), lines(21299, 'mobile', 'KZ-71', 20, 3)])),
    ).toEqual([]);
  });

  it('the country, once', () => {
    const found = joinGroups(
      groupsFrom([
        lines(9198, 'fixed', 'KZ-75', 20, 19),
        lines(21299, 'mobile', 'KZ-71', 20, 20),
        lines(48503, 'mobile', null, 8, 7),
      ]),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ group: COUNTRY, extent: 'national' });
    expect(found[0]!.parts.length).toBeGreaterThan(5);
  });

  it('one network, though most of the country’s members are in it', () => {
    const found = joinGroups(
      groupsFrom([lines(9198, 'fixed', null, 40, 40), lines(21299, 'fixed', null, 10)]),
    );
    expect(found.map((f) => [f.group.asn, f.extent])).toEqual([[9198, 'one_network']]);
  });

  it('not the country, where only one network is heard of', () => {
    const found = joinGroups(
      groupsFrom([lines(9198, 'fixed', null, 30, 30), lines(21299, 'fixed', null, 2, 2)]),
    );
    expect(found.map((f) => [f.group.asn, f.extent])).toEqual([[9198, 'one_network']]);
  });

  it('one owner with two networks', () => {
    const found = joinGroups(
      groupsFrom([
        lines(9198, 'fixed', null, 20, 20),
        lines(29355, 'mobile', null, 15, 14),
        lines(21299, 'mobile', null, 20),
      ]),
    );
    expect(found.map((f) => [f.group.owner, f.group.asn, f.extent])).toEqual([['A', null, 'one_owner']]);
  });

  it('mobile lines of two cities, and only those', () => {
    const found = joinGroups(
      groupsFrom(
        ['KZ-75', 'KZ-71', 'KZ-35'].flatMap((region) => [
          lines(29355, 'mobile', region, 10, region === 'KZ-35' ? 0 : 10),
          lines(21299, 'mobile', region, 10, region === 'KZ-35' ? 1 : 9),
          lines(9198, 'fixed', region, 12),
        ]),
      ),
    );
    expect(found.map((f) => [f.group.access, f.group.region, f.extent])).toEqual([
      ['mobile', 'KZ-71', 'mobile_only'],
      ['mobile', 'KZ-75', 'mobile_only'],
    ]);
  });

  it('mobile lines everywhere', () => {
    const found = joinGroups(
      groupsFrom([
        lines(29355, 'mobile', 'KZ-75', 10, 10),
        lines(21299, 'mobile', 'KZ-71', 10, 9),
        lines(9198, 'fixed', 'KZ-75', 12, 1),
      ]),
    );
    expect(found.map((f) => [f.group, f.extent])).toEqual([
      [{ ...COUNTRY, access: 'mobile' }, 'mobile_only'],
    ]);
  });

  it('a region with all that is in it', () => {
    const found = joinGroups(
      groupsFrom([
        lines(9198, 'fixed', 'KZ-23', 10, 10),
        lines(21299, 'mobile', 'KZ-23', 10, 10),
        lines(9198, 'fixed', 'KZ-75', 30),
        lines(21299, 'mobile', 'KZ-75', 30),
      ]),
    );
    expect(found.map((f) => [f.group.region, f.extent])).toEqual([['KZ-23', 'regional']]);
  });
});

it('the order of groups changes nothing, and no silence lies within another', () => {
  const draw = createDraw(5, 34);
  for (let n = 0; n < 200; n += 1) {
    const cut = draw.pick([9198, 29355, 21299, null]);
    const region = draw.pick(['KZ-75', 'KZ-71', null]);
    const all = [9198, 29355, 21299, 48503].flatMap((asn) =>
      ['KZ-75', 'KZ-71'].map((there) => {
        const count = draw.whole(0, 15);
        const hit = (cut === null || cut === asn) && (region === null || region === there);
        const access = asn === 9198 ? ('fixed' as const) : ('mobile' as const);
        return lines(asn, access, there, count, hit ? count : draw.whole(0, Math.floor(count / 4)));
      }),
    );
    const groups = groupsFrom(all.filter(({ count }) => count > 0));
    const found = joinGroups(groups);
    expect(JSON.stringify(joinGroups(draw.some(groups, groups.length)))).toBe(JSON.stringify(found));
    for (const a of found)
      for (const b of found) if (a !== b) expect(liesWithin(a.group, b.group)).toBe(false);
    // Whatever is silent is in one of them.
    for (const { group, silent } of groups)
      if (silent && group.region !== null && group.asn !== null)
        expect(
          found.some((f) => liesWithin(group, f.group)),
          groupKey(group),
        ).toBe(true);
  }
});
