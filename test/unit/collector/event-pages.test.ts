/** The pages about events, from a real collector: what people read, in three languages, and nothing that is markup of others. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningCollector } from '../../../collector/serve.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import type { TemporaryFolder } from './support.ts';
import {
  controlReply,
  envelopeOf,
  makeMeasurement,
  startTestCollector,
  submitOk,
  temporaryFolder,
} from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.UTC(2026, 8, 1, 6);
const INPUT = 'http://blocked.example/';
const SOON_MS = 15_000;

let folder: TemporaryFolder;
let clock: number;
let collector: RunningCollector;
beforeEach(async () => {
  folder = temporaryFolder();
  clock = T0;
  collector = await startTestCollector(folder.path, { nowMs: () => clock });
});
afterEach(async () => {
  await collector.close();
  folder.remove();
});

async function page(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${collector.url}${path}`);
  return { status: response.status, text: await response.text() };
}
async function pageWith(path: string, wanted: string): Promise<string> {
  const end = Date.now() + SOON_MS;
  for (;;) {
    const { text } = await page(path);
    if (text.includes(wanted) || Date.now() > end) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function block(volunteers: number): Promise<void> {
  for (let who = 0; who < volunteers; who += 1) {
    const seed = new Uint8Array(32).fill(100 + who);
    const { control, signed } = controlReply(INPUT, collector.keys, clock);
    const document = makeMeasurement({ input: INPUT, seed, at: clock, control, signed });
    await submitOk(collector.url, envelopeOf(document, seed));
    clock += MINUTE;
  }
}
const hrefs = (text: string): readonly string[] => [...text.matchAll(/href="([^"]+)"/g)].map((m) => m[1]!);
const linkTo = (text: string, start: string): string =>
  hrefs(text).find((href) => href.startsWith(start)) ?? `no link to ${start}`;

describe('pages about blocking', () => {
  it('lead from the home page to the event, its hours, its measurements and what was known when', async () => {
    expect((await page('/')).text).toContain('Nothing is known to be blocked at this time.');
    await block(5);
    const home = await pageWith('/', 'blocked.example</a>');
    const path = linkTo(home, '/blocking/');
    const event = await pageWith(path, '5 of 5');
    expect(event).toContain('<h1 class="url">blocked.example</h1>');
    expect(event).toContain('5 of 5');
    expect(event).toContain('title="interfered 5">✕</td>');
    expect((await page(linkTo(event, '/m/'))).status).toBe(200);
    const then = linkTo(event, `${path}?as_of=`).replaceAll('&amp;', '&');
    expect((await page(then)).text).toContain('As it was known at');
    expect((await page(`${path}?as_of=2026-08-31`)).status).toBe(404);
    expect((await page('/blocking')).text).toContain(path);
    expect(event).not.toContain('<script');
  });

  it('speak the reader’s language, and stay in it', async () => {
    await block(3);
    const path = linkTo(await pageWith('/', 'blocked.example</a>'), '/blocking/');
    for (const [lang, word] of [
      ['ru', 'заблокирован'],
      ['kk', 'бұғатталған'],
    ] as const) {
      const event = (await page(`${path}?lang=${lang}`)).text;
      expect(event).toContain(`<html lang="${lang}">`);
      expect(event).toContain(word);
      expect(linkTo(event, '/blocking?')).toBe(`/blocking?lang=${lang}`);
      expect((await page(`/alerts?lang=${lang}`)).text).toContain('blocked.example');
    }
    expect((await page(`${path}?lang=xx`)).status).toBe(400);
  });

  it('show an announcement as it was made, and where it leads', async () => {
    await block(3);
    const home = await pageWith('/', 'href="/alerts/');
    const alert = (await page(linkTo(home, '/alerts/'))).text;
    expect(alert).toContain('explain-alert 1');
    expect((await page(linkTo(alert, '/blocking/'))).status).toBe(200);
    expect((await page('/alerts/2')).status).toBe(404);
    expect((await page('/alerts/1e0')).status).toBe(404);
  });
});

describe('pages about silence', () => {
  const silence: SilenceEvent = {
    id: 'ab'.repeat(32),
    group: { cc: 'KZ', owner: '<b>Owner</b>', asn: 9198, access: 'fixed', region: 'KZ-75' },
    state: 'silence',
    extent: 'regional',
    onset: { after: T0, before: T0 + 5 * MINUTE },
    openedAt: T0 + 8 * MINUTE,
    endedAt: null,
    active: 30,
    overdue: 28,
    journals: { members: 1, cut: 1, foreignCut: 0, collectorBlocked: 0, local: 0, fine: 0 },
    parts: [],
    outside: [],
    annotations: [],
    alternatives: [],
    expectedFalse: 0.1,
  };

  it('say that somebody is not heard, and no more than the state', async () => {
    expect((await page('/')).text).not.toContain('Silent now');
    const beats = openBeats({ folder: folder.path });
    beats.putSilence({ event: silence, basis: '{}' });
    beats.close();
    const archive = openArchive({ folder: folder.path });
    archive.appendAlert({
      kind: 'silence',
      subject: silence.id,
      state: 'opened',
      at: '2026-09-01T06:08:00Z',
      inputs: JSON.stringify({ event: silence }),
      words: JSON.stringify({ en: ['We stopped hearing from somebody.'] }),
    });
    archive.close();
    clock = T0 + HOUR;
    const home = (await page('/')).text;
    expect(home).toContain('Silent now');
    const event = (await page(linkTo(home, '/silence/'))).text;
    expect(event).toContain('&lt;b&gt;Owner&lt;/b&gt;');
    expect(event).toContain('28 of 30');
    expect(event).not.toMatch(/shutdown|cut off here/i);
    expect((await page(`/silence/${silence.id}?lang=kk`)).text).toContain('үнсіз');
    expect((await page(`/silence/${silence.id}?as_of=2026-08-31`)).status).toBe(404);
    expect((await page('/alerts/1')).text).toContain('We stopped hearing from somebody.');
    expect((await page('/silence')).text).toContain(silence.id);
  });
});
