import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SITE_CHAIN, tlsStep } from '../scenes.ts';

const SILENT = { failure: 'generic_timeout_error' } as const;

function silentOnce(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(SILENT);
  return d;
}
const split = (d: Draft) =>
  d.pair(AT_SITE('tls.split_client_hello'), tlsStep(d, 'site', { chain: SITE_CHAIN, split: true }));
const innocuous = (d: Draft) => tlsStep(d, 'site', { sni: 'example.com', ...SILENT });

const box = silentOnce();
box.pair(
  AT_SITE('tls.sni_at_address'),
  innocuous(box),
  tlsStep(box, 'site', { sni: HOST, ...SILENT }),
  innocuous(box),
);
split(box);
box.control(CONTROL_GETS_ALL);

const hiccup = silentOnce();
split(hiccup);
hiccup.control(CONTROL_GETS_ALL);

export const golden: GoldenCase = {
  fires: {
    story: 'The name died twice in one piece and passes in two, at the same address.',
    document: box.document(),
    finding: {
      outcome: 'interfered',
      method: 'tls.sni_timeout',
      evidence: 'confirmed',
      because: ['tls-4', 'tls-8', 'tls-5', 'tls-6', 'tls-7'],
      counterfactuals: ['p2', 'p1'],
    },
  },
  lookAlike: {
    story: 'One lost packet: what was asked again, in two pieces, would have passed in one.',
    document: hiccup.document(),
    verdict: { outcome: 'suspected', method: 'tls.sni_timeout', evidence: 'weak' },
  },
};
