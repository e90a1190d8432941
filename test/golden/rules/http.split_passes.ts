import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, FRONT_PAGE, HTTP_URL, IP, names } from '../scenes.ts';

const SILENT = { failure: 'generic_timeout_error' } as const;

function dying(times: number): Draft {
  const d = draft(HTTP_URL);
  names(d);
  for (let attempt = 0; attempt < times; attempt++) {
    d.tcp(IP, 80);
    d.http(HTTP_URL, SILENT);
  }
  d.pair(AT_SITE('http.split_host'), () => {
    d.tcp(IP, 80);
    d.http(HTTP_URL, FRONT_PAGE);
  });
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'Whole requests fall silent twice, the one with its Host in two segments gets the page.',
    document: dying(2).document(),
    finding: {
      outcome: 'interfered',
      method: 'http.host_timeout',
      evidence: 'confirmed',
      because: ['http-4', 'http-5', 'http-6', 'control-http'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'One request was lost; the next one, in whatever shape, would have passed.',
    document: dying(1).document(),
    verdict: { outcome: 'insufficient' },
  },
};
