import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, MIRROR, SITE_CHAIN } from '../scenes.ts';

const SILENT = 'generic_timeout_error';
const MIRROR_IP = '11.255.0.3';

function silent(innocuous: string | readonly string[], again: string | readonly string[] = SILENT): Draft {
  const d = draft(HTTPS_URL);
  d.lookup(SILENT);
  d.wire(SILENT);
  d.doh([IP]);
  const other = () => void d.ask({ via: 'udp', says: innocuous, name: MIRROR });
  d.pair(
    { ...AT_SITE('dns.name_at_resolver'), innocuous: MIRROR },
    other,
    () => void d.ask({ via: 'udp', says: again }),
    other,
  );
  return d;
}

const broken = silent(SILENT);
broken.control(CONTROL_GETS_ALL);

const lost = silent([MIRROR_IP], [IP]);
lost.lookup([IP]);
lost.wire([IP]);
lost.tcp(IP, 443);
lost.tls({ chain: SITE_CHAIN });
lost.http(HTTPS_URL, FRONT_PAGE);
lost.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver is silent about the target and about the reflector’s name.',
    document: broken.document(),
    finding: {
      outcome: 'local',
      cause: 'resolver_broken',
      evidence: 'strong',
      because: ['dns-4', 'dns-5', 'dns-6'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'One question got lost; the resolver answers for everything when it is asked again.',
    document: lost.document(),
    verdict: { outcome: 'accessible' },
  },
};
