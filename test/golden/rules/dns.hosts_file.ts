import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, OTHER_IP, SITE_CHAIN } from '../scenes.ts';

const edited = draft(HTTPS_URL);
edited.lookup(['127.0.0.1']);
edited.wire([IP]);
edited.doh([IP]);
edited.control(CONTROL_GETS_ALL);

const rotating = draft(HTTPS_URL);
rotating.lookup([OTHER_IP]);
rotating.wire([IP]);
rotating.doh([IP]);
rotating.tcp(OTHER_IP, 443);
rotating.tls({ chain: SITE_CHAIN });
rotating.http(HTTPS_URL, FRONT_PAGE);
rotating.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The device says 127.0.0.1 while the resolver on the wire tells the truth.',
    document: edited.document(),
    finding: { outcome: 'local', cause: 'hosts_file', evidence: 'strong', because: ['dns-1', 'dns-2'] },
  },
  lookAlike: {
    story: 'A load balancer gives another of its addresses at every question; the certificate holds there.',
    document: rotating.document(),
    verdict: { outcome: 'accessible', evidence: 'confirmed' },
  },
};
