import type { Page, Pages } from './scenario.ts';

const HTML = ['Content-Type', 'text/html; charset=utf-8'] as const;

function html(status: number, title: string, text: string, extra: Page['headers'] = []): Page {
  const body = `<!doctype html>\n<html><head><meta charset="utf-8"><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<p>${text}</p>\n</body></html>\n`;
  return { status, headers: [HTML, ...extra], body };
}

/** An ordinary front page; the text differs from site to site, as bodies of unrelated sites do. */
export function frontPage(title: string): Pages {
  const text =
    `${title}: reports, photographs and a calendar of the week. Басты бет. Главная страница. `.repeat(12);
  return { '/': html(200, title, text) };
}

/** A page of about so many bytes, for what shows only on longer transfers. */
export function longPage(title: string, bytes: number): Pages {
  const line = `${title}: the archive of the week, day by day, with all letters of readers. Мұрағат. `;
  return { '/': html(200, title, line.repeat(Math.ceil(bytes / line.length))) };
}

export function redirectPage(location: string, status = 301): Pages {
  return { '/': html(status, 'Moved', 'The page has moved.', [['Location', location]]) };
}

export const NOT_FOUND_PAGE = html(404, 'Not found', 'There is no such page here.');

/** What a content delivery network shows to a visitor whom it takes for a robot. */
export const CHALLENGE_PAGE = html(503, 'Just a moment...', 'Checking your browser before you go on.', [
  ['Server', 'cloudflare'],
  ['CF-Mitigated', 'challenge'],
  ['Retry-After', '5'],
]);

export const GEO_REFUSAL_PAGE = html(403, 'Not available', 'This service is not offered in your country.', [
  ['Server', 'origin'],
]);

/** RFC 7725 names the blocking party by `rel="blocked-by"`; here it is the network, not the origin. */
export const INJECTED_451_PAGE = html(451, 'Unavailable', 'Access is restricted on legal demand.', [
  ['Link', '<http://operator.example/legal>; rel="blocked-by"'],
]);

/** The origin's own 451, which names the origin. */
export const ORIGIN_451_PAGE = html(451, 'Unavailable', 'We were told to remove this page.', [
  ['Link', '<https://takedown-news.example/>; rel="blocked-by"'],
]);

/** The string by which the injected page below is recognised; made for the lab, shown by no real network. */
export const LAB_BLOCKPAGE_PATTERN = 'kuager-lab-blockpage-7d1f';

/** An operator's page for blocked names, which shows no site of anybody else; and its notices, a site of its own. */
export const LAB_BLOCKPAGE_ADDRESS = '11.48.1.66';
export const LAB_NOTICES_ADDRESS = '11.48.2.10';

const ON_RECORD = {
  scope: 'isp',
  country: '',
  source: 'test/scenarios/pages.ts: made for the test lab',
  date_read: '2026-11-22',
  notes: '',
} as const;
const address = (id: string, pattern: string) =>
  ({ id, where: 'address', match: 'equals', pattern, ...ON_RECORD }) as const;
/** Columns of testlists/fingerprints/blockpages.csv; the values need no quoting. */
const LAB_BLOCKPAGES = [
  { id: 'lab-blockpage', where: 'body', match: 'contains', pattern: LAB_BLOCKPAGE_PATTERN, ...ON_RECORD },
  address('lab-blockpage-address', LAB_BLOCKPAGE_ADDRESS),
  address('lab-notices-address', LAB_NOTICES_ADDRESS),
] as const;

/** For a runner to add to that file's rows. */
export const LAB_BLOCKPAGE_ROWS = LAB_BLOCKPAGES.map((row) => `${Object.values(row).join(',')}\n`).join('');
/** The same as a file of its own. */
export const LAB_BLOCKPAGES_CSV = `${Object.keys(LAB_BLOCKPAGES[0]).join(',')}\n${LAB_BLOCKPAGE_ROWS}`;

export const INJECTED_BLOCKPAGE = html(
  200,
  'Қолжетімділік шектелген',
  `Доступ к ресурсу ограничен. <!-- ${LAB_BLOCKPAGE_PATTERN} -->`,
);

/** A block page that nobody has on record. */
export const UNKNOWN_BLOCKPAGE = html(200, 'Access closed', 'This address is closed by your operator.');

/** The same, on a server of the operator's own. */
export const NOTICE_REDIRECT_PAGE = html(302, 'Notice', 'Moved.', [
  ['Location', 'http://notice.operator-lab.example/closed'],
]);

export const UNAVAILABLE_PAGE = html(503, 'Service unavailable', 'Try again in a minute.');

/** What an operator shows on a line that has not been paid for. */
export const TOP_UP_PAGE = html(302, 'Balance', 'Top up to go on.', [
  ['Location', 'http://balance.operator-lab.example/'],
]);

export const LOGIN_REDIRECT_PAGE = html(302, 'Login', 'Log in by SMS to use this network.', [
  ['Location', 'http://login.wifi-lab.example/'],
]);
