import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const CLOSED = 'eof_error';

function closedHere(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: CLOSED });
  return d;
}
const here = closedHere();
here.control(CONTROL_GETS_ALL);

const everywhere = closedHere();
everywhere.control({
  addresses: [IP],
  tcp: { [SECURE]: null },
  tls: { [SECURE]: { failure: CLOSED } },
  http: { failure: CLOSED },
});

export const golden: GoldenCase = {
  fires: {
    story: 'Closed after the ClientHello; the control completes, and nothing else was tried.',
    document: here.document(),
    finding: {
      outcome: 'suspected',
      method: 'tls.sni_close',
      evidence: 'weak',
      because: ['tls-4', `control-tls-${SECURE}`],
    },
  },
  lookAlike: {
    story: 'A broken server that closes on everybody.',
    document: everywhere.document(),
    verdict: { outcome: 'down', cause: 'site_down' },
  },
};
