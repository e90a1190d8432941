import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, names, IP } from '../scenes.ts';

const PRIVATE = '10.10.34.36';

const lie = draft(HTTPS_URL);
lie.lookup([PRIVATE]);
lie.wire([PRIVATE]);
lie.doh([IP]);
lie.control(CONTROL_GETS_ALL);

const intranet = draft(HTTPS_URL);
names(intranet, [PRIVATE]);
intranet.control({ addresses: [PRIVATE], http: { failure: 'generic_timeout_error' } });

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver gives a private address to a name that is public for everybody else.',
    document: lie.document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.bogon',
      evidence: 'confirmed',
      because: ['dns-1', 'control-dns', 'dns-3'],
    },
  },
  lookAlike: {
    story: 'Somebody put an intranet’s name into the public DNS: the address is private for everyone.',
    document: intranet.document(),
    verdict: { outcome: 'down', cause: 'site_misconfigured' },
  },
};
