import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { BARE_ERROR, CONTROL_GETS_ALL, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

function broken(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, BARE_ERROR);
  return d;
}
const everywhere = broken();
everywhere.control({ ...CONTROL_GETS_ALL, http: BARE_ERROR });
const here = broken();
here.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The server reports a failure of its own to everybody.',
    document: everywhere.document(),
    finding: {
      outcome: 'down',
      cause: 'site_down',
      evidence: 'strong',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'The error came here only; one answer does not tell a hiccup from a refusal.',
    document: here.document(),
    verdict: { outcome: 'insufficient' },
  },
};
