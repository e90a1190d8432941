import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page, type Page } from '../control.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTP_URL, IP, names } from '../scenes.ts';

function compared(control: Page): Draft {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  d.http(HTTP_URL, FRONT_PAGE);
  d.control({ ...CONTROL_GETS_ALL, http: control });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The control’s datacentre is turned away, the volunteer gets a page that nobody vouches for.',
    document: compared(page('Denied', 'No robots.', 403)).document(),
    finding: {
      outcome: 'insufficient',
      cause: 'control_refused',
      evidence: 'weak',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'The control gets the page, too.',
    document: compared(FRONT_PAGE).document(),
    verdict: { outcome: 'accessible', evidence: 'strong' },
  },
};
