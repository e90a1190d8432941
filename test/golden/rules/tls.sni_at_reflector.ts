import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
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

const RESET = 'connection_reset';

function resetAtSite(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: RESET });
  d.control(CONTROL_GETS_ALL);
  return d;
}
const innocuous = (d: Draft) => tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
const suspect = (d: Draft) => tlsStep(d, 'reflector', { sni: HOST, failure: RESET });

const box = resetAtSite();
box.pair(AT_MIRROR('tls.sni_at_reflector'), innocuous(box), suspect(box), innocuous(box));

const outage = resetAtSite();
outage.pair(
  AT_MIRROR('tls.sni_at_reflector'),
  innocuous(outage),
  suspect(outage),
  tlsStep(outage, 'reflector', { sni: MIRROR, failure: RESET }),
);

export const golden: GoldenCase = {
  fires: {
    story: 'The name is reset at the site and at the reflector, an innocuous one passes before and after.',
    document: box.document(),
    finding: {
      outcome: 'interfered',
      method: 'tls.sni_reset',
      evidence: 'confirmed',
      because: ['tls-4', 'tls-5', 'tls-6', 'tls-7'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The reflector stopped answering in the middle of the pair, for the innocuous name as well.',
    document: outage.document(),
    verdict: { outcome: 'insufficient' },
  },
};
