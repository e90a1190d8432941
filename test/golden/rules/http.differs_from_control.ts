import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page, type Page } from '../control.ts';
import { CONTROL_GETS_ALL, HTTP_URL, IP, names } from '../scenes.ts';

function gets(answer: Page): Draft {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  d.http(HTTP_URL, answer);
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'Another title, another length, no header in common with the control’s page.',
    document: gets(page('Notice', 'Limited.')).document(),
    finding: {
      outcome: 'suspected',
      method: 'http.blockpage',
      evidence: 'weak',
      because: ['http-4', 'control-http'],
    },
  },
  lookAlike: {
    story: 'The same front page some letters later.',
    document: gets(page('Letters from the district', 'a letter; '.repeat(400))).document(),
    verdict: { outcome: 'accessible', evidence: 'strong' },
  },
};
