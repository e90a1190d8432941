import { describe, expect, it } from 'vitest';
import { createMembers, ESTABLISHED_AFTER_MS } from '../../../collector/beats/members.ts';
import { createMinutes } from '../../../collector/beats/minutes.ts';
import {
  ACTIVE_WITHIN_MS,
  countMembers,
  KNOWN_AFTER_MS,
  MAX_LINES,
} from '../../../collector/beats/roster.ts';
import type { Rollcall } from '../../../collector/beats/roster.ts';
import { groupKey, groupOfKey, groupsOf, parentsOf } from '../../../collector/member-groups.ts';
import type { Member } from '../../../collector/store/beats.ts';
import { heartbeat, keyOf, LINE, MINUTE_MS, START } from './watch-support.ts';

const HOUR_MS = 60 * MINUTE_MS;
const NETWORK = { cc: 'KZ', owner: 'Kazakhtelecom', asn: 9198, access: 'fixed', region: null } as const;

const member = (n: number, lastHeard: number, more: Partial<Member> = {}): Member => ({
  pseudonym: keyOf(n),
  line: LINE,
  firstHeard: lastHeard - 2 * HOUR_MS,
  lastHeard,
  periodS: 300,
  sequence: 1,
  leaving: false,
  ...more,
});
const call = (more: Partial<Rollcall> = {}): Rollcall => ({
  now: START,
  listeningSince: START - 24 * HOUR_MS,
  ownerOf: () => 'Kazakhtelecom',
  silentSince: () => null,
  ...more,
});
const network = (members: readonly Member[], more: Partial<Rollcall> = {}) => {
  const roll = countMembers(members, call(more)).find(({ key }) => key === groupKey(NETWORK));
  return roll === undefined ? null : { active: roll.active, overdue: roll.overdue };
};
const ago = (ms: number): number => START - ms;

