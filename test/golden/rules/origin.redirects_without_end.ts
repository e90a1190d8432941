import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import type { ControlSays } from '../control.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HOST, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

const REDIRECTS = 10;
const onward = (n: number) => ({ status: 302, headers: [['Location', `${HTTPS_URL}${n}`]] }) as const;

function circling(http: ControlSays['http']): Draft {
  const d = draft(HTTPS_URL);
  for (let n = 0; n <= REDIRECTS; n++) {
    if (n > 0) d.redirected(HOST);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(n === 0 ? HTTPS_URL : `${HTTPS_URL}${n}`, onward(n + 1));
  }
  d.control({ ...CONTROL_GETS_ALL, http });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The site sends everybody round in circles.',
    document: circling(onward(1)).document(),
    finding: {
      outcome: 'down',
      cause: 'site_misconfigured',
      evidence: 'strong',
      because: ['http-44', 'control-http'],
    },
  },
  lookAlike: {
    story: 'Only this client goes in circles, for want of a cookie; the control gets the page.',
    document: circling(FRONT_PAGE).document(),
    verdict: { outcome: 'insufficient' },
  },
};
