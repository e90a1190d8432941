/** Plain answers compared at two places, pairs that tell a path from a host, and what was tried too seldom. */
import { describe, expect, test } from 'vitest';
import type { HttpObservation } from '../../../shared/model/index.ts';
import {
  failedAgain,
  methodOfAnswer,
  pathPairs,
  sameSymptom,
  urlScope,
} from '../../../shared/rules/http-facts.ts';
import { draft, type Draft, type HttpSays } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  FRONT_PAGE,
  HOST,
  httpStep,
  HTTP_URL,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  names,
  OTHER_IP,
} from '../../golden/scenes.ts';
import { httpAnswer } from './http-answer.ts';

const RESET = 'connection_reset';
const SILENT = 'generic_timeout_error';
const NOTICE = 'http://notice.example/blocked';

const moved = (location?: string, status = 302): HttpObservation =>
  httpAnswer({ status, headers: location === undefined ? [] : [['location', location]] });

describe('the same symptom', () => {
  test.each<[string, HttpObservation, HttpObservation, boolean]>([
    ['two resets', httpAnswer({ failure: RESET }), httpAnswer({ failure: RESET }), true],
    ['reset and silence', httpAnswer({ failure: RESET }), httpAnswer({ failure: SILENT }), false],
    ['two spellings of silence', httpAnswer({ failure: 'timed_out' }), httpAnswer({ failure: SILENT }), true],
    [
      'failures that say nothing',
      httpAnswer({ failure: 'interrupted' }),
      httpAnswer({ failure: 'interrupted' }),
      false,
    ],
    ['a reset and an answer', httpAnswer({ failure: RESET }), httpAnswer(), false],
    ['an answer and a reset', httpAnswer(), httpAnswer({ failure: RESET }), false],
    ['pages of one hash', httpAnswer({ bodySha256: 'a' }), httpAnswer({ bodySha256: 'a' }), true],
    ['pages of two', httpAnswer({ bodySha256: 'a' }), httpAnswer({ bodySha256: 'b' }), false],
    ['pages of one title', httpAnswer({ title: 'No' }), httpAnswer({ title: 'No' }), true],
    ['pages of two titles', httpAnswer({ title: 'No' }), httpAnswer({ title: 'Yes' }), false],
    ['pages of one length', httpAnswer({ bodyLength: 9 }), httpAnswer({ bodyLength: 9 }), true],
    ['pages of two lengths', httpAnswer({ bodyLength: 9 }), httpAnswer({ bodyLength: 8 }), false],
    ['pages of which nothing is known', httpAnswer(), httpAnswer(), false],
    [
      'one page under two numbers',
      httpAnswer({ title: 'No' }),
      httpAnswer({ title: 'No', status: 403 }),
      false,
    ],
    [
      '451 and 451, whatever the page',
      httpAnswer({ status: 451, title: 'a' }),
      httpAnswer({ status: 451, title: 'b' }),
      true,
    ],
    ['one destination', moved(NOTICE), moved(NOTICE), true],
    ['one destination, two visits', moved(`${NOTICE}?t=1`), moved(`${NOTICE}?t=2#x`), true],
    ['two destinations', moved(NOTICE), moved('http://notice.example/other'), false],
    ['two servers', moved(NOTICE), moved('http://else.example/blocked'), false],
    ['destinations as they are written at home', moved('/no?t=1'), moved(`http://${HOST}/no`), true],
    ['destinations that are none', moved('http://['), moved('http://['), true],
    ['two that are none', moved('http://['), moved('http://]'), false],
    ['a destination and none', moved(NOTICE), moved(), false],
    ['redirects that say nowhere', moved(), moved(), true],
    ['redirects of two kinds', moved(NOTICE), moved(NOTICE, 301), false],
    ['300 is a redirect', moved(NOTICE, 300), moved(NOTICE, 300), true],
    ['399 is one', moved(NOTICE, 399), moved(NOTICE, 399), true],
    ['400 is none', moved(NOTICE, 400), moved(NOTICE, 400), false],
    ['299 is none', moved(NOTICE, 299), moved(NOTICE, 299), false],
    ['no status, no redirect', httpAnswer({ status: null }), httpAnswer({ status: null }), false],
  ])('%s: %#', (_what, a, b, same) => {
    expect(sameSymptom(a, b)).toBe(same);
  });
});

