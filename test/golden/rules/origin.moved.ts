import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, OTHER_IP, SITE_CHAIN } from '../scenes.ts';

const OLD = `${OTHER_IP}:443`;

function stale(): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh([IP]);
  return d;
}
const SILENT = 'generic_timeout_error';
const dead = stale();
dead.tcp(OTHER_IP, 443, SILENT);
dead.control({
  ...CONTROL_GETS_ALL,
  tcp: { ...CONTROL_GETS_ALL.tcp, [OLD]: SILENT },
  earlier: [OTHER_IP],
});

const stillThere = stale();
stillThere.tcp(OTHER_IP, 443);
stillThere.tls({ chain: SITE_CHAIN });
stillThere.http(HTTPS_URL, FRONT_PAGE);
stillThere.control({
  ...CONTROL_GETS_ALL,
  tcp: { ...CONTROL_GETS_ALL.tcp, [OLD]: null },
  tls: { ...CONTROL_GETS_ALL.tls, [OLD]: { chain: SITE_CHAIN } },
  earlier: [OTHER_IP],
});

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver’s cache holds an address of last week, where nobody is any more.',
    document: dead.document(),
    finding: {
      outcome: 'down',
      cause: 'site_moved',
      evidence: 'strong',
      because: ['dns-1', 'tcp-4', `control-tcp-${OLD}`, 'control-dns'],
    },
  },
  lookAlike: {
    story: 'The old address is an old one, and the site still answers there.',
    document: stillThere.document(),
    verdict: { outcome: 'accessible' },
  },
};
