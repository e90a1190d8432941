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

const UNTRUSTED = { failure: 'ssl_unknown_authority', chain: chains.unknown(HOST) } as const;

function untrusted(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(UNTRUSTED);
  return d;
}

const reader = untrusted();
const forged = (sni: string) => tlsStep(reader, 'reflector', { sni, chain: chains.unknown(sni) });
reader.pair(AT_MIRROR('tls.chain_at_reflector'), forged(MIRROR), forged(HOST), forged(MIRROR));
reader.control(CONTROL_GETS_ALL);

const company = untrusted();
const own = tlsStep(company, 'reflector', { sni: MIRROR, chain: MIRROR_IDENTITY.chain });
const named = tlsStep(company, 'reflector', { sni: HOST, chain: MIRROR_IDENTITY.chain });
company.pair(AT_MIRROR('tls.chain_at_reflector'), own, named, own);
company.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: UNTRUSTED },
  http: { failure: 'ssl_unknown_authority' },
});

export const golden: GoldenCase = {
  fires: {
    story:
      'One stranger signed for the site, where the control got another chain, and for our own reflector.',
    document: reader.document(),
    finding: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'strong',
      because: ['tls-4', 'tls-5', 'tls-6', 'tls-7', `control-tls-${SECURE}`],
      counterfactuals: ['p1'],
    },
    verdict: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'confirmed',
    },
  },
  lookAlike: {
    story:
      'One company’s authority certifies the site, for everybody, and a reflector that is known by its key.',
    document: company.document(),
    verdict: { outcome: 'down', cause: 'certificate_misconfigured' },
  },
};
