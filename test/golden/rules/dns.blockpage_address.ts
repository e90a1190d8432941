import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { BLOCKPAGE_ADDRESS } from '../context.ts';
import { FRONT_PAGE, HTTP_URL, HTTPS_URL, CONTROL_GETS_ALL, IP, names } from '../scenes.ts';

const sent = draft(HTTPS_URL);
sent.lookup([BLOCKPAGE_ADDRESS]);
sent.wire([BLOCKPAGE_ADDRESS]);
sent.doh([IP]);
sent.control(CONTROL_GETS_ALL);

const notice = draft(HTTP_URL);
names(notice, [BLOCKPAGE_ADDRESS]);
notice.tcp(BLOCKPAGE_ADDRESS, 80);
notice.http(HTTP_URL, FRONT_PAGE);
notice.control({
  addresses: [BLOCKPAGE_ADDRESS],
  tcp: { [`${BLOCKPAGE_ADDRESS}:80`]: null },
  http: FRONT_PAGE,
});

export const golden: GoldenCase = {
  fires: {
    story: 'The resolver sends a name to the operator’s block page, whose address is on record.',
    document: sent.document(),
    finding: {
      outcome: 'interfered',
      method: 'dns.blockpage_address',
      evidence: 'confirmed',
      because: ['dns-1', 'control-dns', 'dns-3'],
    },
  },
  lookAlike: {
    story: 'The operator’s site about blocking lives at that address, for everybody.',
    document: notice.document(),
    verdict: { outcome: 'accessible' },
  },
};
