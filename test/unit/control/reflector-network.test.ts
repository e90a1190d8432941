import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { toBase64 } from '../../../shared/codec/base64.ts';
import { PAYLOAD_TYPES } from '../../../shared/codec/dsse.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import type { SignedControlReply } from '../../../shared/model/index.ts';
import { signedJson } from '../../../shared/observe/control.ts';
import { createNetworkWord } from '../../../collector/control/index.ts';
import type { KnownNetwork } from '../../../collector/control/index.ts';
import { bodyOf, get, NAME, plainExchange, readAll, secureExchange, start } from './reflector-support.ts';

const PATH = '/.well-known/kuager-network';
const SEED: Uint8Array = new Uint8Array(32).fill(9);
const KEY = toBase64(publicKeyOf(SEED));
const NETWORKS: Readonly<Record<string, KnownNetwork>> = {
  '127.0.0.1': { cc: 'KZ', asn: 64500 },
  '127.0.0.2': { cc: 'KZ', asn: 64500 },
  '127.0.0.3': { cc: 'KG', asn: 64501 },
};
const AT = Date.UTC(2026, 10, 21, 23, 59, 59, 999);
const wordAt = (nowMs: () => number) =>
  createNetworkWord({ lookup: (address) => NETWORKS[address] ?? null, seed: SEED, nowMs });

async function askFrom(port: number, localAddress: string): Promise<string> {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress });
  socket.write(get(NAME, PATH));
  const text = await readAll(socket);
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}
const asReply = (text: string): SignedControlReply => JSON.parse(text) as SignedControlReply;

describe('the word on a network', () => {
  test('is signed, names the hour, and verifies the way that judging checks it', async () => {
    const { port } = await start({ network: wordAt(() => AT) });
    const signed = asReply(await askFrom(port, '127.0.0.1'));
    expect(Object.keys(signed)).toEqual(['payloadType', 'payload', 'keyid', 'sig']);
    expect(signed).toMatchObject({ payloadType: PAYLOAD_TYPES.network, keyid: KEY });
    expect(signedJson(signed, PAYLOAD_TYPES.network, new Set([KEY]))).toEqual({
      cc: 'KZ',
      asn: 64500,
      hour: '2026-11-21T23:00:00Z',
    });
    const other = toBase64(publicKeyOf(new Uint8Array(32).fill(1)));
    expect(signedJson(signed, PAYLOAD_TYPES.network, new Set([other]))).toBeUndefined();
    expect(signedJson(signed, PAYLOAD_TYPES.control, new Set([KEY]))).toBeUndefined();
    const forged = { ...signed, payload: signed.payload.replace('64500', '64501') };
    expect(signedJson(forged, PAYLOAD_TYPES.network, new Set([KEY]))).toBeUndefined();
  });

  test('is the same for everybody of a network in an hour, over TLS too, and another one later', async () => {
    let now = AT - 3_000_000;
    const { port } = await start({ network: wordAt(() => now) });
    const first = await askFrom(port, '127.0.0.1');
    now = AT;
    const { text } = await secureExchange(port, get('anything.example', `${PATH}?x=1`));
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(first);
    expect(await askFrom(port, '127.0.0.2')).toBe(first);
    expect(asReply(await askFrom(port, '127.0.0.3')).payload).toBe(
      '{"cc":"KG","asn":64501,"hour":"2026-11-21T23:00:00Z"}',
    );
    // Made anew by another process with the same key.
    expect(wordAt(() => AT).about('127.0.0.2')).toBe(first);
    now = AT + 1;
    expect(asReply(await askFrom(port, '127.0.0.1')).payload).toContain('"hour":"2026-11-22T00:00:00Z"');
  });

  test('is not given where nothing is known', async () => {
    const knowing = await start({ network: wordAt(() => AT) });
    expect(JSON.parse(await askFrom(knowing.port, '127.0.0.9'))).toEqual({
      reflector: NAME,
      error: 'unknown_network',
    });
    const { port } = await start();
    const text = await plainExchange(port, get('x', PATH));
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    expect(bodyOf(text)).toEqual({ reflector: NAME, error: 'no_database' });
    // A path that only begins like it is any path.
    expect(bodyOf(await plainExchange(port, get('x', `${PATH}s`)))).toMatchObject({ path: `${PATH}s` });
  });
});
