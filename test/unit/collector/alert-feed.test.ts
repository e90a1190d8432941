/** What was announced, over HTTP: the list with its filters, one alert, and the feed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atomFeed } from '../../../collector/notify/atom.ts';
import type { PublishedAlert } from '../../../collector/published-alert.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import type { NewAlert } from '../../../collector/store/alerts.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import type { BlockingEvent } from '../../../shared/model/index.ts';
import { startTestCollector, temporaryFolder, type TemporaryFolder } from './support.ts';

const SUBJECT = 'f'.repeat(64);
const EVENT: BlockingEvent = {
  id: SUBJECT,
  domain: 'news.example',
  state: 'open',
  basis: 'interfered',
  onset: { after: null, before: Date.UTC(2026, 10, 20) },
  restored: null,
  episodes: [],
  owners: [],
  methods: [],
  simultaneous: false,
  alternatives: [],
  expectedFalse: 0,
};
const WORDS = { en: ['It could not be reached.', 'A & B <c>.'], ru: ['Не открывается.'], kk: ['Ашылмайды.'] };

let folder: TemporaryFolder;
let collector: RunningCollector;
beforeEach(async () => {
  folder = temporaryFolder();
  collector = await startTestCollector(folder.path);
});
afterEach(async () => {
  await collector.close();
  folder.remove();
});

function say(at: string, more: Partial<NewAlert> = {}): void {
  const archive = openArchive({ folder: folder.path, mustExist: true });
  const inputs = JSON.stringify({ event: EVENT, entries: 3, diary: 1 });
  const words = JSON.stringify(WORDS);
  archive.appendAlert({ kind: 'blocking', subject: SUBJECT, state: 'opened', at, inputs, words, ...more });
  archive.close();
}
interface Page {
  readonly metadata: { readonly count: number };
  readonly results: readonly Readonly<Record<string, unknown>>[];
}
const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(collector.url + path, { headers });
async function ids(query: string): Promise<readonly unknown[]> {
  const { metadata, results } = (await (await get(`/api/v2/alerts?${query}`)).json()) as Page;
  expect(metadata.count).toBe(results.length);
  return results.map(({ id }) => id);
}

/** Well-formed as XML 1.0 wants it, as far as a document without comments and CDATA goes; the elements' names, in order. */
function elementsOf(xml: string): readonly string[] {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="utf-8"\?>/, '');
  expect(body).not.toBe(xml);
  const open: string[] = [];
  const seen: string[] = [];
  let at = 0;
  for (const tag of body.matchAll(/<(\/?)([a-z:]+)((?:\s+[a-z:]+="[^"<]*")*)\s*(\/?)>/g)) {
    const text = body.slice(at, tag.index);
    expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/);
    if (open.length === 0) expect(text.trim()).toBe('');
    at = tag.index + tag[0].length;
    const [, closes, name = '', , empty] = tag;
    if (closes === '/') expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (empty === '') open.push(name);
    }
  }
  expect([open, body.slice(at).trim()]).toEqual([[], '']);
  return seen;
}

