import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import { AT_SITE, CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE, tlsStep } from '../scenes.ts';

const UNTRUSTED = { failure: 'ssl_unknown_authority', chain: chains.unknown(HOST) } as const;

function untrusted(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(UNTRUSTED);
  return d;
}

const reader = untrusted();
const neighbour = tlsStep(reader, 'site', { sni: 'example.com', chain: chains.trusted('example.com') });
reader.pair(AT_SITE('tls.chain_at_address'), neighbour, tlsStep(reader, 'site', UNTRUSTED), neighbour);
reader.control(CONTROL_GETS_ALL);

const office = untrusted();
office.control({
  ...CONTROL_GETS_ALL,
  tls: { [SECURE]: UNTRUSTED },
  http: { failure: 'ssl_unknown_authority' },
});

export const golden: GoldenCase = {
  fires: {
    story: 'Another chain than the control’s, at the same address, where another name gets a trusted one.',
    document: reader.document(),
    finding: {
      outcome: 'suspected',
      method: 'tls.interception',
      authority: 'unknown',
      evidence: 'strong',
      because: ['tls-4', 'tls-5', 'tls-7', `control-tls-${SECURE}`],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'A state office with an authority of its own: the control is shown the same chain.',
    document: office.document(),
    verdict: { outcome: 'down', cause: 'certificate_misconfigured' },
  },
};
