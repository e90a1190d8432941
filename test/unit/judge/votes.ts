/** Votes that tests share. */
import type { Vote } from '../../../shared/model/index.ts';
import { ASN } from './sightings.ts';

export const HOUR = 3600 * 1000;
export const DAY = 24 * HOUR;
/** A day's first moment, on which an hour and a day begin. */
export const T0 = Date.UTC(2026, 8, 1);

let counter = 0;

/** One who got through on a fixed line, received at once. */
export function vote(more: Partial<Vote> = {}): Vote {
  counter += 1;
  const at = more.at ?? T0;
  return {
    measurementId: counter.toString(16).padStart(64, '0'),
    domain: 'news.example',
    network: { asn: ASN.fixed, access: 'fixed' },
    pseudonym: 'p1',
    at,
    receivedAt: at,
    outcome: 'accessible',
    method: null,
    cause: null,
    evidence: null,
    ...more,
  };
}

export const blockedVote = (more: Partial<Vote> = {}): Vote =>
  vote({ outcome: 'interfered', method: 'tls.sni_reset', evidence: 'strong', ...more });

/** The same numbers for the same seed: a linear congruential generator, good enough to shuffle. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const out = [...items];
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = next(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
