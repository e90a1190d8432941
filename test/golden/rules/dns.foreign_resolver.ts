import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { ASN, PLAIN_RESOLVER } from '../context.ts';
import { CONTROL_GETS_ALL, CONTROL_KNOWS_NO_NAME, HTTPS_URL, IP } from '../scenes.ts';

const NO = 'dns_nxdomain_error';

function denied(): Draft {
  const d = draft(HTTPS_URL);
  d.network({ asn: ASN.own, resolverAsn: ASN.plain, resolverAddress: PLAIN_RESOLVER });
  d.lookup(NO);
  d.wire(NO);
  return d;
}
const strange = denied();
strange.doh([IP]);
strange.control(CONTROL_GETS_ALL);

const lapsed = denied();
lapsed.doh(NO);
lapsed.control(CONTROL_KNOWS_NO_NAME);

export const golden: GoldenCase = {
  fires: {
    story: 'A well-known resolver that filters nothing denies the name: it, or somebody on the way to it.',
    document: strange.document(),
    finding: {
      outcome: 'suspected',
      method: 'dns.nxdomain',
      evidence: 'weak',
      because: ['dns-1', 'dns-3', 'control-dns'],
    },
  },
  lookAlike: {
    story: 'The same resolver denies a name that nobody knows.',
    document: lapsed.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
