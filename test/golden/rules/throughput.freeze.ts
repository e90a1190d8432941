import type { GoldenCase } from '../case.ts';
import { atReflector, FAST, sixSteps } from '../downloads.ts';

export const golden: GoldenCase = {
  fires: {
    story: 'With the target’s name every download stops after the same twelve kilobytes.',
    document: atReflector(FAST, { seconds: 10.1, stopsAfter: 12_288 }).document(),
    finding: {
      outcome: 'interfered',
      method: 'throughput.freeze',
      evidence: 'confirmed',
      because: sixSteps(5),
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'Downloads stop with the reflector’s own name as well.',
    document: atReflector(
      { seconds: 10.1, stopsAfter: 20_000 },
      { seconds: 10.1, stopsAfter: 12_288 },
    ).document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
