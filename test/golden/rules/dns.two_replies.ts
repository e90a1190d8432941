import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, OTHER_IP, SECURE, SITE_CHAIN } from '../scenes.ts';

const race = draft(HTTPS_URL);
race.lookup(['10.66.0.2']);
race.wire(['10.66.0.2'], [IP]);
race.doh([IP]);
race.control(CONTROL_GETS_ALL);

// A slow line makes the probe ask twice, with the same id and port.
const askedTwice = draft(HTTPS_URL);
askedTwice.lookup([OTHER_IP]);
askedTwice.wire([OTHER_IP], [IP]);
askedTwice.doh([IP]);
askedTwice.tcp(OTHER_IP, 443);
askedTwice.tls({ chain: SITE_CHAIN });
askedTwice.http(HTTPS_URL, FRONT_PAGE);
askedTwice.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: { chain: SITE_CHAIN }, [`${OTHER_IP}:443`]: { chain: SITE_CHAIN } },
});

export const golden: GoldenCase = {
  fires: {
    story: 'A forged reply overtakes the true one.',
    document: race.document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.injection',
      evidence: 'confirmed',
      because: ['dns-2', 'dns-late-2'],
    },
  },
  lookAlike: {
    story: 'A load balancer answers the repeated question with another of its addresses.',
    document: askedTwice.document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
