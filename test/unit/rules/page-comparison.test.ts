/** Two pages side by side, and a control that was turned away: every threshold from both sides. */
import { describe, expect, test } from 'vitest';
import type { HttpObservation } from '../../../shared/model/index.ts';
import { bearsChallengeMarks, controlRefused, isChallenge } from '../../../shared/rules/control-refused.ts';
import { differsFromControl, looksLikeControls } from '../../../shared/rules/page-difference.ts';
import { draft } from '../../golden/build.ts';
import { page as written, type Page } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTP_URL, IP, names } from '../../golden/scenes.ts';
import { httpAnswer } from './http-answer.ts';

const page = (parts: Partial<HttpObservation> = {}): HttpObservation =>
  httpAnswer({ bodyLength: 1000, ...parts });
const long = { bodyLength: 1000 };
const short = { bodyLength: 100 };

describe('differs from the control’s page', () => {
  test.each<[string, Partial<HttpObservation>, Partial<HttpObservation>, boolean]>([
    ['seven tenths of the length', { bodyLength: 700 }, long, true],
    ['a little more', { bodyLength: 701 }, long, false],
    ['the other way around', long, { bodyLength: 701 }, false],
    ['seven tenths, the other way around', long, { bodyLength: 700 }, true],
    ['nothing against nothing', { bodyLength: 0 }, { bodyLength: 0 }, false],
    ['nothing against something', { bodyLength: 0 }, { bodyLength: 1 }, true],
    ['something against nothing', { bodyLength: 1 }, { bodyLength: 0 }, true],
    ['a length that nobody knows', { bodyLength: null }, long, true],
    ['a length that the control does not know', long, { bodyLength: null }, true],
    ['cut off: its length says nothing', { bodyLength: 10, truncated: true }, long, false],
    ['cut off, length unknown', { bodyLength: null, truncated: true }, long, false],
    ['the control’s is cut off', short, { ...long, truncated: true }, true],
    ['another status', { status: 403 }, { status: 200 }, true],
    ['an error at the control', { status: 200 }, { status: 500 }, false],
    ['almost an error at the control', { status: 200 }, { status: 499 }, true],
    ['an error here', { status: 500 }, { status: 200 }, true],
    ['no status at the control', { status: 200 }, { status: null }, true],
    ['the same bytes, whatever else', { bodySha256: 'a', status: 403 }, { bodySha256: 'a' }, false],
    ['other bytes of the same length', { bodySha256: 'a' }, { bodySha256: 'b' }, false],
  ])('%s: %#', (_what, here, there, differs) => {
    expect(differsFromControl(page(here), page(there))).toBe(differs);
  });

  test.each<[string, string | null, string | null, boolean]>([
    ['a title of one long word', 'Letters', 'Letters', false],
    ['in other letters', 'LETTERS', 'letters', false],
    ['short words aside', 'Letters of 1926', 'Letters to 1927', false],
    ['words of five bytes count', 'words', 'words', false],
    ['words of four do not', 'word', 'word', true],
    ['bytes, not letters', 'хат', 'хат', false],
    ['another word', 'Letters', 'Answers', true],
    ['one word more', 'Letters', 'Letters Answers', true],
    ['no title', null, null, true],
    ['a title here alone', 'Letters', null, true],
  ])('where length says no, %s', (_what, here, there, differs) => {
    expect(differsFromControl(page({ ...short, title: here }), page({ ...long, title: there }))).toBe(
      differs,
    );
  });

  test.each<[string, string, string, boolean]>([
    ['a header that few send', 'x-letters', 'x-letters', false],
    ['a header that all send', 'server', 'server', true],
    ['two headers', 'x-letters', 'x-answers', true],
  ])('where length says no, %s', (_what, here, there, differs) => {
    const both = [
      page({ ...short, headers: [[here, '1']] }),
      page({ ...long, headers: [[there, '2']] }),
    ] as const;
    expect(differsFromControl(...both)).toBe(differs);
  });
});

