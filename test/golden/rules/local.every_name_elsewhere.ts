import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, HTTPS_URL, IP, MIRROR, MIRROR_NOTE } from '../scenes.ts';

const GATE = '10.10.34.36';

function ledTo(mirror: readonly string[]): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([GATE]);
  d.wire([GATE]);
  d.doh([IP]);
  const own = () => void d.ask({ via: 'udp', says: mirror, name: MIRROR });
  d.pair(
    { ...AT_SITE('dns.name_at_resolver'), innocuous: MIRROR },
    own,
    () => void d.ask({ via: 'udp', says: [GATE] }),
    own,
  );
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'Before the log-in every name leads to the gate, and the control can be asked all the same.',
    document: ledTo([GATE]).document(),
    finding: {
      outcome: 'local',
      cause: 'captive_portal',
      evidence: 'strong',
      because: ['dns-1', 'dns-4', 'dns-5', 'dns-6'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'Only the site’s name leads there.',
    document: ledTo(MIRROR_NOTE.addresses).document(),
    verdict: { outcome: 'interfered', method: 'dns.bogon' },
  },
};
