import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page } from '../control.ts';
import { CONTROL_GETS_ALL, HTTP_URL, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

const REFUSAL = page('Not available', 'Not offered in your country.', 403);

const secure = draft(HTTPS_URL);
names(secure);
secure.tcp(IP, 443);
secure.tls({ chain: SITE_CHAIN });
secure.http(HTTPS_URL, REFUSAL);
secure.control(CONTROL_GETS_ALL);

const plain = draft(HTTP_URL);
names(plain);
plain.tcp(IP, 80);
plain.http(HTTP_URL, REFUSAL);
plain.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The site itself, by a valid certificate, turns this country away.',
    document: secure.document(),
    finding: {
      outcome: 'refused',
      cause: 'server_geo_refusal',
      evidence: 'strong',
      because: ['http-4', 'control-http', 'tls-4'],
    },
  },
  lookAlike: {
    story: 'The same words over plain HTTP, where anybody could have written them.',
    document: plain.document(),
    verdict: { outcome: 'suspected', method: 'http.blockpage', evidence: 'weak' },
  },
};