describe('the roll call', () => {
  it('counts a member in its own line and every wider group, and in no other', () => {
    const groups = groupsOf(LINE, 'Kazakhtelecom');
    expect(countMembers([member(1, ago(MINUTE_MS))], call()).map(({ key }) => key)).toEqual(
      groups.map(groupKey).sort(),
    );
    expect(groups).toHaveLength(8);
    expect(groups.map((g) => groupOfKey(groupKey(g)))).toEqual(groups);
    expect(parentsOf(groups[0]!).at(-1)).toEqual({
      cc: 'KZ',
      owner: null,
      asn: null,
      access: null,
      region: null,
    });
  });

  it('leaves out owners that nobody knows, unknown countries, and regions of another country', () => {
    expect(groupsOf(LINE, null).every(({ owner }) => owner === null)).toBe(true);
    expect(groupsOf({ ...LINE, cc: 'ZZ' }, null)).toEqual([]);
    expect(groupsOf({ ...LINE, region: 'RU-MOW' }, 'x').every(({ region }) => region === null)).toBe(true);
    expect(groupsOf({ ...LINE, asn: 'AS0' }, null).every(({ asn }) => asn === null)).toBe(true);
  });

  it('has a member overdue once its own period would have brought one', () => {
    expect(network([member(1, ago(8.5 * MINUTE_MS))])).toEqual({ active: 1, overdue: 0 });
    expect(network([member(1, ago(8.6 * MINUTE_MS))])).toEqual({ active: 1, overdue: 1 });
    expect(network([member(1, ago(20 * MINUTE_MS), { periodS: 900 })])).toEqual({ active: 1, overdue: 0 });
    expect(network([member(1, ago(24 * MINUTE_MS), { periodS: 900 })])).toEqual({ active: 1, overdue: 1 });
  });

  it('does not count who said goodbye, who is new, and who has been gone for long', () => {
    expect(network([member(1, ago(30 * MINUTE_MS), { leaving: true })])).toBeNull();
    expect(network([member(1, ago(0), { firstHeard: ago(KNOWN_AFTER_MS - 1) })])).toBeNull();
    expect(network([member(1, ago(ACTIVE_WITHIN_MS + 1))])).toBeNull();
    // An hourly member is not gone after an hour.
    expect(network([member(1, ago(100 * MINUTE_MS), { periodS: 3600 })])).toEqual({ active: 1, overdue: 1 });
  });

  it('keeps those who were there when their group fell silent', () => {
    const silent = member(1, ago(5 * HOUR_MS));
    expect(network([silent], { silentSince: () => ago(4.9 * HOUR_MS) })).toEqual({ active: 1, overdue: 1 });
    expect(network([silent], { silentSince: () => ago(3 * HOUR_MS) })).toBeNull();
  });

  it('tells no more lines apart than there may be: those of members that were there before come first', () => {
    const made = (n: number): Member =>
      member(0, ago(MINUTE_MS), {
        pseudonym: `made-${n}`,
        line: { ...LINE, asn: `AS${100_000 + (n >> 1)}`, region: null },
      });
    const here = member(1, ago(MINUTE_MS), { firstHeard: ago(ESTABLISHED_AFTER_MS + HOUR_MS) });
    const rolls = countMembers([...Array.from({ length: 3 * MAX_LINES }, (_, n) => made(n)), here], call());
    expect(rolls.find(({ key }) => key === groupKey(NETWORK))).toMatchObject({ active: 1, established: 1 });
    expect(rolls.filter(({ group }) => group.asn !== null && group.region === null)).toHaveLength(MAX_LINES);
    // Nobody is lost to the country.
    const country = { cc: 'KZ', owner: null, asn: null, access: null, region: null };
    expect(rolls.find(({ key }) => key === groupKey(country))?.active).toBe(3 * MAX_LINES + 1);
  });

  it('is in doubt about everybody after a restart, until each could have spoken', () => {
    const before = member(1, ago(15 * MINUTE_MS));
    expect(network([before], { listeningSince: ago(5 * MINUTE_MS) })).toBeNull();
    expect(network([before], { listeningSince: ago(9 * MINUTE_MS) })).toEqual({ active: 1, overdue: 1 });
    expect(network([member(2, ago(MINUTE_MS))], { listeningSince: ago(2 * MINUTE_MS) })).toEqual({
      active: 1,
      overdue: 0,
    });
  });

  it('more silent members never make a group look less silent', () => {
    const heard = [1, 2, 3].map((n) => member(n, ago(MINUTE_MS)));
    for (let silent = 0; silent < 20; silent += 1) {
      const gone = Array.from({ length: silent }, (_, i) => member(10 + i, ago(20 * MINUTE_MS)));
      expect(network([...heard, ...gone])).toEqual({ active: 3 + silent, overdue: silent });
    }
  });
});

