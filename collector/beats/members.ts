/**
 * Who sends heartbeats, in memory: thousands of members beat all day, and the disk is written once a minute. Bounded, and a flood of new
 * keys pushes out newcomers, never those who have been there for a day.
 */
import type { Heartbeat } from '../../shared/model/index.ts';
import type { Member } from '../store/beats.ts';

/** Keys that are known at a time. */
export const MAX_MEMBERS = 50_000;
/** Heard over so long a time, a key is no newcomer any more. Milliseconds. */
export const ESTABLISHED_AFTER_MS = 24 * 3600 * 1000;
/** One heartbeat in this time is enough of each key; a farewell is always heard. Milliseconds. */
export const LEAST_GAP_MS = 60_000;

/** `too_soon`, `replayed`, `full`: answered like the others, and not believed. */
export type Heard = 'heard' | 'too_soon' | 'replayed' | 'full';

export interface Members {
  /** `now`: milliseconds since 1970. */
  hear(beat: Heartbeat, now: number): Heard;
  get(pseudonym: string): Member | null;
  /** Heard over a day: not made up for the moment. */
  isEstablished(pseudonym: string): boolean;
  all(): Iterable<Member>;
  size(): number;
  /** What has changed since the last call, for the disk. */
  changes(): { readonly changed: readonly Member[]; readonly gone: readonly string[] };
  /** The clock was set: all times move with it. */
  shift(ms: number): void;
  /** Those not heard since are gone. */
  forget(before: number): void;
}

const isEstablished = (member: Member): boolean =>
  member.lastHeard - member.firstHeard >= ESTABLISHED_AFTER_MS;

export function createMembers(known: readonly Member[], maxMembers = MAX_MEMBERS): Members {
  const established = new Map<string, Member>();
  /** In the order in which they were last heard: the first one goes first. */
  const newcomers = new Map<string, Member>();
  let changed = new Set<string>();
  let gone = new Set<string>();

  const get = (pseudonym: string): Member | null =>
    established.get(pseudonym) ?? newcomers.get(pseudonym) ?? null;
  const drop = (pseudonym: string): void => {
    established.delete(pseudonym);
    newcomers.delete(pseudonym);
    changed.delete(pseudonym);
    gone.add(pseudonym);
  };
  const put = (member: Member): void => {
    newcomers.delete(member.pseudonym);
    (isEstablished(member) ? established : newcomers).set(member.pseudonym, member);
  };
  const size = (): number => established.size + newcomers.size;
  /** False: everybody here has been here for a day. */
  const makeRoom = (): boolean => {
    if (size() < maxMembers) return true;
    const [first] = newcomers.keys();
    if (first === undefined) return false;
    drop(first);
    return true;
  };

  [...known].sort((a, b) => a.lastHeard - b.lastHeard).forEach(put);

  return {
    hear(beat, now) {
      const { x_key: pseudonym, cc, asn, access, region, period_s: periodS, sequence, leaving } = beat;
      const before = get(pseudonym);
      if (before !== null && sequence <= before.sequence) return 'replayed';
      if (before === null && !makeRoom()) return 'full';
      changed.add(pseudonym);
      gone.delete(pseudonym);
      if (before !== null && !leaving && now - before.lastHeard < LEAST_GAP_MS && now >= before.lastHeard) {
        // Its number counts all the same: whoever has recorded it can't use it later.
        put({ ...before, sequence });
        return 'too_soon';
      }
      const line = { cc, asn, access, region };
      put({
        pseudonym,
        line,
        firstHeard: before?.firstHeard ?? now,
        lastHeard: now,
        periodS,
        sequence,
        leaving,
      });
      return 'heard';
    },
    get,
    isEstablished: (pseudonym) => established.has(pseudonym),
    *all() {
      yield* established.values();
      yield* newcomers.values();
    },
    size,
    changes() {
      const members = [...changed].flatMap((pseudonym) => get(pseudonym) ?? []);
      const out = { changed: members, gone: [...gone] };
      changed = new Set();
      gone = new Set();
      return out;
    },
    shift(ms) {
      for (const map of [established, newcomers])
        for (const [pseudonym, member] of map) {
          map.set(pseudonym, {
            ...member,
            firstHeard: member.firstHeard + ms,
            lastHeard: member.lastHeard + ms,
          });
          changed.add(pseudonym);
        }
    },
    forget(before) {
      for (const member of [...established.values(), ...newcomers.values()])
        if (member.lastHeard < before) drop(member.pseudonym);
    },
  };
}
