import type { ExpectedAuthority, KnownGeneration } from './scenario.ts';

/** What a verdict calls the roots that the lab has on record. */
export const LAB_AUTHORITY_IDS: Readonly<Record<KnownGeneration, string>> = {
  known: 'lab-known-root',
  known_2020: 'lab-known-root-2020',
  known_2021: 'lab-known-root-2021',
};

/** `Verdict.authority` for what a scenario expects. */
export function authorityId(expected: ExpectedAuthority): string {
  if (expected === 'unknown') return expected;
  return expected === 'imitates' ? `imitates:${LAB_AUTHORITY_IDS.known}` : LAB_AUTHORITY_IDS[expected];
}
