/** Crashes between an alert and its event, and a collector that is killed. */
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromBase64 } from '../../../shared/codec/base64.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import { toAnnounce } from '../../../collector/detect/silence-alert.ts';
import type { Said, SilenceBasis } from '../../../collector/detect/silence-alert.ts';
import { createSilenceBook } from '../../../collector/detect/silence-book.ts';
import { belongsTo, openOf, silentSince } from '../../../collector/detect/silence-ongoing.ts';
import type { BeatStore } from '../../../collector/store/beats.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import type { ArchiveStore } from '../../../collector/store/store.ts';
import { temporaryFolder } from './support.ts';
import type { TemporaryFolder } from './support.ts';
import { journal, MINUTE_MS, sealNote, seedOf, signNote, span, START } from './watch-support.ts';

const HOUR_MS = 60 * MINUTE_MS;
const WIDE = { cc: 'KZ', owner: null, asn: null, access: null, region: null } as const;
const NETWORK = { ...WIDE, owner: 'Kazakhtelecom', asn: 9198, access: 'fixed' } as const;
const journals = { members: 0, cut: 0, foreignCut: 0, collectorBlocked: 0, local: 0, fine: 0 };
const event: SilenceEvent = {
  id: 'a'.repeat(64),
  group: NETWORK,
  state: 'silence',
  extent: 'one_network',
  onset: { after: START - 10 * MINUTE_MS, before: START },
  openedAt: START + 5 * MINUTE_MS,
  endedAt: null,
  active: 12,
  overdue: 12,
  journals,
  parts: [],
  outside: [],
  annotations: [],
  alternatives: [],
  expectedFalse: 0.2,
};
const basis: SilenceBasis = {
  version: 1,
  revision: 0,
  opening: {
    group: NETWORK,
    counts: [],
    usual: { alpha: 1, beta: 9, common: 0, habitsKnown: true },
    open: null,
  },
  groups: [],
  heardOnset: event.onset,
  journals,
  outside: [],
  otherRoute: 0,
  ending: null,
};

let folder: TemporaryFolder;
let archive: ArchiveStore;
let beats: BeatStore;
beforeEach(() => {
  folder = temporaryFolder();
  archive = openArchive({ folder: folder.path });
  beats = openBeats({ folder: folder.path });
});
afterEach(() => {
  archive.close();
  beats.close();
  folder.remove();
});
const book = (store: BeatStore = beats) =>
  createSilenceBook({ beats: store, alerts: archive, startMs: START + HOUR_MS });
const said = (): readonly string[] =>
  archive
    .alerts({ kind: 'silence' }, { offset: 0, limit: 50 })
    .map(({ state }) => state)
    .reverse();

describe('the book of silences', () => {
  it.each(['opened', 'ended'] as const)('finds what was %s by an alert whose event was not kept', (state) => {
    const later = { ...event, endedAt: START + HOUR_MS };
    if (state === 'ended') book().keep({ event, basis }, START + 5 * MINUTE_MS);
    const crashing: BeatStore = {
      ...beats,
      putSilence() {
        throw new Error('the process ends here');
      },
    };
    const now = START + HOUR_MS;
    const entry = book(beats).entry(event.id) ?? { event, basis };
    const dying = book(crashing);
    expect(() => dying.keep({ ...entry, event: state === 'ended' ? later : event }, now)).toThrow(
      /ends here/,
    );
    const after = book();
    expect(after.entry(event.id)?.event.endedAt).toBe(state === 'ended' ? later.endedAt : null);
    const before = said();
    after.keep(after.entry(event.id)!, now + MINUTE_MS);
    expect(said()).toEqual(before);
    expect(before).toEqual(state === 'ended' ? ['opened', 'ended'] : ['opened']);
  });

  it('says at most every ten minutes what more is known, and says it then', () => {
    const one = book();
    one.keep({ event, basis }, START);
    for (let i = 1; i <= 9; i += 1) {
      const entry = one.entry(event.id)!;
      const onset = {
        after: event.onset.after - i * 6 * MINUTE_MS,
        before: event.onset.before - i * 6 * MINUTE_MS,
      };
      one.keep({ ...entry, event: { ...entry.event, onset } }, START + i * MINUTE_MS);
    }
    expect(said()).toEqual(['opened']);
    one.settle(START + 10 * MINUTE_MS);
    expect(said()).toEqual(['opened', 'changed']);
    one.settle(START + 30 * MINUTE_MS);
    expect(said()).toEqual(['opened', 'changed']);
  });
});