describe('is the control’s page', () => {
  const uncommon = { headers: [['x-letters', '1']] as const };
  test.each<[string, Partial<HttpObservation>, Partial<HttpObservation>, boolean]>([
    ['the same bytes', { bodySha256: 'a', status: 403 }, { bodySha256: 'a' }, true],
    ['one word of the title', { title: 'Letters here' }, { title: 'Letters there' }, true],
    ['a title of its own', { title: 'Blocked' }, { title: 'Letters' }, false],
    ['no title against one', {}, { title: 'Letters' }, false],
    ['one against no title', { title: 'Blocked' }, {}, false],
    ['short titles, the same', { title: 'abc' }, { title: 'abc' }, true],
    ['short titles, not the same', { title: 'abc' }, { title: 'abd' }, false],
    ['short title against none', {}, { title: 'abc' }, false],
    ['untitled, no bytes to compare', {}, {}, true],
    ['untitled, bytes known on one side', { bodySha256: 'a' }, {}, true],
    ['untitled, bytes known on the other', {}, { bodySha256: 'b' }, true],
    ['untitled, other bytes', { bodySha256: 'a' }, { bodySha256: 'b' }, false],
    [
      'untitled, other bytes, an uncommon header',
      { ...uncommon, bodySha256: 'a' },
      { ...uncommon, bodySha256: 'b' },
      true,
    ],
    ['another status', { status: 404 }, {}, false],
    ['the title, another status', { status: 404, title: 'Letters' }, { title: 'Letters' }, false],
  ])('%s', (_what, here, there, same) => {
    expect(looksLikeControls(page(here), page(there))).toBe(same);
  });
});

describe('a challenge', () => {
  test.each<[string, Partial<HttpObservation>, boolean, boolean]>([
    ['by its header', { status: 403, headers: [['cf-mitigated', 'challenge']] }, true, true],
    ['by another’s header', { status: 503, headers: [['x-sucuri-block', 'x']] }, true, true],
    ['by its title', { status: 429, title: 'Just a moment...' }, true, true],
    ['by the middle of its title', { status: 429, title: 'Not just a moment' }, false, false],
    ['by its server alone', { status: 403, headers: [['server', 'Cloudflare']] }, false, true],
    ['by another server', { status: 403, headers: [['server', 'nginx']] }, false, false],
    ['of another status', { status: 200, title: 'Just a moment...' }, false, false],
    ['of another status, by its server', { status: 404, headers: [['server', 'cloudflare']] }, false, false],
    ['without a status', { status: null, title: 'Just a moment...' }, false, false],
    ['without any mark', { status: 403 }, false, false],
  ])('%s', (_what, parts, marked, challenge) => {
    expect([bearsChallengeMarks(page(parts)), isChallenge(page(parts))]).toEqual([marked, challenge]);
  });
});

describe('a control that was turned away', () => {
  function told(control: Page | { readonly failure: string }, here: Page | { readonly failure: string }) {
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, here);
    d.control({ ...CONTROL_GETS_ALL, http: control });
    const { verdict, case: c } = judged(d.document());
    return [controlRefused(c), verdict.rules.some(({ id }) => id === 'control.refused')];
  }
  const refusal = (status: number): Page => written('Denied', 'No robots.', status);

  test.each([401, 403, 429, 451, 503])('by %i', (status) => {
    expect(told(refusal(status), FRONT_PAGE)).toEqual([true, true]);
  });

  test.each([200, 302, 400, 404, 500])('not by %i', (status) => {
    expect(told(refusal(status), FRONT_PAGE)).toEqual([false, false]);
  });

  test('nor by a failure, nor if the same was said here', () => {
    expect(told({ failure: 'connection_reset' }, FRONT_PAGE)).toEqual([false, false]);
    expect(told(refusal(403), refusal(403))).toEqual([false, false]);
    // Word for word what the control was told, under another number.
    expect(told(refusal(403), refusal(429))).toEqual([true, false]);
    expect(told(refusal(403), written('Slower', 'Too many.', 429))).toEqual([true, true]);
  });

  test('what failed here can’t be compared either; what never was asked is nothing', () => {
    expect(told(refusal(403), { failure: 'connection_reset' })).toEqual([true, true]);
    expect(told(refusal(403), { failure: 'interrupted' })).toEqual([true, false]);
  });

  test('no control, no refusal', () => {
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, FRONT_PAGE);
    expect(controlRefused(judged(d.document()).case)).toBe(false);
  });
});
