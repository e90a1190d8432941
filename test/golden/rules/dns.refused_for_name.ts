import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, HTTPS_URL, IP, MIRROR } from '../scenes.ts';

const REFUSED = 'dns_refused_error';

function refused(innocuous: string | readonly string[]): Draft {
  const d = draft(HTTPS_URL);
  d.lookup('dns_temporary_failure');
  d.wire(REFUSED);
  d.doh([IP]);
  const other = () => void d.ask({ via: 'udp', says: innocuous, name: MIRROR });
  d.pair(
    { ...AT_SITE('dns.name_at_resolver'), innocuous: MIRROR },
    other,
    () => void d.ask({ via: 'udp', says: REFUSED }),
    other,
  );
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver refuses one name, twice, and answers for another before and after.',
    document: refused(['11.255.0.3']).document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.refused',
      evidence: 'strong',
      because: ['dns-2', 'dns-4', 'dns-5', 'dns-6', 'control-dns', 'dns-3'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'It refuses everybody’s name: this device may not ask there.',
    document: refused(REFUSED).document(),
    verdict: { outcome: 'local', cause: 'resolver_broken' },
  },
};
