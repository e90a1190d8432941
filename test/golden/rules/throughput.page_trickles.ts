import type { GoldenCase } from '../case.ts';
import { pageOverLine, sixSteps, thrice } from '../downloads.ts';

const KIB = 1024;
/** A line of 400 ms round trip: a download of 64 KiB takes four of them. */
const LINE = thrice({ connect: 0.4, seconds: 1.8 });
const ELSEWHERE_S = 0.3;

export const golden: GoldenCase = {
  fires: {
    story:
      'A line of long round trips; the page is whole once and given up twice after twenty seconds, the control gets it at once.',
    document: pageOverLine(
      64 * KIB,
      LINE,
      [
        { connect: 1, seconds: 12 },
        { connect: 2, seconds: 20, stopsAfter: 60 * KIB },
        { connect: 1, seconds: 20, stopsAfter: 50 * KIB },
      ],
      ELSEWHERE_S,
    ).document(),
    finding: {
      outcome: 'suspected',
      method: 'throughput.address_throttling',
      evidence: 'weak',
      because: sixSteps(5, ['tcp', 'tls', 'http']),
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story:
      'A large page of a server far away: as much longer, with many segments in each of its long round trips.',
    document: pageOverLine(
      256 * KIB,
      thrice({ connect: 0.1, seconds: 2 }),
      thrice({ connect: 0.45, seconds: 9 }),
      ELSEWHERE_S,
    ).document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
