import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains } from '../chains.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  MIRROR_NOTE,
  OTHER_IP,
  SITE_CHAIN,
} from '../scenes.ts';

const EDGE_CHAIN = chains.trusted('edge.example');

function reached(shown: { readonly chain: typeof EDGE_CHAIN; readonly failure?: string }): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh([IP]);
  d.tcp(OTHER_IP, 443);
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, FRONT_PAGE);
  d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR, beside: MIRROR_NOTE }, () => {
    d.tcp(OTHER_IP, 443);
    d.tls({ ...shown, sni: MIRROR });
  });
  d.control(CONTROL_GETS_ALL);
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The page came, through an address that relays to whatever name is said: the reflector’s too.',
    document: reached({ chain: MIRROR_CHAIN }).document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.wrong_address',
      evidence: 'confirmed',
      because: ['dns-1', 'tls-5', 'control-dns', 'dns-3'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'A CDN’s nearby edge: asked for a name that it doesn’t serve, it shows a certificate of its own.',
    document: reached({ chain: EDGE_CHAIN, failure: 'ssl_invalid_hostname' }).document(),
    verdict: { outcome: 'accessible' },
  },
};
