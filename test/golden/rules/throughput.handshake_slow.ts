import type { GoldenCase } from '../case.ts';
import { atReflector, FAST, sixSteps } from '../downloads.ts';

export const golden: GoldenCase = {
  fires: {
    story: 'Each handshake with the target’s name takes three seconds; what follows is as fast as ever.',
    document: atReflector({ ...FAST, handshake: 0.1, seconds: 2 }, { handshake: 3, seconds: 2 }).document(),
    finding: {
      outcome: 'interfered',
      method: 'throughput.sni_throttling',
      evidence: 'strong',
      because: sixSteps(5, ['tls']),
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'One lost packet in each of them: a second, and no more.',
    document: atReflector({ ...FAST, handshake: 0.1, seconds: 2 }, { handshake: 1.1, seconds: 2 }).document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