describe('the list of alerts', () => {
  beforeEach(() => {
    say('2026-11-20T10:03:17Z');
    say('2026-11-20T12:00:00Z', { state: 'changed' });
    say('2026-11-21T09:59:59Z', { state: 'ended' });
  });

  it('is found by kind, state and time, and as it stood at a time', async () => {
    expect(await ids('')).toEqual([3, 2, 1]);
    expect(await ids('kind=blocking&state=ended')).toEqual([3]);
    expect(await ids('kind=silence')).toEqual([]);
    expect(await ids('since=2026-11-20T12:00:00&until=2026-11-21')).toEqual([2]);
    expect(await ids('as_of=2026-11-20T12:00:00Z')).toEqual([2, 1]);
  });

  it('says nothing of the second at which one was written', async () => {
    const one = (await (await get('/api/v2/alerts/1')).json()) as Readonly<Record<string, unknown>>;
    expect(one).toMatchObject({
      at: '2026-11-20T10:00:00Z',
      state: 'opened',
      event_id: SUBJECT,
      event_url: `${collector.url}/blocking/${SUBJECT}`,
      entries: 3,
      words: WORDS,
    });
    expect(JSON.stringify(one)).not.toContain('10:03');
    // Whatever bound is asked for, it appears and disappears with its published time.
    for (const second of ['10:00:00', '10:03:16', '10:03:17', '10:03:18', '10:09:59'])
      expect(await ids(`as_of=2026-11-20T${second}`), second).toEqual([1]);
    expect(await ids('as_of=2026-11-20T09:59:59')).toEqual([]);
    for (const second of ['10:00:01', '10:03:17', '10:03:18', '10:10:00'])
      expect(await ids(`until=2026-11-20T${second}`), second).toEqual([1]);
    expect(await ids('until=2026-11-20T10:00:00')).toEqual([]);
    expect(await ids('until=2026-11-20T11:00:00&since=2026-11-20T10:00:00')).toEqual([1]);
    for (const second of ['10:00:01', '10:03:17'])
      expect(await ids(`until=2026-11-20T11:00:00&since=2026-11-20T${second}`), second).toEqual([]);
  });

  it('answers questions that it does not understand with what is wrong', async () => {
    const wrong = [
      ['/api/v2/alerts?kind=war', 400],
      ['/api/v2/alerts?state=maybe', 400],
      ['/api/v2/alerts?as_of=yesterday', 400],
      ['/api/v2/alerts?probe_asn=AS1', 400],
      ['/api/v2/alerts/4', 404],
      ['/api/v2/alerts/0', 404],
      ['/api/v2/alerts/99999999999999999999', 404],
      ['/alerts.atom?lang=de', 400],
    ] as const;
    for (const [path, status] of wrong) expect((await get(path)).status, path).toBe(status);
  });
});

describe('the feed', () => {
  it('is an Atom document in each language, newest first, with ids that stay', async () => {
    say('2026-11-20T10:03:17Z');
    say('2026-11-20T12:00:00Z', { state: 'ended' });
    for (const lang of ['en', 'ru', 'kk'] as const) {
      const response = await get(`/alerts.atom?lang=${lang}`);
      expect(response.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
      const xml = await response.text();
      expect(elementsOf(xml).filter((name) => name === 'entry')).toHaveLength(2);
      expect(xml).toContain(`xml:lang="${lang}"`);
      expect(xml).toContain(WORDS[lang][0]);
      const tags = [...xml.matchAll(/<id>([^<]+)<\/id>/g)].map(([, id]) => id);
      const base = 'tag:127.0.0.1,2026:alerts';
      expect(tags).toEqual([`${base}/${lang}`, `${base}/2/${lang}`, `${base}/1/${lang}`]);
    }
    const xml = await (await get('/alerts.atom')).text();
    expect(xml).toContain('A &amp; B &lt;c&gt;.');
    expect(xml).toContain('<updated>2026-11-20T12:00:00Z</updated>');
    expect(xml).not.toContain('10:03');
  });

  it('is not sent again to who has it', async () => {
    say('2026-11-20T10:00:00Z');
    const etag = (await get('/alerts.atom')).headers.get('etag') ?? '';
    expect((await get('/alerts.atom', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/alerts.atom?lang=kk', { 'if-none-match': etag })).status).toBe(200);
    say('2026-11-20T11:00:00Z', { state: 'ended' });
    expect((await get('/alerts.atom', { 'if-none-match': etag })).status).toBe(200);
  });

  it('is found from every page', async () => {
    const page = await (await get('/')).text();
    for (const lang of ['en', 'ru', 'kk']) expect(page).toContain(`href="/alerts.atom?lang=${lang}"`);
    expect(page).toContain('type="application/atom+xml"');
  });

  it('is well-formed with nothing in it, and whatever an alert says', () => {
    const options = { language: 'en', publicUrl: 'https://[2001:db8::1]:8443' } as const;
    expect(elementsOf(atomFeed({ ...options, alerts: [] }))).toContain('updated');
    const evil = '</content>]]>"\'&lt;\u0000\u0008\ufffe\ud800\u202e<script>';
    const alert: PublishedAlert = {
      id: 1,
      kind: 'blocking',
      state: 'opened',
      at: '2026-11-20T10:00:00Z',
      opens: null,
      eventId: SUBJECT,
      event: null,
      words: { en: [evil, evil] },
      reason: null,
      measurements: [],
      context: null,
      entries: null,
      diary: null,
    };
    const xml = Buffer.from(atomFeed({ ...options, alerts: [alert] })).toString('utf8');
    elementsOf(xml);
    expect(xml).not.toMatch(/[\u0000-\u0008\ufffe\u202e]/);
    expect(xml).toContain('<id>tag:-2001-db8--1-,2026:alerts/1/en</id>');
  });
});
