import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, MIRROR, OTHER_IP } from '../scenes.ts';

const NO = 'dns_nxdomain_error';

function otherAddress(belowTarget: string | readonly string[], earlier: readonly string[] = []): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh([IP]);
  d.tcp(OTHER_IP, 443, 'connection_refused');
  const other = (label: string) => () => void d.ask({ via: 'udp', says: NO, name: `${label}.${MIRROR}` });
  d.pair(
    { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
    other('k7qd1x'),
    () => void d.ask({ via: 'udp', says: belowTarget, name: `p02mzv.${HOST}` }),
    other('t9c4ha'),
    () => void d.ask({ via: 'doh', says: NO, name: `p02mzv.${HOST}` }),
  );
  const tcp = { ...CONTROL_GETS_ALL.tcp, [`${OTHER_IP}:443`]: 'connection_refused' };
  d.control({ ...CONTROL_GETS_ALL, tcp, earlier });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'Names that nobody can ever have asked for get the same wrong address.',
    document: otherAddress([OTHER_IP]).document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.wrong_address',
      evidence: 'strong',
      because: ['dns-1', 'control-dns', 'dns-3', 'dns-5', 'dns-6', 'dns-7', 'dns-8'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The site moved yesterday: the old address is in a cache, and nothing below the name is.',
    document: otherAddress(NO, [OTHER_IP]).document(),
    verdict: { outcome: 'down', cause: 'site_moved' },
  },
};
