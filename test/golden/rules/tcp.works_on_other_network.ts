import type { GoldenCase } from '../case.ts';
import { SECURE } from '../scenes.ts';
import { elsewhere, silentHere, witnessId } from '../witnesses.ts';

export const golden: GoldenCase = {
  fires: {
    story:
      'The address is silent between connects to our own server, also after a pause and on a port that refuses the control; ten minutes later another operator’s subscriber gets the page from it.',
    document: silentHere([elsewhere()]),
    finding: {
      outcome: 'interfered',
      method: 'tcp.timeout',
      evidence: 'confirmed',
      because: [
        'tcp-4',
        'tcp-5',
        'tcp-6',
        'tcp-7',
        'tcp-8',
        'tcp-9',
        'tcp-10',
        'tcp-11',
        'tcp-12',
        'tcp-13',
        `control-tcp-${SECURE}`,
        'control-tcp-11.0.0.10:49151',
        `witness-${witnessId(1)}-tls-4-0`,
      ],
      counterfactuals: ['p1', 'p2'],
    },
  },
  lookAlike: {
    story:
      'A neighbour behind the same public address says another, blocked name at this address again and again, and the path punishes all of them at its port 443: the port that nobody serves refuses as everywhere.',
    document: silentHere([elsewhere()], { pause: { closed: 'connection_refused' } }),
    verdict: { outcome: 'suspected', method: 'tcp.timeout', evidence: 'weak' },
  },
};
