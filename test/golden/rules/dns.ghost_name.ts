import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { page, type Page } from '../control.ts';
import { AT_SITE, CONTROL_KNOWS_NO_NAME, HOST, HTTP_URL, MIRROR, MIRROR_NOTE, OTHER_IP } from '../scenes.ts';

const NO = 'dns_nxdomain_error';
const NOTICE = page('Notice', 'Not here.');

function gone(forMirror: Page, innocuous: string | readonly string[] = NO): Draft {
  const d = draft(HTTP_URL);
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh(NO);
  d.tcp(OTHER_IP, 80);
  d.http(HTTP_URL, NOTICE);
  const other = (label: string) => () =>
    void d.ask({ via: 'udp', says: innocuous, name: `${label}.${MIRROR}` });
  d.pair(
    { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
    other('k7qd1x'),
    () => void d.ask({ via: 'udp', says: innocuous, name: `p02mzv.${HOST}` }),
    other('t9c4ha'),
    () => void d.ask({ via: 'doh', says: NO, name: `p02mzv.${HOST}` }),
  );
  d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR, beside: MIRROR_NOTE }, () => {
    d.tcp(OTHER_IP, 80);
    d.http(`http://${MIRROR}/`, forMirror);
  });
  d.control({ ...CONTROL_KNOWS_NO_NAME, parent: 'denied' });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'A domain that is dead everywhere leads to a server that says the same to every name.',
    document: gone(NOTICE).document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.wrong_address',
      evidence: 'strong',
      because: ['dns-1', 'dns-3', 'control-dns', 'http-4', 'dns-5', 'dns-6', 'dns-7', 'dns-8', 'http-9'],
      counterfactuals: ['p1', 'p2'],
    },
  },
  lookAlike: {
    story: 'The resolver answers for every name that doesn’t exist, with its operator’s search page.',
    document: gone(NOTICE, [OTHER_IP]).document(),
    verdict: { outcome: 'down', cause: 'domain_suspended' },
  },
};
