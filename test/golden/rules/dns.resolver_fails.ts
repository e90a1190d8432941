import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP } from '../scenes.ts';

const FAULT = 'dns_servfail_error';

const here = draft(HTTPS_URL);
here.lookup(FAULT);
here.doh([IP]);
here.control(CONTROL_GETS_ALL);

const everywhere = draft(HTTPS_URL);
everywhere.lookup(FAULT);
everywhere.doh(FAULT);
everywhere.control({ dnsFailure: FAULT, http: { failure: FAULT } });

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver fails for a name that others resolve.',
    document: here.document(),
    finding: {
      outcome: 'suspected',
      method: 'dns.servfail',
      evidence: 'weak',
      because: ['dns-1', 'control-dns', 'dns-2'],
    },
  },
  lookAlike: {
    story: 'The domain’s own name servers are broken: every resolver fails.',
    document: everywhere.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
