import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, type Chain } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const ORIGIN = { [SECURE]: { chain: chains.issued(HOST) } };

function shown(chain: Chain) {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'ssl_unknown_authority', chain });
  d.control({ ...CONTROL_GETS_ALL, tls: ORIGIN });
  return d.document();
}

export const golden: GoldenCase = {
  fires: {
    story:
      'Dates six hours earlier and a number that differs at its end only, by another key and another issuer.',
    document: shown(chains.copied(HOST)),
    finding: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'weak',
      because: ['tls-4', `control-tls-${SECURE}`],
    },
  },
  lookAlike: {
    story:
      'The site’s certificate was renewed some hours later, with the next number, and this machine forgets to send the issuer.',
    document: shown(chains.reissued(HOST)),
    verdict: { outcome: 'insufficient' },
  },
};
