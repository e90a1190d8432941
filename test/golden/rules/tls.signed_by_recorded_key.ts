import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, KNOWN_AUTHORITY_ID } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const CHAIN = chains.known(HOST);
const UNTRUSTED = { failure: 'ssl_unknown_authority', chain: CHAIN } as const;

const forged = draft(HTTPS_URL);
names(forged);
forged.tcp(IP, 443);
forged.tls(UNTRUSTED);
forged.control(CONTROL_GETS_ALL);

const ownChoice = draft(HTTPS_URL);
names(ownChoice);
ownChoice.tcp(IP, 443);
ownChoice.tls(UNTRUSTED);
ownChoice.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: UNTRUSTED },
  http: { failure: 'ssl_unknown_authority' },
});

export const golden: GoldenCase = {
  fires: {
    story: 'The leaf is signed by an authority on record, which did not even send its own certificate.',
    document: forged.document(),
    finding: {
      outcome: 'interfered',
      method: 'tls.interception',
      authority: KNOWN_AUTHORITY_ID,
      evidence: 'confirmed',
      because: ['tls-4', `control-tls-${SECURE}`],
    },
  },
  lookAlike: {
    story: 'A site that uses that authority by its own choice: the control is shown the same certificate.',
    document: ownChoice.document(),
    verdict: { outcome: 'down', cause: 'certificate_misconfigured' },
  },
};
