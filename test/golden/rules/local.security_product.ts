import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
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

const FAILURE = 'ssl_unknown_authority';
const read = (host: string) => ({ failure: FAILURE, chain: chains.product(host) });

function intercepted(innocuousToo: boolean): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(read(HOST));
  const innocuous = innocuousToo ? read(MIRROR) : { chain: MIRROR_CHAIN };
  const own = tlsStep(d, 'reflector', { ...innocuous, sni: MIRROR });
  d.pair(
    AT_MIRROR('tls.chain_at_reflector'),
    own,
    tlsStep(d, 'reflector', { ...read(HOST), sni: HOST }),
    own,
  );
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'An authority named like a security product reads everything, the reflector’s own name too.',
    document: intercepted(true).document(),
    finding: {
      outcome: 'local',
      cause: 'local_interception',
      evidence: 'strong',
      because: ['tls-4', 'tls-5', 'tls-7', 'control-tls-11.0.0.10:443'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'Under the same name only the target is read: no product is so choosy.',
    document: intercepted(false).document(),
    verdict: { outcome: 'suspected', method: 'tls.interception', authority: 'unknown' },
  },
};
