import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { FRONT_PAGE, HTTPS_URL, names } from '../scenes.ts';
import type { ControlSays } from '../control.ts';

const PRIVATE = '192.168.7.20';

function intranet(http: ControlSays['http']): Draft {
  const d = draft(HTTPS_URL);
  names(d, [PRIVATE]);
  d.control({ addresses: [PRIVATE], http });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'A private address for everyone, and nobody gets a page.',
    document: intranet({ failure: 'generic_timeout_error' }).document(),
    finding: {
      outcome: 'down',
      cause: 'site_misconfigured',
      evidence: 'strong',
      because: ['dns-1', 'control-dns', 'control-http'],
    },
  },
  lookAlike: {
    story: 'The control stands inside that network and gets the page: the site is not down.',
    document: intranet(FRONT_PAGE).document(),
    verdict: { outcome: 'insufficient' },
  },
};
