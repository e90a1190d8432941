import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page } from '../control.ts';
import { CONTROL_GETS_ALL, HTTP_URL, IP, names } from '../scenes.ts';

const REFUSAL = page('Unavailable', 'On demand of somebody.', 451);

function refused(): Draft {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  d.http(HTTP_URL, REFUSAL);
  return d;
}
const here = refused();
here.control(CONTROL_GETS_ALL);
const everywhere = refused();
everywhere.control({ ...CONTROL_GETS_ALL, http: REFUSAL });

export const golden: GoldenCase = {
  fires: {
    story: '451 over plain HTTP here, a page at the control, no pair.',
    document: here.document(),
    finding: {
      outcome: 'suspected',
      method: 'http.status_451',
      evidence: 'weak',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'The site says 451 to the control as well.',
    document: everywhere.document(),
    verdict: { outcome: 'refused', cause: 'origin_451' },
  },
};
