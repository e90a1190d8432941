/** Votes for tests of blocking events: a network's ordinary days, and what happens in them. */
import type { CellNetwork, Vote } from '../../../shared/model/index.ts';
import { createRandom } from '../../../scripts/fuzz/random.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const START = Date.parse('2026-03-02T00:00:00Z');
export const NETWORK: CellNetwork = { asn: 64500, access: 'fixed' };

let made = 0;
export function vote(at: number, who: string, outcome: Vote['outcome'], network = NETWORK): Vote {
  made += 1;
  return {
    measurementId: `m${String(made).padStart(8, '0')}`,
    domain: 'site.example',
    network,
    pseudonym: who,
    at,
    receivedAt: at,
    outcome,
    method: outcome === 'interfered' ? 'tls.sni_timeout' : null,
    cause: null,
    evidence: null,
  };
}

export interface Days {
  readonly seed: number;
  readonly people: number;
  readonly days: number;
  /** What a person finds then. */
  readonly finds: (person: number, at: number, share: () => number) => Vote['outcome'];
  /** Hours of the day (UTC) in which they measure. */
  readonly hours?: readonly [number, number];
  readonly aDay?: number;
}

/** Everybody measures `aDay` times a day at even times, rounded to ten minutes as documents are. */
export function days(options: Days): readonly Vote[] {
  const random = createRandom(options.seed);
  const share = (): number => random.below(2 ** 32) / 2 ** 32;
  const [from, to] = options.hours ?? [0, 24];
  const votes: Vote[] = [];
  for (let person = 0; person < options.people; person += 1)
    for (let day = 0; day < options.days; day += 1)
      for (let n = 0; n < (options.aDay ?? 1); n += 1) {
        const at = START + day * DAY + Math.floor((from + share() * (to - from)) * 6) * (HOUR / 6);
        votes.push(vote(at, `p${person}`, options.finds(person, at, share)));
      }
  return votes;
}

export function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const random = createRandom(seed);
  const rest = [...list];
  for (let i = rest.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  return rest;
}
