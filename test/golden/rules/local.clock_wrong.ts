import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const OLD_CHAIN = chains.expired(HOST);

function expired(clockOffsetMinutes: number) {
  const d = draft(HTTPS_URL);
  d.network({ clockOffsetMinutes });
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'ssl_invalid_certificate', chain: OLD_CHAIN });
  d.control({
    ...CONTROL_GETS_ALL,
    tls: { [SECURE]: { failure: 'ssl_invalid_certificate', chain: OLD_CHAIN } },
  });
  return d.document();
}

export const golden: GoldenCase = {
  fires: {
    story: 'The clock is five days off, and a certificate fails by its dates.',
    document: expired(5 * 24 * 60),
    finding: { outcome: 'local', cause: 'clock_wrong', evidence: 'strong', because: ['tls-4'] },
  },
  lookAlike: {
    story: 'The clock is a few minutes off, and the certificate has really expired.',
    document: expired(7),
    verdict: { outcome: 'down', cause: 'certificate_expired' },
  },
};
