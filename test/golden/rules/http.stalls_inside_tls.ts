import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

const STALL = { failure: 'generic_timeout_error' } as const;

function stalled(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  for (let attempt = 0; attempt < 2; attempt++) {
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, STALL);
  }
  return d;
}
const here = stalled();
here.control(CONTROL_GETS_ALL);
const everywhere = stalled();
everywhere.control({ ...CONTROL_GETS_ALL, http: STALL });

export const golden: GoldenCase = {
  fires: {
    story: 'A valid chain, then nothing more, twice; the control gets the page.',
    document: here.document(),
    finding: {
      outcome: 'suspected',
      method: 'throughput.freeze',
      evidence: 'weak',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'A server that is overloaded for everybody.',
    document: everywhere.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
