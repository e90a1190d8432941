import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

function refusedHere(atControl: string): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443, 'connection_refused');
  d.control({ addresses: [IP], tcp: { [SECURE]: atControl }, http: { failure: atControl } });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'Refused here and at the control.',
    document: refusedHere('connection_refused').document(),
    finding: {
      outcome: 'down',
      cause: 'site_down',
      evidence: 'strong',
      because: ['tcp-4', `control-tcp-${SECURE}`],
    },
  },
  lookAlike: {
    story: 'The control fails in another way: its own network may be filtered, too.',
    document: refusedHere('generic_timeout_error').document(),
    verdict: { outcome: 'insufficient' },
  },
};