describe('members', () => {
  it('believes a number once, and a later one after it', () => {
    const members = createMembers([]);
    expect(members.hear(heartbeat(1, 5), START)).toBe('heard');
    expect(members.hear(heartbeat(1, 5), START + HOUR_MS)).toBe('replayed');
    expect(members.hear(heartbeat(1, 4), START + HOUR_MS)).toBe('replayed');
    expect(members.get(keyOf(1))?.lastHeard).toBe(START);
    expect(members.hear(heartbeat(1, 6), START + HOUR_MS)).toBe('heard');
  });

  it('needs one a minute of each key, and remembers the number of those it does not need', () => {
    const members = createMembers([]);
    members.hear(heartbeat(1, 1), START);
    expect(members.hear(heartbeat(1, 2), START + 1000)).toBe('too_soon');
    expect(members.hear(heartbeat(1, 2), START + HOUR_MS)).toBe('replayed');
    expect(members.get(keyOf(1))?.lastHeard).toBe(START);
    // A farewell is heard at any time.
    expect(members.hear(heartbeat(1, 3, { leaving: true }), START + 2000)).toBe('heard');
    expect(members.get(keyOf(1))?.leaving).toBe(true);
  });

  it('a flood of new keys pushes out newcomers, and never who has been there for a day', () => {
    const members = createMembers([], 100);
    for (let n = 0; n < 50; n += 1) {
      members.hear(heartbeat(n, 1), START);
      members.hear(heartbeat(n, 2), START + ESTABLISHED_AFTER_MS);
    }
    const now = START + ESTABLISHED_AFTER_MS + HOUR_MS;
    const beat = heartbeat(1, 1);
    const flood = (n: number) => ({ ...beat, x_key: `flood-${n}` });
    for (let n = 0; n < 5_000; n += 1) expect(members.hear(flood(n), now + n)).toBe('heard');
    expect(members.size()).toBe(100);
    for (let n = 0; n < 50; n += 1) expect(members.get(keyOf(n))).not.toBeNull();
    expect(members.get('flood-4999')).not.toBeNull();
    expect(members.get('flood-0')).toBeNull();
  });

  it('takes nobody new where all have been there for a day', () => {
    const members = createMembers([], 10);
    for (let n = 0; n < 10; n += 1) {
      members.hear(heartbeat(n, 1), START);
      members.hear(heartbeat(n, 2), START + ESTABLISHED_AFTER_MS);
    }
    expect(members.hear(heartbeat(99, 1), START + ESTABLISHED_AFTER_MS)).toBe('full');
    expect(members.hear(heartbeat(3, 3), START + ESTABLISHED_AFTER_MS + HOUR_MS)).toBe('heard');
  });

  it('says what the disk needs, once', () => {
    const members = createMembers([]);
    members.hear(heartbeat(1, 1), START);
    members.hear(heartbeat(2, 1), START + HOUR_MS);
    expect(members.changes().changed).toHaveLength(2);
    expect(members.changes()).toEqual({ changed: [], gone: [] });
    members.forget(START + 1);
    expect(members.changes()).toEqual({ changed: [], gone: [keyOf(1)] });
  });
});

describe('minutes', () => {
  const at = (minutes: number): number => Math.floor(START / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS;

  it('names each minute once, however often it is asked', () => {
    const minutes = createMinutes(at(0), 0);
    expect(minutes.tick(at(0.5), 0.5 * MINUTE_MS)).toBeNull();
    expect(minutes.tick(at(1), MINUTE_MS)).toMatchObject({ minute: at(0), observed: true, steppedMs: 0 });
    expect(minutes.tick(at(1) + 1, MINUTE_MS + 1)).toBeNull();
  });

  it('does not vouch for the minute in which it began', () => {
    const minutes = createMinutes(at(0.5), 0);
    expect(minutes.tick(at(1), 0.5 * MINUTE_MS)?.observed).toBe(false);
    expect(minutes.tick(at(2), 1.5 * MINUTE_MS)?.observed).toBe(true);
  });

  it('does not vouch for minutes in which it did not run', () => {
    const minutes = createMinutes(at(0), 0);
    minutes.tick(at(1), MINUTE_MS);
    const after = minutes.tick(at(31), 31 * MINUTE_MS);
    expect(after).toMatchObject({ minute: at(30), observed: false, listeningSince: at(31), steppedMs: 0 });
    expect(minutes.tick(at(32), 32 * MINUTE_MS)).toMatchObject({ observed: true });
  });

  it('sees that the clock was set, forward or back', () => {
    const minutes = createMinutes(at(0), 0);
    minutes.tick(at(1), MINUTE_MS);
    const back = minutes.tick(at(-178), 2 * MINUTE_MS);
    expect(back).toMatchObject({ minute: at(-179), observed: false, steppedMs: -180 * MINUTE_MS });
    expect(minutes.tick(at(-177), 3 * MINUTE_MS)).toMatchObject({ minute: at(-178), observed: true });
    const ahead = minutes.tick(at(4), 4 * MINUTE_MS);
    expect(ahead).toMatchObject({ minute: at(3), observed: false, steppedMs: 180 * MINUTE_MS });
  });
});
