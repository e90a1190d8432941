import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, NAMED_AUTHORITY_ID } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const UNTRUSTED = { failure: 'ssl_unknown_authority', chain: chains.named(HOST) } as const;

function untrusted(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(UNTRUSTED);
  return d;
}

const forged = untrusted();
forged.control(CONTROL_GETS_ALL);

const ownChoice = untrusted();
ownChoice.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: UNTRUSTED },
  http: { failure: 'ssl_unknown_authority' },
});

export const golden: GoldenCase = {
  fires: {
    story: 'Its issuer has the name and the key number of an authority whose certificate nobody kept.',
    document: forged.document(),
    finding: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: NAMED_AUTHORITY_ID,
      evidence: 'strong',
      because: ['tls-4', `control-tls-${SECURE}`],
    },
  },
  lookAlike: {
    story: 'The site itself is certified by that authority: the control is shown the same.',
    document: ownChoice.document(),
    verdict: { outcome: 'down', cause: 'certificate_misconfigured' },
  },
};
