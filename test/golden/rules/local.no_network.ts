import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

const IP6 = '3ffe:1::10';

const unplugged = draft(HTTPS_URL);
unplugged.lookup('dns_temporary_failure');
unplugged.wire('network_unreachable');
unplugged.doh('network_unreachable');

const oneFamily = draft(HTTPS_URL);
names(oneFamily, [IP, IP6]);
oneFamily.tcp(IP6, 443, 'network_unreachable');
oneFamily.tcp(IP, 443);
oneFamily.tls({ chain: SITE_CHAIN });
oneFamily.http(HTTPS_URL, FRONT_PAGE);
oneFamily.control({ ...CONTROL_GETS_ALL, addresses: [IP, IP6] });

export const golden: GoldenCase = {
  fires: {
    story: 'The cable is out: nothing has a route.',
    document: unplugged.document(),
    finding: {
      outcome: 'local',
      cause: 'no_network',
      evidence: 'strong',
      because: ['dns-1', 'dns-2', 'dns-3'],
    },
  },
  lookAlike: {
    story: 'A line without IPv6: one address has no route, the other works.',
    document: oneFamily.document(),
    verdict: { outcome: 'accessible' },
  },
};
