import type { GoldenCase } from '../case.ts';
import { atReflector, FAST, sixSteps } from '../downloads.ts';

export const golden: GoldenCase = {
  fires: {
    story:
      'Each download with the target’s name takes five seconds, each with the reflector’s own a fifth of one.',
    document: atReflector(FAST, { seconds: 5 }).document(),
    finding: {
      outcome: 'interfered',
      method: 'throughput.sni_throttling',
      evidence: 'confirmed',
      because: sixSteps(5),
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'A slow line, with either name.',
    document: atReflector({ seconds: 4 }, { seconds: 5 }).document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
