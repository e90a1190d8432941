import type { GoldenCase } from '../case.ts';
import { ASN } from '../context.ts';
import { SECURE } from '../scenes.ts';
import { elsewhere, silentHere, witnessId } from '../witnesses.ts';

const OWNERS_OTHER_NETWORK = { asn: ASN.ownToo, stated: { cc: 'KZ', asn: ASN.ownToo } };

export const golden: GoldenCase = {
  fires: {
    story:
      'The address is silent between connects to our own server; ten minutes later another operator’s subscriber gets the page from it.',
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
        `control-tcp-${SECURE}`,
        `witness-${witnessId(1)}-tls-4-0`,
      ],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The other subscriber is on a second network of the same owner, who may have a fault of his own.',
    document: silentHere([elsewhere({ network: OWNERS_OTHER_NETWORK })]),
    verdict: { outcome: 'suspected', method: 'tcp.timeout', evidence: 'weak' },
  },
};
