import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, OTHER_IP, SECURE, SITE_CHAIN } from '../scenes.ts';

const astray = draft(HTTPS_URL);
astray.lookup([OTHER_IP]);
astray.wire([OTHER_IP]);
astray.doh([IP]);
astray.tcp(OTHER_IP, 443, 'generic_timeout_error');
astray.control({
  ...CONTROL_GETS_ALL,
  tcp: { [SECURE]: null, [`${OTHER_IP}:443`]: 'generic_timeout_error' },
});

const nearbyEdge = draft(HTTPS_URL);
nearbyEdge.lookup([OTHER_IP]);
nearbyEdge.wire([OTHER_IP]);
nearbyEdge.doh([IP]);
nearbyEdge.tcp(OTHER_IP, 443);
nearbyEdge.tls({ chain: SITE_CHAIN });
nearbyEdge.http(HTTPS_URL, FRONT_PAGE);
nearbyEdge.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver gives another address than everybody else gets, and nothing answers there.',
    document: astray.document(),
    finding: {
      outcome: 'suspected',
      method: 'dns.wrong_address',
      evidence: 'weak',
      because: ['dns-1', 'control-dns', 'dns-3'],
    },
  },
  lookAlike: {
    story: 'A network with an edge in this country: another address, and the certificate holds there.',
    document: nearbyEdge.document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
