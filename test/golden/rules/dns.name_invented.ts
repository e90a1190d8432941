import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_KNOWS_NO_NAME, HTTPS_URL, OTHER_IP } from '../scenes.ts';

const NO = 'dns_nxdomain_error';

const invented = draft(HTTPS_URL);
invented.lookup([OTHER_IP]);
invented.doh(NO);
invented.control(CONTROL_KNOWS_NO_NAME);

const lapsed = draft(HTTPS_URL);
lapsed.lookup(NO);
lapsed.doh(NO);
lapsed.control(CONTROL_KNOWS_NO_NAME);

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver has an address for a name that does not exist for anybody else.',
    document: invented.document(),
    finding: {
      outcome: 'suspected',
      method: 'dns.wrong_address',
      evidence: 'weak',
      because: ['dns-1', 'dns-2', 'control-dns'],
    },
  },
  lookAlike: {
    story: 'The name does not exist here either.',
    document: lapsed.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
