import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const here = draft(HTTPS_URL);
names(here);
here.tcp(IP, 443, 'generic_timeout_error');
here.tcp(IP, 443, 'generic_timeout_error');
here.control(CONTROL_GETS_ALL);

const everywhere = draft(HTTPS_URL);
names(everywhere);
everywhere.tcp(IP, 443, 'generic_timeout_error');
everywhere.control({
  addresses: [IP],
  tcp: { [SECURE]: 'generic_timeout_error' },
  http: { failure: 'generic_timeout_error' },
});

export const golden: GoldenCase = {
  fires: {
    story: 'The address is silent here both times, and the control connects to it.',
    document: here.document(),
    finding: {
      outcome: 'suspected',
      method: 'tcp.timeout',
      evidence: 'weak',
      because: ['tcp-4', 'tcp-5', `control-tcp-${SECURE}`],
    },
  },
  lookAlike: {
    story: 'The address is silent for the control, too.',
    document: everywhere.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
