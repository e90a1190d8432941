import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page } from '../control.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

const REFUSAL = page('Unavailable', 'A court told us to remove this.', 451);

function refused(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, REFUSAL);
  return d;
}
const everywhere = refused();
everywhere.control({ ...CONTROL_GETS_ALL, http: REFUSAL });
const unasked = refused();

export const golden: GoldenCase = {
  fires: {
    story: 'The site says 451 here and to the control.',
    document: everywhere.document(),
    finding: {
      outcome: 'refused',
      cause: 'origin_451',
      evidence: 'strong',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'The site says 451 here; nobody else was asked.',
    document: unasked.document(),
    verdict: { outcome: 'insufficient' },
  },
};
