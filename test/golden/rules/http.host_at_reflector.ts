import { draft, type Draft, type HttpSays } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page } from '../control.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTP_URL,
  httpStep,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  names,
} from '../scenes.ts';

const REFUSAL = page('Unavailable', 'On demand of somebody.', 451);

function refusedSite(atReflector: HttpSays): Draft {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  d.http(HTTP_URL, REFUSAL);
  const innocuous = httpStep(d, MIRROR, MIRROR_ANSWER);
  d.pair(AT_MIRROR('http.host_at_reflector'), innocuous, httpStep(d, HOST, atReflector), innocuous);
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The path answers 451 for this Host at the reflector, too.',
    document: refusedSite(REFUSAL).document(),
    finding: {
      outcome: 'interfered',
      method: 'http.status_451',
      evidence: 'confirmed',
      because: ['http-4', 'http-5', 'http-6', 'http-7'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The site itself says 451 to this country; the reflector is asked for the name and answers.',
    document: refusedSite(MIRROR_ANSWER).document(),
    verdict: { outcome: 'suspected', method: 'http.status_451', evidence: 'weak' },
  },
};
