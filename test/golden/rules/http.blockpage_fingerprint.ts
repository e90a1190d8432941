import { draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { BLOCKPAGE_PHRASE } from '../context.ts';
import { page } from '../control.ts';
import { CONTROL_GETS_ALL, HTTP_URL, IP, names } from '../scenes.ts';

const BLOCKPAGE = page('Access limited', `<!-- ${BLOCKPAGE_PHRASE} -->`);
const ARTICLE = page('How block pages look', `One of them contains “${BLOCKPAGE_PHRASE}”. `.repeat(20));

const blocked = draft(HTTP_URL);
names(blocked);
blocked.tcp(IP, 80);
blocked.http(HTTP_URL, BLOCKPAGE);
blocked.control(CONTROL_GETS_ALL);

const quoted = draft(HTTP_URL);
names(quoted);
quoted.tcp(IP, 80);
quoted.http(HTTP_URL, ARTICLE);
quoted.control({ ...CONTROL_GETS_ALL, http: ARTICLE });

export const golden: GoldenCase = {
  fires: {
    story: 'A block page on record in place of the page that the control gets.',
    document: blocked.document(),
    finding: { outcome: 'interfered', method: 'http.blockpage', evidence: 'strong', because: ['http-4'] },
  },
  lookAlike: {
    story: 'A report about block pages quotes one; the control is given the same report.',
    document: quoted.document(),
    verdict: { outcome: 'accessible' },
  },
};
