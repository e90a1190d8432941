/** When entries of the control's diary may stand in for a live reply. */
import { describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../../shared/codec/ed25519.ts';
import type { ControlResponse, SignedControlReply } from '../../../shared/model/index.ts';
import {
  agree,
  bracket,
  diaryControl,
  readDiaryEntry,
  type DiaryEntry,
} from '../../../shared/observe/diary.ts';
import { readDocument, type Document } from '../../../shared/schema/document.ts';
import { makeMeasurement } from '../collector/support.ts';

const SEED = new Uint8Array(32).fill(3);
const KEYS = new Set([toBase64(publicKeyOf(SEED))]);
const URL_ = 'https://site.example/';
const START = Date.parse('2026-11-21T10:00:00Z');
const MINUTE = 60_000;

function reply(minutes: number, change: Partial<ControlResponse> = {}): ControlResponse {
  return {
    tcp_connect: { '192.0.2.1:443': { status: true, failure: null } },
    tls_handshake: { '192.0.2.1:443': { server_name: 'site.example', status: true, failure: null } },
    http_request: { body_length: 3, failure: null, title: '', headers: {}, status_code: 200 },
    dns: { failure: null, addrs: ['192.0.2.1', '192.0.2.2'] },
    x_request: { http_request: URL_, tcp_connect: [] },
    x_time: new Date(START + minutes * MINUTE).toISOString(),
    x_http_chain: [URL_],
    ...change,
  };
}
function signed(value: ControlResponse, seed = SEED): SignedControlReply {
  const payload = JSON.stringify(value);
  const sig = sign(preAuthEncoding(PAYLOAD_TYPES.control, utf8(payload)), seed);
  return {
    payloadType: PAYLOAD_TYPES.control,
    payload,
    keyid: toBase64(publicKeyOf(seed)),
    sig: toBase64(sig),
  };
}
const words = (minutes: number, change: Partial<ControlResponse> = {}) => signed(reply(minutes, change));
function entry(minutes: number, change: Partial<ControlResponse> = {}): DiaryEntry {
  const read = readDiaryEntry(words(minutes, change), URL_, KEYS);
  if (read === null) throw new Error('not an entry');
  return read;
}
function documentOf(more: Parameters<typeof makeMeasurement>[0] = {}): Document {
  const read = readDocument(makeMeasurement({ input: URL_, at: START + 3 * MINUTE, ...more }));
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.ok;
}
/** Minutes from the start of the entries that are used; null for none. */
const used = (diary: readonly SignedControlReply[], doc = documentOf()): number[] | null =>
  diaryControl(doc, diary, KEYS)?.used.map(
    ({ payload }) => (Date.parse((JSON.parse(payload) as ControlResponse).x_time!) - START) / MINUTE,
  ) ?? null;

describe('entries bracket a start', () => {
  const times = (around: readonly number[], start = START) => {
    const found = bracket(
      around.map((minutes) => entry(minutes)),
      start,
    );
    const at = (list: readonly DiaryEntry[]) => list.map((e) => (e.at - START) / MINUTE);
    return found && [at(found.before), at(found.during), at(found.after)];
  };

  it('when there is one on either side, the nearest ones', () => {
    expect(times([-120, -60, 60, 120])).toEqual([[-60], [], [60]]);
    expect(times([120, -60, 60, -120])).toEqual([[-60], [], [60]]);
  });

  it('not when a side is empty', () => {
    for (const around of [[], [-60], [60], [-60, -120], [60, 120], [0], [-60, 0], [0, 60]])
      expect(times(around), around.join()).toBeNull();
  });

  it('not when a side is further than two hours away', () => {
    expect(times([-120, 120])).toEqual([[-120], [], [120]]);
    expect(times([-130, 120])).toBeNull();
    expect(times([-120, 130])).toBeNull();
  });

  it('with what was written in the ten minutes of the start on neither side: its order is unknown', () => {
    expect(times([-10, 0, 10])).toEqual([[-10], [0], [10]]);
    expect(times([-10, 9.9, 10], START + 9 * MINUTE)).toEqual([[-10], [0], [10]]);
    expect(times([-0.1, 10.1])).toEqual([[-10], [], [10]]);
  });
});

describe('two entries agree', () => {
  const none = { failure: 'dns_nxdomain_error', addrs: [] };
  const http = (change: Partial<ControlResponse['http_request']>): Partial<ControlResponse> => ({
    http_request: { ...reply(0).http_request, ...change },
  });
  const same: readonly (readonly [string, Partial<ControlResponse>, Partial<ControlResponse>])[] = [
    ['in every word', {}, {}],
    ['with one address in common', {}, { dns: { failure: null, addrs: ['192.0.2.9', '192.0.2.2'] } }],
    ['with the same DNS failure', { dns: none }, { dns: none }],
    [
      'at the endpoints that both tried',
      {},
      { tcp_connect: { '192.0.2.2:443': { status: false, failure: 'x' } } },
    ],
    ['with the same class of status', http({ status_code: 200 }), http({ status_code: 204 })],
    [
      'with the same HTTP failure',
      http({ failure: 'eof_error' }),
      http({ failure: 'eof_error', status_code: -1 }),
    ],
    ['with another path behind redirects', {}, { x_http_chain: [URL_, `${URL_}login`] }],
  ];
  it.each(same)('%s', (_name, a, b) => {
    expect(agree(entry(0, a), entry(60, b))).toBe(true);
    expect(agree(entry(0, b), entry(60, a))).toBe(true);
  });

  const tcp = (failure: string | null): Partial<ControlResponse> => ({
    tcp_connect: { '192.0.2.1:443': { status: failure === null, failure } },
  });
  const tls = (failure: string): Partial<ControlResponse> => ({
    tls_handshake: { '192.0.2.1:443': { server_name: 'site.example', status: false, failure } },
  });
  const other: readonly (readonly [string, Partial<ControlResponse>, Partial<ControlResponse>])[] = [
    ['no address is in common', {}, { dns: { failure: null, addrs: ['192.0.2.9'] } }],
    ['only one could be resolved', {}, { dns: none }],
    ['DNS failed otherwise', { dns: none }, { dns: { failure: 'dns_server_failure', addrs: [] } }],
    ['only one could connect', {}, tcp('generic_timeout_error')],
    ['they failed to connect otherwise', tcp('connection_refused'), tcp('generic_timeout_error')],
    ['only one had a good handshake', {}, tls('ssl_invalid_certificate')],
    ['only one got a page', {}, http({ failure: 'eof_error' })],
    ['the class of status differs', http({ status_code: 200 }), http({ status_code: 503 })],
    ['redirects ended at another host', {}, { x_http_chain: [URL_, 'https://else.example/'] }],
  ];
  it.each(other)('not when %s', (_name, a, b) => {
    expect(agree(entry(0, a), entry(60, b))).toBe(false);
    expect(agree(entry(0, b), entry(60, a))).toBe(false);
  });
});

describe('the diary stands in', () => {
  it('with the later words, and names all entries that had to agree', () => {
    const later = reply(60, { http_request: { ...reply(0).http_request, title: 'later' } });
    const found = diaryControl(documentOf(), [signed(later), words(-60), words(0)], KEYS);
    expect(found?.reply.http_request.title).toBe('later');
    expect(used([signed(later), words(-60), words(0), words(120), words(-120)])).toEqual([-60, 0, 60]);
  });

  it('not when the entries differ, also when only one of the ten minutes of the start does', () => {
    const gone = { dns: { failure: 'dns_nxdomain_error', addrs: [] } };
    expect(used([words(-60), words(60)])).toEqual([-60, 60]);
    expect(used([words(-60), words(60, gone)])).toBeNull();
    expect(used([words(-60), words(60), words(0, gone)])).toBeNull();
    expect(used([words(-60), words(60), words(61, gone)])).toBeNull();
    // Beyond the next ones, it has nothing to say.
    expect(used([words(-60), words(60), words(70, gone), words(-70, gone)])).toEqual([-60, 60]);
  });

  it('only with entries of a known control, whole, and about this very URL', () => {
    const spoiled: Readonly<Record<string, SignedControlReply>> = {
      stranger: signed(reply(60), new Uint8Array(32).fill(4)),
      'stranger in its name': { ...words(60), sig: signed(reply(60), new Uint8Array(32).fill(4)).sig },
      'other words': { ...words(60), payload: words(61).payload },
      'other type': { ...words(60), payloadType: PAYLOAD_TYPES.measurement },
      'other URL': words(60, { x_request: { http_request: `${URL_}other`, tcp_connect: [] } }),
      'no URL': signed((({ x_request: _, ...rest }) => rest)(reply(60))),
      'no time': signed((({ x_time: _, ...rest }) => rest)(reply(60))),
      'time without a zone': words(60, { x_time: '2026-11-21T11:00:00' }),
      'no reply': { ...words(60), payload: 'null' },
    };
    for (const [why, bad] of Object.entries(spoiled)) {
      expect(used([words(-60), bad]), why).toBeNull();
      expect(used([words(-60), bad, words(60)]), why).toEqual([-60, 60]);
    }
    const fragment = words(60, { x_request: { http_request: `${URL_}#part`, tcp_connect: [] } });
    expect(used([words(-60), fragment])).toEqual([-60, 60]);
  });

  it('not when the clock that gave the start is known to be wrong', () => {
    const both = [words(-60), words(60)];
    const offset = (minutes: number): Document =>
      documentOf({ fields: { annotations: { clock_offset_minutes: String(minutes) } } });
    expect(used(both, offset(20))).toEqual([-60, 60]);
    expect(used(both, offset(21))).toBeNull();
    expect(used(both, offset(-300))).toBeNull();
    // A live reply of a known control that is about another hour shows it too.
    const late = reply(300);
    expect(used(both, documentOf({ control: late, signed: signed(late) }))).toBeNull();
  });
});
