/** When two answers are the same, whose page it is, and what a page says that asks for a proof of being human. */
import { describe, expect, test } from 'vitest';
import type { HttpObservation } from '../../../shared/model/index.ts';
import { bearsChallengeMarks, isChallenge } from '../../../shared/rules/control-refused.ts';
import { methodOfAnswer, sameSymptom } from '../../../shared/rules/http-facts.ts';
import { originsWord } from '../../../shared/rules/origin-over-tls.ts';
import { differsFromControl, looksLikeControls } from '../../../shared/rules/page-difference.ts';
import { draft, type HttpSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { page, type Page } from '../../golden/control.ts';
import { BLOCKPAGE_PHRASE } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import { AT_SITE, CONTROL_GETS_ALL, HOST, HTTP_URL, IP, names, SITE_CHAIN } from '../../golden/scenes.ts';
import { httpAnswer } from './http-answer.ts';

type Change = Partial<HttpObservation>;
const to = (location: string): Change => ({ status: 302, headers: [['location', location]] });

describe('two answers show the same symptom', () => {
  test.each<[string, Change, Change, boolean]>([
    ['both reset', { failure: 'connection_reset' }, { failure: 'connection_aborted' }, true],
    ['reset and silence', { failure: 'connection_reset' }, { failure: 'generic_timeout_error' }, false],
    ['reset and a page', { failure: 'connection_reset' }, {}, false],
    ['a page and a reset', {}, { failure: 'connection_reset' }, false],
    ['failures that say nothing of the path', { failure: 'unknown_failure' }, { failure: 'unknown_failure' }, false],
    ['two statuses of one page', { status: 200, title: 'a' }, { status: 403, title: 'a' }, false],
    ['one hash', { bodySha256: 'aa' }, { bodySha256: 'aa' }, true],
    ['two hashes', { bodySha256: 'aa' }, { bodySha256: 'bb' }, false],
    ['one title', { title: 'Notice', bodyLength: 3 }, { title: 'Notice', bodyLength: 4 }, true],
    ['two titles', { title: 'Notice' }, { title: 'Letters' }, false],
    ['one length', { bodyLength: 3 }, { bodyLength: 3 }, true],
    ['two lengths', { bodyLength: 3 }, { bodyLength: 4 }, false],
    ['nothing to compare', {}, {}, false],
    ['451 with two pages', { status: 451, title: 'a' }, { status: 451, title: 'b' }, true],
    ['one destination', to('http://notice.test/'), to('http://notice.test/'), true],
    ['one destination with a number of the visit', to('http://notice.test/p?n=1'), to('http://notice.test/p?n=2'), true],
    ['two destinations on one server', to('http://notice.test/a'), to('http://notice.test/b'), false],
    ['two servers', to('http://notice.test/a'), to('http://other.test/a'), false],
    ['destinations that nobody can read', to('http://'), to('http://['), false],
    ['redirects whose pages are alike', { ...to('http://a.test/'), title: 'x' }, { ...to('http://b.test/'), title: 'x' }, false],
  ])('%s', (_, a, b, same) => {
    expect(sameSymptom(httpAnswer(a), httpAnswer(b))).toBe(same);
    expect(sameSymptom(httpAnswer(b), httpAnswer(a))).toBe(same);
  }); // prettier-ignore
});

describe('what the path did', () => {
  test.each<[Change, string | null]>([
    [{ failure: 'connection_reset' }, 'http.host_reset'],
    [{ failure: 'generic_timeout_error' }, 'http.host_timeout'],
    [{ failure: 'eof_error' }, 'http.host_close'],
    [{ failure: 'ssl_invalid_hostname' }, null],
    [{ status: 451 }, 'http.status_451'],
    [{ status: 299 }, 'http.blockpage'],
    [{ status: 300 }, 'http.redirect_blockpage'],
    [{ status: 399 }, 'http.redirect_blockpage'],
    [{ status: 400 }, 'http.blockpage'],
    [{ status: 200 }, 'http.blockpage'],
  ])('%j is %s', (change, method) => {
    expect(methodOfAnswer(httpAnswer(change))).toBe(method);
  });
});

describe('a page beside the control’s', () => {
  const OWN: Change = { title: 'Letters from the district', bodyLength: 1000, bodySha256: 'aa' };
  const OTHER: Change = { title: 'Notice', bodyLength: 100, bodySha256: 'bb' };
  const rare = { headers: [['x-letters', '1']] } as const;

  test.each<[string, Change, Change, { differs: boolean; looks: boolean }]>([
    ['the same bytes', { ...OTHER, status: 404, bodySha256: 'aa' }, OWN, { differs: false, looks: true }],
    ['nothing alike', OTHER, OWN, { differs: true, looks: false }],
    // More than seven tenths of the length.
    ['a length of 701 in 1000', { ...OTHER, bodyLength: 701 }, OWN, { differs: false, looks: false }],
    ['a length of 700 in 1000', { ...OTHER, bodyLength: 700 }, OWN, { differs: true, looks: false }],
    ['a length of 1429 to 1000', { ...OTHER, bodyLength: 1429 }, OWN, { differs: true, looks: false }],
    ['no body', { ...OTHER, bodyLength: 0 }, OWN, { differs: true, looks: false }],
    ['no body twice', { ...OTHER, bodyLength: 0 }, { ...OWN, bodyLength: 0 }, { differs: false, looks: false }],
    ['a body cut at our limit', { ...OTHER, truncated: true }, OWN, { differs: false, looks: false }],
    ['unknown lengths', { ...OTHER, bodyLength: null }, { ...OWN, bodyLength: null }, { differs: true, looks: false }],
    ['an uncommon header in common', { ...OTHER, ...rare }, { ...OWN, ...rare }, { differs: false, looks: false }],
    ['a header of every server', { ...OTHER, headers: [['server', 'x']] }, { ...OWN, headers: [['server', 'x']] }, { differs: true, looks: false }],
    ['the title, another length', { ...OTHER, title: OWN.title! }, OWN, { differs: false, looks: true }],
    ['the title in capitals', { ...OTHER, title: 'LETTERS FROM THE DISTRICT' }, OWN, { differs: false, looks: true }],
    ['a word of the title, near its length', { ...OTHER, title: 'Old letters', bodyLength: 900 }, OWN, { differs: false, looks: true }],
    // Words of four letters are in every title.
    ['short words in common', { ...OTHER, title: 'From afar', bodyLength: 900 }, { ...OWN, title: 'News from home' }, { differs: false, looks: false }],
    ['a short title', { ...OTHER, title: 'News', bodyLength: 900 }, { ...OWN, title: 'News' }, { differs: false, looks: true }],
    ['another short title', { ...OTHER, title: 'Stop', bodyLength: 900 }, { ...OWN, title: 'News' }, { differs: false, looks: false }],
    ['no titles, near its length, other bytes', { ...OTHER, title: '', bodyLength: 900 }, { ...OWN, title: '' }, { differs: false, looks: false }],
    ['no titles, near its length, a rare header', { ...OTHER, ...rare, title: '', bodyLength: 900 }, { ...OWN, ...rare, title: '' }, { differs: false, looks: true }],
    ['no titles, near its length, no hash', { ...OTHER, title: '', bodyLength: 900, bodySha256: null }, { ...OWN, title: '' }, { differs: false, looks: true }],
    ['a title where the control has none', { ...OTHER, bodyLength: 900 }, { ...OWN, title: '' }, { differs: false, looks: false }],
    ['another status', { ...OWN, bodySha256: 'bb', status: 403 }, OWN, { differs: true, looks: false }],
    // The control's server failed: what it would have sent is unknown.
    ['a page, and 500 at the control', { ...OWN, bodySha256: 'bb' }, { ...OWN, status: 500 }, { differs: false, looks: true }],
    ['a page, and 499 at the control', { ...OWN, bodySha256: 'bb' }, { ...OWN, status: 499 }, { differs: true, looks: false }],
  ])('%s', (_, mine, controls, { differs, looks }) => {
    expect(differsFromControl(httpAnswer(mine), httpAnswer(controls))).toBe(differs);
    expect(looksLikeControls(httpAnswer(mine), httpAnswer(controls))).toBe(looks);
  }); // prettier-ignore
});

describe('a proof of being human is asked for by', () => {
  test.each<[string, Change, boolean, boolean]>([
    ['a mark', { status: 403, headers: [['cf-mitigated', 'challenge']] }, true, true],
    ['another mark', { status: 503, headers: [['x-sucuri-block', '1']] }, true, true],
    ['its title', { status: 429, title: 'Just a moment...' }, true, true],
    ['a title that quotes it', { status: 429, title: 'Wait just a moment' }, false, false],
    ['the name of a large network', { status: 403, headers: [['server', 'cloudflare']] }, false, true],
    ['nothing', { status: 403 }, false, false],
    ['no refusal', { status: 200, headers: [['cf-mitigated', 'challenge']], title: 'Just a moment...' }, false, false],
    ['a large network’s ordinary page', { status: 200, headers: [['server', 'cloudflare']] }, false, false],
    ['no status', { status: null, title: 'Just a moment...' }, false, false],
  ])('%s', (_, change, marks, challenge) => {
    expect(bearsChallengeMarks(httpAnswer(change))).toBe(marks);
    expect(isChallenge(httpAnswer(change))).toBe(challenge);
  }); // prettier-ignore
});

describe('the origin’s own word over TLS', () => {
  interface Asked {
    readonly plain: HttpSays;
    readonly secure: HttpSays;
    readonly path?: string;
    readonly at?: string;
    readonly chain?: readonly Uint8Array[];
    readonly sni?: string;
  }
  /** Whether the plain answer is taken for the site's own. */
  function isOwn({ plain, secure, path = '/', at = '/', chain = SITE_CHAIN, sni = HOST }: Asked): boolean {
    const url = `http://${HOST}${path}`;
    const d = draft(url);
    names(d);
    d.tcp(IP, 80);
    d.http(url, plain);
    d.pair(AT_SITE('http.over_tls'), () => {
      d.tcp(IP, 443);
      d.tls({ chain, sni });
      d.http(`https://${HOST}${at}`, secure);
    });
    d.control(CONTROL_GETS_ALL);
    const { case: c } = judged(d.document());
    return originsWord(c, c.hops[0]!) !== null;
  }
  const refusal = page('Not here', 'We do not serve your country.', 451);
  const same = { plain: refusal, secure: refusal };
  const redirect = (location?: string): Page => ({
    status: 302,
    headers: location === undefined ? [] : [['Location', location]],
  });

  test.each<[string, Asked, boolean]>([
    ['is the same answer', same, true],
    ['is no answer to another path', { ...same, at: '/other' }, false],
    ['is no answer to another question', { ...same, path: '/?a', at: '/?b' }, false],
    ['answers path and question', { ...same, path: '/p?a', at: '/p?a' }, true],
    ['needs a chain that is trusted', { ...same, chain: chains.unknown(HOST) }, false],
    ['needs its own name', { ...same, sni: 'neighbour.example' }, false],
    ['needs an answer over TLS', { plain: refusal, secure: { failure: 'connection_reset' } }, false],
    ['needs an answer over plain HTTP', { plain: { failure: 'connection_reset' }, secure: refusal }, false],
    ['has the same status', { plain: refusal, secure: { ...refusal, status: 403 } }, false],
    ['may have other bytes under the same title', { plain: refusal, secure: page('Not here', 'Number 2.', 451) }, true],
    ['has the same title', { plain: refusal, secure: page('Elsewhere', 'Number 2.', 451) }, false],
    ['shares no title that is empty', { plain: page('', 'a', 451), secure: page('', 'b', 451) }, false],
    ['shares no body that is empty', { plain: { status: 451 }, secure: { status: 451 } }, false],
    ['redirects to the same place', { plain: redirect('https://x.test/'), secure: redirect('https://x.test/') }, true],
    ['redirects to no other place', { plain: redirect('https://x.test/'), secure: redirect('https://y.test/') }, false],
    ['redirects nowhere', { plain: redirect(), secure: redirect() }, false],
  ])('%s', (_, asked, own) => {
    expect(isOwn(asked)).toBe(own);
  }); // prettier-ignore
});

describe('a page on record as a block page', () => {
  function accused(mine: HttpSays, control: Page, url = HTTP_URL): boolean {
    const d = draft(url);
    names(d);
    d.tcp(IP, 80);
    d.http(url, mine);
    d.control({ ...CONTROL_GETS_ALL, http: control });
    const { rules } = judged(d.document()).verdict;
    return rules.some(({ id, outcome }) => id === 'http.blockpage_fingerprint' && outcome === 'interfered');
  }
  const recorded = page('Notice', BLOCKPAGE_PHRASE);
  const ordinary = page('Letters', 'a letter');

  test('accuses', () => {
    expect(accused(recorded, ordinary)).toBe(true);
  });
  test('that the control is shown too is the site’s own', () => {
    expect(accused(recorded, recorded)).toBe(false);
  });
  test('of the same length and title as the control’s is another page', () => {
    expect(accused(recorded, page('Notice', BLOCKPAGE_PHRASE.toUpperCase()))).toBe(true);
  });
  test('without its phrase accuses nobody', () => {
    expect(accused(page('Notice', 'Limited.'), ordinary)).toBe(false);
    expect(accused({ failure: 'connection_reset' }, ordinary)).toBe(false);
  });
});
