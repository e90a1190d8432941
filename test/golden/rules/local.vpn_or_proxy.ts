import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { ASN } from '../context.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, names, SITE_CHAIN } from '../scenes.ts';

const tunnelled = draft(HTTPS_URL);
tunnelled.network({ asn: ASN.own, tunnel: true });
names(tunnelled);
tunnelled.tcp(IP, 443);
tunnelled.tls({ failure: 'connection_reset' });
tunnelled.control(CONTROL_GETS_ALL);

const atHome = draft(HTTPS_URL);
atHome.network({ asn: ASN.own, stated: { cc: 'KZ', asn: ASN.ownToo } });
names(atHome);
atHome.tcp(IP, 443);
atHome.tls({ chain: SITE_CHAIN });
atHome.http(HTTPS_URL, FRONT_PAGE);
atHome.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'Packets leave through a tunnel: whoever resets them is not on this line.',
    document: tunnelled.document(),
    finding: { outcome: 'local', cause: 'vpn_or_proxy', evidence: 'strong', because: [] },
  },
  lookAlike: {
    story: 'The reflector saw another network of the same operator, in the same country.',
    document: atHome.document(),
    verdict: { outcome: 'accessible' },
  },
};
