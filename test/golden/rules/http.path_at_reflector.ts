import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTP_URL,
  httpStep,
  IP,
  MIRROR_ANSWER,
  names,
} from '../scenes.ts';

const RESET = { failure: 'connection_reset' } as const;
const PATH = '/report';
const URL = `${HTTP_URL.slice(0, -1)}${PATH}`;

function resetPage(frontPage: typeof RESET | typeof MIRROR_ANSWER): Draft {
  const d = draft(URL);
  names(d);
  for (let attempt = 0; attempt < 2; attempt++) {
    d.tcp(IP, 80);
    d.http(URL, RESET);
  }
  const front = httpStep(d, HOST, frontPage);
  d.pair(AT_MIRROR('http.path_at_reflector'), front, httpStep(d, HOST, RESET, PATH), front);
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'At the reflector the front page of this Host passes, this one page is reset.',
    document: resetPage(MIRROR_ANSWER).document(),
    finding: {
      outcome: 'interfered',
      method: 'http.host_reset',
      evidence: 'confirmed',
      because: ['http-4', 'http-6', 'http-7', 'http-8'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'A line that resets: the front page died at the reflector as well.',
    document: resetPage(RESET).document(),
    verdict: { outcome: 'insufficient' },
  },
};
