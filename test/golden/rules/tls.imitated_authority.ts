import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, KNOWN_AUTHORITY_ID } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const UNTRUSTED = { failure: 'ssl_unknown_authority', chain: chains.imitation(HOST) } as const;

const borrowed = draft(HTTPS_URL);
names(borrowed);
borrowed.tcp(IP, 443);
borrowed.tls(UNTRUSTED);

const joke = draft(HTTPS_URL);
names(joke);
joke.tcp(IP, 443);
joke.tls(UNTRUSTED);
joke.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: UNTRUSTED },
  http: { failure: 'ssl_unknown_authority' },
});

export const golden: GoldenCase = {
  fires: {
    story: 'The name of an authority on record, another key; the control could not be asked.',
    document: borrowed.document(),
    finding: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: `imitates:${KNOWN_AUTHORITY_ID}`,
      evidence: 'weak',
      because: ['tls-4'],
    },
  },
  lookAlike: {
    story: 'An administrator who gave a home-made authority that name: everybody is shown the same.',
    document: joke.document(),
    verdict: { outcome: 'down', cause: 'certificate_misconfigured' },
  },
};
