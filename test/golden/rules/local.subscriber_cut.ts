import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page } from '../control.ts';
import { httpStep, HTTPS_URL, MIRROR, MIRROR_NOTE } from '../scenes.ts';

const CANARY = { kind: 'http.canary', suspect: MIRROR, innocuous: MIRROR, reflector: MIRROR_NOTE } as const;
const NOTICE = {
  ...page('Balance', 'Please pay.', 302),
  headers: [['Location', 'http://balance.operator.example/']],
} as const;

function walledIn(type: 'mobile' | 'fixed'): Draft {
  const d = draft(HTTPS_URL);
  d.network({ type });
  d.lookup(['11.0.9.1']);
  d.tcp('11.0.9.1', 443, 'connection_refused');
  d.pair(CANARY, httpStep(d, MIRROR, NOTICE));
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'On a mobile line the operator’s notice answers in everybody’s name.',
    document: walledIn('mobile').document(),
    finding: {
      outcome: 'local',
      cause: 'subscriber_cut',
      evidence: 'strong',
      because: ['http-3'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The same on a line of another kind is a log-in page.',
    document: walledIn('fixed').document(),
    verdict: { outcome: 'local', cause: 'captive_portal' },
  },
};
