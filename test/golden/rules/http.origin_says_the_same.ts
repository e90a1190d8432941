import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page, type Page } from '../control.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HTTP_URL,
  HTTPS_URL,
  IP,
  names,
  SITE_CHAIN,
} from '../scenes.ts';

const REFUSAL = page('Not here', 'We do not serve your country.', 451);

function asked(overTls: Page): Draft {
  const d = draft(HTTP_URL);
  names(d);
  d.tcp(IP, 80);
  d.http(HTTP_URL, REFUSAL);
  d.pair(AT_SITE('http.over_tls'), () => {
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, overTls);
  });
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The site says 451 over TLS, too: it is its own word.',
    document: asked(REFUSAL).document(),
    finding: {
      outcome: 'refused',
      cause: 'origin_451',
      evidence: 'strong',
      because: ['http-4', 'http-5', 'tls-5', 'control-http'],
    },
  },
  lookAlike: {
    story: 'Over TLS the site shows its page: the plain 451 may be anybody’s, and nothing is proven.',
    document: asked(FRONT_PAGE).document(),
    verdict: { outcome: 'suspected', method: 'http.status_451', evidence: 'weak' },
  },
};
