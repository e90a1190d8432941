import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import {
  CONTROL_GETS_ALL,
  CONTROL_KNOWS_NO_NAME,
  FRONT_PAGE,
  HTTPS_URL,
  IP,
  names,
  SITE_CHAIN,
} from '../scenes.ts';

const NO = 'dns_nxdomain_error';

const suspended = draft(HTTPS_URL);
suspended.lookup(NO);
suspended.wire(NO);
suspended.doh([IP]);
suspended.control({ ...CONTROL_KNOWS_NO_NAME, parent: 'denied' });

const renewed = draft(HTTPS_URL);
names(renewed);
renewed.tcp(IP, 443);
renewed.tls({ chain: SITE_CHAIN });
renewed.http(HTTPS_URL, FRONT_PAGE);
renewed.control({ ...CONTROL_GETS_ALL, parent: 'denied' });

export const golden: GoldenCase = {
  fires: {
    story: 'The registry took the domain off; only a cache of the second resolver still has it.',
    document: suspended.document(),
    finding: {
      outcome: 'down',
      cause: 'domain_suspended',
      evidence: 'confirmed',
      because: ['dns-1', 'control-dns'],
    },
  },
  lookAlike: {
    story: 'The zone says no, and the site answers all the same, with its own certificate.',
    document: renewed.document(),
    verdict: { outcome: 'accessible' },
  },
};
