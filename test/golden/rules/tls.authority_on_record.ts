import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, KNOWN_AUTHORITY_ID, type Chain } from '../chains.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

function shown(chain: Chain): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'ssl_unknown_authority', chain });
  return d;
}

const forged = shown(chains.knownWhole(HOST));
forged.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The chain ends in the very certificate that is on record.',
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
    story:
      'A site with an authority of its own appends the certificate on record, as any page can quote another.',
    document: shown(chains.besideKnown(HOST)).document(),
    verdict: { outcome: 'insufficient' },
  },
};
