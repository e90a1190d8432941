import type { GoldenCase } from '../case.ts';
import { atAddress, FAST, sixSteps } from '../downloads.ts';

const SLOW = { seconds: 9 };

export const golden: GoldenCase = {
  fires: {
    story:
      'The page takes nine seconds each time, a download of its size a fifth of one; the control is as fast.',
    document: atAddress(FAST, SLOW, 0.3).document(),
    finding: {
      outcome: 'suspected',
      method: 'throughput.address_throttling',
      evidence: 'weak',
      because: sixSteps(5),
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The server is as slow for the control.',
    document: atAddress(FAST, SLOW, 8).document(),
    verdict: { outcome: 'insufficient' },
  },
};
