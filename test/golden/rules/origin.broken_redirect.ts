import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HOST, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

function redirecting(location: string, failure?: string): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, {
    status: 302,
    headers: [['Location', location]],
    ...(failure === undefined ? {} : { failure }),
  });
  d.control(CONTROL_GETS_ALL);
  return d;
}
const WWW = `www.${HOST}`;
const broken = redirecting('https://', 'http_invalid_redirect_location_host');
const ordinary = redirecting(`https://${WWW}/`);
ordinary.redirected(WWW);
names(ordinary);
ordinary.tcp(IP, 443);
ordinary.tls({ chain: chains.trusted(WWW) });
ordinary.http(`https://${WWW}/`, FRONT_PAGE);

export const golden: GoldenCase = {
  fires: {
    story: 'The site redirects to an address without a host.',
    document: broken.document(),
    finding: { outcome: 'down', cause: 'site_misconfigured', evidence: 'strong', because: ['http-4'] },
  },
  lookAlike: {
    story: 'The site redirects to its name with www.',
    document: ordinary.document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
