import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, type Chain } from '../chains.ts';
import { MIRROR_IDENTITY } from '../context.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  tlsStep,
} from '../scenes.ts';

const FORGED = chains.unknown(HOST);
const FORGERY = { failure: 'ssl_unknown_authority', chain: FORGED } as const;

function intercepted(atSelfSigned: Chain): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(FORGERY);
  const own = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
  d.pair(AT_MIRROR('tls.chain_at_reflector'), own, tlsStep(d, 'reflector', { sni: HOST, ...FORGERY }), own);
  const untrusted = { failure: 'ssl_unknown_authority', chain: MIRROR_IDENTITY.chain } as const;
  const spared = tlsStep(d, 'reflector', { sni: MIRROR, ...untrusted });
  const named = tlsStep(d, 'reflector', { sni: HOST, failure: 'ssl_unknown_authority', chain: atSelfSigned });
  d.pair(AT_MIRROR('tls.chain_at_self_signed'), spared, named, spared);
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story:
      'The name is intercepted where the reflector shows a trusted certificate, and not where it shows its own.',
    document: intercepted(MIRROR_IDENTITY.chain).document(),
    finding: {
      outcome: 'insufficient',
      evidence: 'contrary',
      because: ['tls-8', 'tls-9', 'tls-10'],
      counterfactuals: ['p2'],
    },
    verdict: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'confirmed',
    },
  },
  lookAlike: {
    story: 'A company’s proxy reads everything, a self-signed server too.',
    document: intercepted(FORGED).document(),
    verdict: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'confirmed',
    },
  },
};
