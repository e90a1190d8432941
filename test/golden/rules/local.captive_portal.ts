import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page } from '../control.ts';
import {
  FRONT_PAGE,
  httpStep,
  HTTPS_URL,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_NOTE,
  names,
  IP,
  SITE_CHAIN,
} from '../scenes.ts';

const CANARY = { kind: 'http.canary', suspect: MIRROR, innocuous: MIRROR, reflector: MIRROR_NOTE } as const;
const LOGIN = {
  ...page('Log in', 'Your number, please.', 302),
  headers: [['Location', 'http://login.wifi.example/']],
} as const;

const portal = draft(HTTPS_URL);
portal.lookup(['11.0.9.1']);
portal.tcp('11.0.9.1', 443, 'connection_refused');
portal.pair(CANARY, httpStep(portal, MIRROR, LOGIN));

const controlDown = draft(HTTPS_URL);
names(controlDown);
controlDown.tcp(IP, 443);
controlDown.tls({ chain: SITE_CHAIN });
controlDown.http(HTTPS_URL, FRONT_PAGE);
controlDown.pair(CANARY, httpStep(controlDown, MIRROR, MIRROR_ANSWER));

export const golden: GoldenCase = {
  fires: {
    story: 'A log-in page answers in the name of our own reflector, and nobody outside can be asked.',
    document: portal.document(),
    finding: {
      outcome: 'local',
      cause: 'captive_portal',
      evidence: 'strong',
      because: ['http-3'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'Only our control is down: the reflector answers for itself, and so does the site.',
    document: controlDown.document(),
    verdict: { outcome: 'accessible' },
  },
};
