import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  tlsStep,
} from '../scenes.ts';

const DEAD = { failure: 'generic_timeout_error' } as const;
const KIND = 'tls.sni_at_reflector';

const alive = (d: Draft) => tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
const dead = (d: Draft) => tlsStep(d, 'reflector', { sni: MIRROR, ...DEAD });
const named = (d: Draft) => tlsStep(d, 'reflector', { sni: HOST, ...DEAD });

function silentSite(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(DEAD);
  d.control(CONTROL_GETS_ALL);
  return d;
}

const punished = silentSite();
punished.pair({ ...AT_MIRROR(KIND), punished: [dead(punished)] }, alive(punished), named(punished));
punished.pair({ ...AT_MIRROR(KIND), punished: [dead(punished)] }, alive(punished), named(punished));

/** The same deaths, but once the innocuous name died without the other being said in between. */
const outages = silentSite();
outages.pair(
  { ...AT_MIRROR(KIND), punished: [dead(outages), alive(outages), dead(outages)] },
  alive(outages),
  named(outages),
);
outages.pair({ ...AT_MIRROR(KIND), punished: [dead(outages)] }, alive(outages), named(outages));

export const golden: GoldenCase = {
  fires: {
    story: 'Each time the name was said the whole client fell silent, and it came back before the next time.',
    document: punished.document(),
    finding: {
      outcome: 'interfered',
      method: 'tls.sni_timeout',
      evidence: 'strong',
      because: ['tls-4', 'tls-5', 'tls-6', 'tls-7', 'tls-8', 'tls-9', 'tls-10'],
      counterfactuals: ['p1', 'p2'],
    },
  },
  lookAlike: {
    story: 'A line that goes and comes: once the innocuous name died with no other name said before it.',
    document: outages.document(),
    verdict: { outcome: 'suspected', method: 'tls.sni_timeout', evidence: 'weak' },
  },
};
