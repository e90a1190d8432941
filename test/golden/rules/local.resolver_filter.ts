import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { ASN, FAMILY_RESOLVER } from '../context.ts';
import { CONTROL_GETS_ALL, CONTROL_KNOWS_NO_NAME, HTTPS_URL, IP } from '../scenes.ts';

const NO = 'dns_nxdomain_error';

function denied(): Draft {
  const d = draft(HTTPS_URL);
  d.network({ asn: ASN.own, resolverAsn: ASN.resolver, resolverAddress: FAMILY_RESOLVER });
  d.lookup(NO);
  d.wire(NO);
  return d;
}
const family = denied();
family.doh([IP]);
family.control(CONTROL_GETS_ALL);

const lapsed = denied();
lapsed.doh(NO);
lapsed.control(CONTROL_KNOWS_NO_NAME);

export const golden: GoldenCase = {
  fires: {
    story: 'The device uses a well-known resolver for families, which denies the name.',
    document: family.document(),
    finding: {
      outcome: 'local',
      cause: 'resolver_filter',
      evidence: 'strong',
      because: ['dns-1', 'dns-3', 'control-dns'],
    },
  },
  lookAlike: {
    story: 'The same resolver denies a name that nobody knows.',
    document: lapsed.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
