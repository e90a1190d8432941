import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import { page } from '../control.ts';
import {
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HTTP_URL,
  HTTPS_URL,
  IP,
  names,
  OTHER_IP,
  SITE_CHAIN,
} from '../scenes.ts';

const works = draft(HTTPS_URL);
names(works);
works.tcp(IP, 443);
works.tls({ chain: SITE_CHAIN });
works.http(HTTPS_URL, FRONT_PAGE);

const NOTICE_HOST = 'notice.operator.example';
const astray = draft(HTTP_URL);
names(astray);
astray.tcp(IP, 80);
astray.http(HTTP_URL, { status: 302, headers: [['Location', `https://${NOTICE_HOST}/`]] });
astray.redirected(NOTICE_HOST);
names(astray, [OTHER_IP]);
astray.tcp(OTHER_IP, 443);
astray.tls({ chain: chains.trusted(NOTICE_HOST) });
astray.http(`https://${NOTICE_HOST}/`, page('Notice', 'Limited.'));
astray.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'A page under a certificate that is valid for the name; nobody else is needed.',
    document: works.document(),
    finding: { outcome: 'accessible', evidence: 'confirmed', because: ['http-4', 'tls-4'] },
  },
  lookAlike: {
    story:
      'A plain answer leads to a stranger’s host with a valid certificate; the control stays at the site.',
    document: astray.document(),
    verdict: { outcome: 'insufficient' },
  },
};
