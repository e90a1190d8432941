import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, CONTROL_KNOWS_NO_NAME, HTTPS_URL } from '../scenes.ts';

const half = draft(HTTPS_URL);
half.lookup('dns_no_answer');
half.doh('generic_timeout_error');
half.control(CONTROL_GETS_ALL);

const nobody = draft(HTTPS_URL);
nobody.lookup('dns_no_answer');
nobody.doh('generic_timeout_error');
nobody.control(CONTROL_KNOWS_NO_NAME);

export const golden: GoldenCase = {
  fires: {
    story: 'No address from the resolver; the control has one, a second resolver could not be asked.',
    document: half.document(),
    finding: {
      outcome: 'suspected',
      method: 'dns.no_answer',
      evidence: 'weak',
      because: ['dns-1', 'control-dns'],
    },
  },
  lookAlike: {
    story: 'The control has no address either.',
    document: nobody.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
