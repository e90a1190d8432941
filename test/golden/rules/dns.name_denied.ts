import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, CONTROL_KNOWS_NO_NAME, HTTPS_URL, IP } from '../scenes.ts';

const NO = 'dns_nxdomain_error';

const denied = draft(HTTPS_URL);
denied.lookup(NO);
denied.wire(NO);
denied.doh([IP]);
denied.control(CONTROL_GETS_ALL);

const lapsed = draft(HTTPS_URL);
lapsed.lookup(NO);
lapsed.wire(NO);
lapsed.doh(NO);
lapsed.control(CONTROL_KNOWS_NO_NAME);

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver denies a name that the control and a second resolver both resolve.',
    document: denied.document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.nxdomain',
      evidence: 'strong',
      because: ['dns-1', 'control-dns', 'dns-3'],
    },
  },
  lookAlike: {
    story: 'The domain has lapsed: nobody knows it.',
    document: lapsed.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
