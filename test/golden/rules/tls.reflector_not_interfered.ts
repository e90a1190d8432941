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

const SILENT = 'generic_timeout_error';

function silentSite(suspect: (d: Draft) => () => void): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: SILENT });
  const innocuous = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
  d.pair(AT_MIRROR('tls.sni_at_reflector'), innocuous, suspect(d), innocuous);
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The name passes at the reflector: another path, or the origin’s own filter. Nothing is proven.',
    document: silentSite((d) => tlsStep(d, 'reflector', { sni: HOST, chain: MIRROR_CHAIN })).document(),
    finding: {
      outcome: 'insufficient',
      evidence: 'contrary',
      because: ['tls-5', 'tls-6', 'tls-7'],
      counterfactuals: ['p1'],
    },
    verdict: { outcome: 'suspected', method: 'tls.sni_timeout', evidence: 'weak' },
  },
  lookAlike: {
    story: 'At the reflector the name was reset, at the site it was silent: no answer, so nothing contrary.',
    document: silentSite((d) =>
      tlsStep(d, 'reflector', { sni: HOST, failure: 'connection_reset' }),
    ).document(),
    verdict: { outcome: 'suspected', method: 'tls.sni_timeout', evidence: 'weak' },
  },
};
