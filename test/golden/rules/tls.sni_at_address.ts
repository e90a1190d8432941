import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE, tlsStep } from '../scenes.ts';

const DEAD = { failure: 'generic_timeout_error' } as const;

function deadSite(innocuous: { readonly failure: string }): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(DEAD);
  const other = tlsStep(d, 'site', { sni: 'example.com', ...innocuous });
  d.pair(AT_SITE('tls.sni_at_address'), other, tlsStep(d, 'site', { sni: HOST, ...DEAD }), other);
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'At the site’s address a name that it does not know gets an alert, its own name silence.',
    document: deadSite({ failure: 'ssl_failed_handshake' }).document(),
    finding: {
      outcome: 'interfered',
      method: 'tls.sni_timeout',
      evidence: 'strong',
      because: ['tls-4', 'tls-5', 'tls-6', 'tls-7', `control-tls-${SECURE}`],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'The server’s firewall drops this whole network after the handshake of TCP, whatever the name.',
    document: deadSite(DEAD).document(),
    verdict: { outcome: 'suspected', method: 'tls.sni_timeout', evidence: 'weak' },
  },
};