describe('what is announced', () => {
  const of = (state: Said['state'], about: SilenceEvent = event): Said => ({
    state,
    event: about,
    at: START,
  });
  const ended = { ...event, endedAt: START + HOUR_MS };
  const withdrawn = { ...event, state: 'withdrawn' } as const;
  it.each([
    ['a beginning', event, null, 'opened'],
    ['nothing new', event, of('opened'), null],
    ['a better word', { ...event, state: 'shutdown_confirmed' } as const, of('opened'), 'changed'],
    ['an end', ended, of('opened'), 'ended'],
    ['an end twice', ended, of('ended', ended), null],
    [
      'what came to be known after the end',
      { ...ended, state: 'shutdown_confirmed' } as const,
      of('ended', ended),
      'ended',
    ],
    ['silent again', event, of('ended', ended), 'opened'],
    ['taken back', withdrawn, of('changed'), 'withdrawn'],
    ['taken back twice', withdrawn, of('withdrawn', withdrawn), null],
    ['never announced, taken back', withdrawn, null, null],
    ['so after all', event, of('withdrawn', withdrawn), 'opened'],
  ])('%s', (_, now, last, state) => expect(toAnnounce(now, last)).toBe(state));
});

describe('which silence a group belongs to', () => {
  it('is its own, the one around it, or the one that it grew from', () => {
    expect(belongsTo(NETWORK, null, [event])).toMatchObject({ kind: 'goes_on' });
    expect(belongsTo({ ...NETWORK, region: 'KZ-75' }, START, [event])).toEqual({ kind: 'within' });
    expect(belongsTo(WIDE, START + HOUR_MS, [event])).toMatchObject({ kind: 'widens' });
    expect(belongsTo(WIDE, START + 7 * HOUR_MS, [event])).toEqual({ kind: 'new' });
    expect(belongsTo({ ...NETWORK, asn: 1, owner: 'x' }, START, [event])).toEqual({ kind: 'new' });
    const over = { ...event, endedAt: START + HOUR_MS };
    expect(belongsTo(NETWORK, START + 2 * HOUR_MS, [over])).toMatchObject({ kind: 'again' });
    expect(belongsTo(NETWORK, START + 72 * HOUR_MS, [over])).toEqual({ kind: 'new' });
  });

  it('tells since when a group is silent', () => {
    expect(silentSince({ ...NETWORK, region: 'KZ-75' }, [event], START)).toBe(START);
    expect(silentSince(WIDE, [event], START)).toBeNull();
    expect(openOf(WIDE, [event])).toBeNull();
    expect(openOf(WIDE, [{ ...event, group: NETWORK, parts: [WIDE] }])?.id).toBe(event.id);
  });
});

describe('a collector that is killed', () => {
  it('has every journal for which it gave a receipt', async () => {
    const data = temporaryFolder();
    const args = [
      '--import',
      'tsx',
      'collector/main.ts',
      '--json',
      'serve',
      '--data',
      data.path,
      '--listen',
      '127.0.0.1:0',
    ];
    const env = { ...process.env, KUAGER_ONLY: '127.0.0.0/8,::1/128' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let text = '';
        child.once('exit', () => reject(new Error(`it ended: ${text}`)));
        child.stderr.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8');
          const found = /listening\s+(http:\/\/[^"\s]+)/.exec(text)?.[1];
          if (found !== undefined) resolve(found);
        });
      });
      const envelope = (await (await fetch(`${url}/.well-known/kuager`)).json()) as { payload: string };
      const { hpke } = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')) as {
        hpke: { key: string };
      };
      const now = Date.now();
      const sealed = (n: number): Uint8Array =>
        sealNote(
          fromBase64(hpke.key)!,
          signNote(journal(n, now, [span(now - HOUR_MS, now, now, { foreign: 'down' })]), seedOf(n)),
        );
      let receipts = 0;
      const sending = (async () => {
        for (let n = 1; n < 200; n += 1) {
          const response = await fetch(`${url}/api/v1/submit`, {
            method: 'POST',
            headers: { 'content-type': 'application/vnd.kuager.sealed' },
            body: Buffer.from(sealed(n)),
          });
          if (response.status === 200) receipts += 1;
          if (receipts === 10) child.kill('SIGKILL');
        }
      })();
      await expect(sending).rejects.toThrow();
      expect(receipts).toBeGreaterThanOrEqual(10);
      const store = openBeats({ folder: data.path, mustExist: true });
      expect(store.journalCount()).toBeGreaterThanOrEqual(receipts);
      store.close();
    } finally {
      child.kill('SIGKILL');
      data.remove();
    }
  });
});
