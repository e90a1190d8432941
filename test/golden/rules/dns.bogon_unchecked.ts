import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { HTTPS_URL, IP } from '../scenes.ts';

const alone = draft(HTTPS_URL);
alone.lookup(['127.0.0.1']);
alone.doh('generic_timeout_error');

const publicAnswer = draft(HTTPS_URL);
publicAnswer.lookup([IP]);
publicAnswer.doh('generic_timeout_error');

export const golden: GoldenCase = {
  fires: {
    story: 'A loopback address, and neither the control nor a second resolver could be asked.',
    document: alone.document(),
    finding: { outcome: 'suspected', method: 'dns.bogon', evidence: 'weak', because: ['dns-1'] },
  },
  lookAlike: {
    story: 'Nobody could be asked either, but the address is one that a site may have.',
    document: publicAnswer.document(),
    verdict: { outcome: 'insufficient' },
  },
};
