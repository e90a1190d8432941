import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const EXPIRED = { failure: 'ssl_invalid_certificate', chain: chains.expired(HOST) } as const;

const neglected = draft(HTTPS_URL);
names(neglected);
neglected.tcp(IP, 443);
neglected.tls(EXPIRED);
neglected.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: EXPIRED },
  http: { failure: 'ssl_invalid_certificate' },
});

const replaced = draft(HTTPS_URL);
names(replaced);
replaced.tcp(IP, 443);
replaced.tls({ failure: 'ssl_unknown_authority', chain: chains.selfSigned(HOST) });
replaced.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The certificate has expired, here and at the control.',
    document: neglected.document(),
    finding: {
      outcome: 'down',
      cause: 'certificate_expired',
      evidence: 'strong',
      because: ['tls-4', `control-tls-${SECURE}`],
    },
  },
  lookAlike: {
    story: 'A bad certificate only here.',
    document: replaced.document(),
    verdict: { outcome: 'suspected', method: 'tls.interception', authority: 'unknown', evidence: 'weak' },
  },
};
