import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, HTTP_URL, IP, names } from '../scenes.ts';

const RESET = { failure: 'connection_reset' } as const;

function reset(): Draft {
  const d = draft(HTTP_URL);
  names(d);
  for (let attempt = 0; attempt < 2; attempt++) {
    d.tcp(IP, 80);
    d.http(HTTP_URL, RESET);
  }
  return d;
}
const here = reset();
here.control(CONTROL_GETS_ALL);
const everywhere = reset();
everywhere.control({ ...CONTROL_GETS_ALL, http: RESET });

export const golden: GoldenCase = {
  fires: {
    story: 'Reset after the request here, twice, a page at the control.',
    document: here.document(),
    finding: {
      outcome: 'suspected',
      method: 'http.host_reset',
      evidence: 'weak',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'A server that resets everybody.',
    document: everywhere.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
