import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import { MIRROR_IDENTITY } from '../context.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  names,
  SECURE,
  tlsStep,
} from '../scenes.ts';

const KIND = 'tls.chain_at_reflector';

function untrusted(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'ssl_unknown_authority', chain: chains.unknown(HOST) });
  return d;
}

const reader = untrusted();
const forged = (sni: string) => tlsStep(reader, 'reflector', { sni, chain: chains.unknown(sni) });
reader.pair(AT_MIRROR(KIND), forged(MIRROR), forged(HOST), forged(MIRROR));
reader.control(CONTROL_GETS_ALL);

// Signed by the very authority of the site, so that only the promised key tells.
const office = untrusted();
const genuine = (sni: string) => tlsStep(office, 'reflector', { sni, chain: MIRROR_IDENTITY.chain });
office.pair(AT_MIRROR(KIND), genuine(MIRROR), genuine(HOST), genuine(MIRROR));

export const golden: GoldenCase = {
  fires: {
    story: 'One unknown authority signed for the site and for our own reflector.',
    document: reader.document(),
    finding: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'confirmed',
      because: ['tls-4', 'tls-5', `control-tls-${SECURE}`],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'A reflector without a public certificate shows exactly the key that its descriptor promised.',
    document: office.document(),
    verdict: { outcome: 'insufficient' },
  },
};
