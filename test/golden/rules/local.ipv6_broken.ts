import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_MIRROR, CONTROL_GETS_ALL, HTTPS_URL, MIRROR_NOTE, names } from '../scenes.ts';

const IP6 = '3ffe:1::10';
const MIRROR6 = '3ffe:ffff::3';
const NOTE = { ...MIRROR_NOTE, addresses: [...MIRROR_NOTE.addresses, MIRROR6] };

function overV6(reflectorFailure?: string): Draft {
  const d = draft(HTTPS_URL);
  names(d, [IP6]);
  d.tcp(IP6, 443, 'generic_timeout_error');
  d.tcp(IP6, 443, 'generic_timeout_error');
  const v4 = () => void d.tcp(NOTE.addresses[0]!, 443);
  d.pair(
    { ...AT_MIRROR('tcp.family_at_reflector'), reflector: NOTE },
    v4,
    () => void d.tcp(MIRROR6, 443, reflectorFailure),
    v4,
  );
  d.control({ ...CONTROL_GETS_ALL, addresses: [IP6], tcp: { [`[${IP6}]:443`]: null } });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The site has only an IPv6 address, and from here IPv6 doesn’t even lead to the reflector.',
    document: overV6('generic_timeout_error').document(),
    finding: {
      outcome: 'local',
      cause: 'ipv6_broken',
      evidence: 'strong',
      because: ['tcp-4', 'tcp-5', 'tcp-6', 'tcp-7', 'tcp-8'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'IPv6 works: the reflector connects, and only the site’s address is silent.',
    document: overV6().document(),
    verdict: { outcome: 'suspected', method: 'tcp.timeout' },
  },
};