test.each<[HttpObservation, string | null]>([
  [httpAnswer({ failure: RESET }), 'http.host_reset'],
  [httpAnswer({ failure: SILENT }), 'http.host_timeout'],
  [httpAnswer({ failure: 'interrupted' }), null],
  [httpAnswer({ status: 451 }), 'http.status_451'],
  [moved(NOTICE), 'http.redirect_blockpage'],
  [httpAnswer(), 'http.blockpage'],
  [httpAnswer({ status: 403 }), 'http.blockpage'],
])('an answer that is somebody else’s: %#', (o, method) => {
  expect(methodOfAnswer(o)).toBe(method);
});

describe('pairs at `/` and at a path', () => {
  interface Parts {
    readonly path?: string;
    readonly asked?: string;
    readonly around?: string;
    readonly host?: string;
    readonly innocuous?: HttpSays;
    readonly suspect?: HttpSays;
    readonly more?: Parts;
  }
  const PATH = '/letters?page=2';

  function made(d: Draft, parts: Parts): void {
    const { path = PATH, asked = path, around = '/', host = HOST } = parts;
    const { innocuous = MIRROR_ANSWER, suspect = { failure: RESET } } = parts;
    d.pair(
      AT_MIRROR('http.path_at_reflector'),
      httpStep(d, host, innocuous, around),
      httpStep(d, HOST, suspect, asked),
      httpStep(d, host, innocuous, around),
    );
  }

  function scope(parts: Parts): unknown {
    const { path = PATH } = parts;
    const url = `http://${HOST}${path}`;
    const d = draft(url);
    names(d);
    d.tcp(IP, 80);
    d.http(url, { failure: RESET });
    made(d, parts);
    if (parts.more !== undefined) made(d, parts.more);
    const { case: c } = judged(d.document());
    const hop = c.hops[0]!;
    const site = hop.http[0]!;
    expect(pathPairs(c, hop, site).length > 0).toBe(urlScope(c, hop, site) !== null);
    return urlScope(c, hop, site);
  }

  test('that die at the path alone: one URL', () => {
    expect(scope({})).toEqual({ level: 'url', affected: `http://${HOST}${PATH}`, siblings: [] });
  });

  test('a fragment is nobody’s but the reader’s', () => {
    expect(scope({ path: '/letters#two', asked: '/letters' })).toMatchObject({
      affected: `http://${HOST}/letters`,
    });
  });

  test.each<[string, Parts]>([
    ['the path is `/` itself', { path: '/' }],
    ['another path was tried', { asked: '/other' }],
    ['another question behind the path', { asked: '/letters?page=3' }],
    ['the innocuous path was another', { around: '/robots.txt' }],
    ['the innocuous Host was another', { host: MIRROR }],
    ['the path passes', { suspect: MIRROR_ANSWER }],
    ['the path dies otherwise', { suspect: { failure: SILENT } }],
    ['`/` dies as well', { innocuous: { failure: RESET } }],
    ['`/` is answered by another', { innocuous: FRONT_PAGE }],
    ['a second pair does not agree', { more: { suspect: MIRROR_ANSWER } }],
  ])('%s: nobody knows', (_what, parts) => {
    expect(scope(parts)).toBeNull();
  });
});

describe('tries', () => {
  function again(make: (d: Draft) => void, url = HTTP_URL): boolean {
    const d = draft(url);
    names(d);
    make(d);
    const { case: c } = judged(d.document());
    return failedAgain(c, c.hops[0]!);
  }
  const dies = (d: Draft): void => {
    d.tcp(IP, 80);
    d.http(HTTP_URL, { failure: RESET });
  };

  test('one is too few, two are enough', () => {
    expect(again(dies)).toBe(false);
    expect(again((d) => [dies(d), dies(d)])).toBe(true);
  });

  test('the second may not have got as far', () => {
    expect(again((d) => [dies(d), d.tcp(OTHER_IP, 80, SILENT)])).toBe(true);
    expect(again((d) => [d.tcp(IP, 443), d.tls({ failure: RESET }), d.tcp(IP, 443, SILENT)], HTTPS_URL)).toBe(
      true,
    );
  });

  test('our own interruption is no failure', () => {
    expect(again((d) => [dies(d), d.tcp(IP, 80), d.http(HTTP_URL, { failure: 'interrupted' })])).toBe(false);
  });

  test('what came once came', () => {
    expect(again((d) => [dies(d), dies(d), d.tcp(IP, 80), d.http(HTTP_URL, FRONT_PAGE)])).toBe(false);
  });
});
