import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTP_URL, IP, names, OTHER_IP } from '../scenes.ts';

const works = draft(HTTP_URL);
names(works);
works.tcp(IP, 80);
works.http(HTTP_URL, FRONT_PAGE);
works.control(CONTROL_GETS_ALL);

const detour = draft(HTTP_URL);
detour.lookup([OTHER_IP]);
detour.wire([OTHER_IP]);
detour.doh([IP]);
detour.tcp(OTHER_IP, 80, 'connection_refused');
detour.tcp(IP, 80);
detour.http(HTTP_URL, FRONT_PAGE);
detour.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The same page as at the control.',
    document: works.document(),
    finding: { outcome: 'accessible', evidence: 'strong', because: ['http-4', 'control-http'] },
  },
  lookAlike: {
    story: 'The page came from an address that only others know; this device would never have got there.',
    document: detour.document(),
    verdict: { outcome: 'suspected', method: 'dns.wrong_address', evidence: 'weak' },
  },
};
