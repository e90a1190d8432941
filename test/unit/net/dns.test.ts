import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { decode, encode, streamDecode, streamEncode, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readReply } from '../../../probe/net/dns-wire.ts';
import { MAX_DNS_REPLIES } from '../../../probe/net/limits.ts';
import { LOOPBACK, never, Servers, testCertificates, testNet } from './helpers.ts';

const question = { hostname: 'site.example', type: 'A' } as const;
const address = (data: string): Answer => ({ type: 'A', name: 'site.example', ttl: 60, data });
const cname: Answer = { type: 'CNAME', name: 'site.example', ttl: 60, data: 'www.site.example' };

interface Wish {
  readonly answers?: readonly Answer[];
  readonly rcode?: number;
  readonly idShift?: number;
  readonly flags?: number;
  readonly name?: string;
}
function answer(query: Buffer, wish: Wish): Buffer {
  const asked = decode(query);
  const message = encode({
    type: 'response',
    id: ((asked.id ?? 0) + (wish.idShift ?? 0)) % 65_536,
    flags: (wish.flags ?? 0) | (wish.rcode ?? 0),
    questions: [{ type: 'A', name: wish.name ?? 'site.example' }],
    answers: [...(wish.answers ?? [])],
  });
  return Buffer.from(message);
}

const servers = new Servers();
const datagrams: Socket[] = [];
afterEach(async () => {
  await servers.close();
  await Promise.all(datagrams.splice(0).map((s) => new Promise<void>((done) => s.close(done))));
});

async function resolver(onQuery: (query: Buffer, from: RemoteInfo, socket: Socket) => void, port = 0) {
  const socket = createSocket('udp4');
  datagrams.push(socket);
  socket.on('message', (query, from) => onQuery(query, from, socket));
  await new Promise<void>((done) => socket.bind(port, LOOPBACK, done));
  return { address: LOOPBACK, port: socket.address().port };
}
const saying = (...wishes: Wish[]) =>
  resolver((query, from, socket) => {
    for (const wish of wishes) socket.send(answer(query, wish), from.port, from.address);
  });

const timeouts = { dns: 300, lateReply: 120 };

/** A reply with an OPT record that has one option. */
function withOption(
  query: Buffer,
  code: number,
  data: Buffer,
  rcode = 0,
  texts: readonly string[] = [],
): Buffer {
  const asked = decode(query);
  return Buffer.from(
    encode({
      type: 'response',
      id: asked.id ?? 0,
      flags: rcode,
      questions: asked.questions ?? [],
      answers: texts.map((text) => ({ type: 'TXT', name: asked.questions?.[0]?.name ?? '', data: text })),
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 1232,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [{ code, data }] as never,
        },
      ],
    }),
  );
}

describe('EDNS', () => {
  const FILTERED = Buffer.from([0, 17, 0x66, 0x69]);
  const NXDOMAIN = 3;

  it('offers it, and reads the reason that a resolver gives (RFC 8914)', async () => {
    const offered: number[] = [];
    const server = await resolver((query, from, socket) => {
      offered.push((decode(query).additionals ?? []).filter((r) => r.type === 'OPT').length);
      socket.send(withOption(query, 15, FILTERED, NXDOMAIN), from.port, from.address);
    });
    const got = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(offered).toEqual([1]);
    expect(got.failure).toBe('dns_nxdomain_error');
    expect(got.replies[0]?.extendedError).toBe(17);
  });

  it.each([
    ['another option', 10, FILTERED],
    ['an option that is too short', 15, Buffer.from([0])],
    ['an empty option', 15, Buffer.alloc(0)],
  ] as const)('reads no reason from %s', async (_name, code, data) => {
    const server = await resolver((query, from, socket) =>
      socket.send(withOption(query, code, data, NXDOMAIN), from.port, from.address),
    );
    const got = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(got.replies[0]?.extendedError).toBeNull();
  });

  it('asks in plain words a resolver that does not know it', async () => {
    const server = await resolver((query, from, socket) => {
      const old = (decode(query).additionals ?? []).length > 0;
      const wish = old ? { rcode: 1 } : { answers: [address('203.0.113.9')] };
      socket.send(answer(query, wish), from.port, from.address);
    });
    const got = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(got).toMatchObject({ failure: null });
    expect(got.replies[0]?.answers[0]?.value).toBe('203.0.113.9');
  });

  it('reads texts, which are no addresses', async () => {
    const server = await resolver((query, from, socket) =>
      socket.send(withOption(query, 15, FILTERED, 0, ['asn=64500 cc=KZ']), from.port, from.address),
    );
    const asked = { hostname: 'a1.who.example', type: 'TXT' } as const;
    const got = await testNet({ timeouts }).dnsUdp(server, asked, never());
    expect(got).toMatchObject({ failure: null });
    expect(got.replies[0]).toMatchObject({ texts: ['asn=64500 cc=KZ'], answers: [] });
  });
});

describe('UDP', () => {
  it('gives addresses, aliases and the bytes', async () => {
    const server = await saying({ answers: [cname, address('203.0.113.7')] });
    const net = testNet({ timeouts });
    const heard = await net.dnsUdp(server, question, never());
    expect(heard).toMatchObject({
      failure: null,
      detail: null,
      resolver: `127.0.0.1:${server.port}`,
      question,
    });
    expect(heard.replies).toHaveLength(1);
    expect(heard.replies[0]?.answers).toEqual([
      { type: 'CNAME', value: 'www.site.example', ttl: 60 },
      { type: 'A', value: '203.0.113.7', ttl: 60 },
    ]);
    expect(heard.replies[0]?.rcode).toBe(0);
    expect(decode(Buffer.from(heard.replies[0]!.raw)).answers).toHaveLength(2);
    expect(net.bytesUsed()).toBeGreaterThan(heard.replies[0]!.raw.length);
    expect(heard.t).toBeGreaterThan(heard.t0);
  });

  it.each([
    [{ rcode: 3 }, 'dns_nxdomain_error'],
    [{ rcode: 2 }, 'dns_servfail_error'],
    [{ rcode: 5 }, 'dns_refused_error'],
    [{ rcode: 4 }, 'dns_server_misbehaving'],
    [{}, 'dns_no_answer'],
    [{ answers: [cname] }, 'dns_no_answer'],
  ])('%j is %s', async (wish, failure) => {
    const heard = await testNet({ timeouts }).dnsUdp(await saying(wish), question, never());
    expect(heard.failure).toBe(failure);
    expect(heard.replies[0]).toMatchObject({ failure, rcode: 'rcode' in wish ? wish.rcode : 0 });
  });

  it('keeps every datagram of the window, in order', async () => {
    const server = await resolver((query, from, socket) => {
      const send = (data: string): void =>
        socket.send(answer(query, { answers: [address(data)] }), from.port, from.address);
      send('10.0.0.1');
      setTimeout(() => send('203.0.113.7'), 60);
    });
    const heard = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(heard.replies.map((r) => r.answers[0]?.value)).toEqual(['10.0.0.1', '203.0.113.7']);
    expect(heard.replies[1]!.t - heard.replies[0]!.t).toBeGreaterThan(0.03);
    expect(heard.t).toBe(heard.replies[0]!.t);
  });

  it('records a wrong id and goes on waiting for the right one', async () => {
    const server = await saying(
      { idShift: 1, answers: [address('10.0.0.1')] },
      { answers: [address('203.0.113.7')] },
    );
    const heard = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(heard.failure).toBeNull();
    expect(heard.replies.map((r) => r.failure)).toEqual(['dns_reply_with_wrong_query_id', null]);
  });

  it('finds the answer behind a flood of forged ones, and keeps no flood', async () => {
    const server = await resolver((query, from, socket) => {
      const forged = answer(query, { idShift: 1, answers: [address('10.0.0.1')] });
      for (let i = 0; i < 150; i++) socket.send(forged, from.port, from.address);
      const good = answer(query, { answers: [address('203.0.113.7')] });
      setTimeout(() => socket.send(good, from.port, from.address), 50);
    });
    const heard = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(heard.failure).toBeNull();
    expect(heard.replies.length).toBeLessThanOrEqual(MAX_DNS_REPLIES + 1);
    expect(heard.replies.at(-1)?.answers[0]?.value).toBe('203.0.113.7');
  });

  it('speaks IPv6', async (context) => {
    const socket = createSocket('udp6');
    const bound = await new Promise<boolean>((done) => {
      socket.once('error', () => done(false));
      socket.bind(0, '::1', () => done(true));
    });
    context.skip(!bound, 'no IPv6 loopback here');
    datagrams.push(socket);
    socket.on('message', (query, from) =>
      socket.send(answer(query, { answers: [address('203.0.113.7')] }), from.port, from.address),
    );
    const { port } = socket.address();
    const heard = await testNet({ timeouts }).dnsUdp({ address: '::1', port }, question, never());
    expect(heard).toMatchObject({ failure: null, resolver: `[::1]:${port}` });
    expect((await testNet().tcpConnect({ address: '::1', port }, never())).failure).toBe(
      'connection_refused',
    );
  });

  it('fails with what came when nothing answers the query', async () => {
    const wrong = await saying({ idShift: 1 });
    const other = await saying({ name: 'other.example', answers: [address('10.0.0.1')] });
    const junk = await resolver((query, from, socket) =>
      socket.send(query.subarray(0, 9), from.port, from.address),
    );
    const echo = await resolver((query, from, socket) => socket.send(query, from.port, from.address));
    const net = testNet({ timeouts });
    const failures = await Promise.all(
      [wrong, other, junk, echo].map(async (s) => (await net.dnsUdp(s, question, never())).failure),
    );
    expect(failures).toEqual([
      'dns_reply_with_wrong_query_id',
      'dns_server_misbehaving',
      'dns_server_misbehaving',
      'dns_server_misbehaving',
    ]);
  });

  it('asks a silent resolver twice with one id, then times out', async () => {
    const ids: number[] = [];
    const server = await resolver((query) => ids.push(query.readUInt16BE(0)));
    const heard = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(heard).toMatchObject({ failure: 'generic_timeout_error', replies: [] });
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('answers of a second try count', async () => {
    let seen = 0;
    const server = await resolver((query, from, socket) => {
      if (++seen === 2)
        socket.send(answer(query, { answers: [address('203.0.113.7')] }), from.port, from.address);
    });
    expect((await testNet({ timeouts }).dnsUdp(server, question, never())).failure).toBeNull();
  });

  it('ignores a datagram from another port', async () => {
    const stranger = createSocket('udp4');
    datagrams.push(stranger);
    const server = await resolver((query, from) => {
      stranger.send(answer(query, { answers: [address('10.0.0.1')] }), from.port, from.address);
    });
    const heard = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(heard).toMatchObject({ failure: 'generic_timeout_error', replies: [] });
  });

  it('says refused for a closed port, interrupted for a stopped run', async () => {
    const server = await saying();
    const net = testNet({ timeouts: { dns: 5_000, lateReply: 100 } });
    const stop = new AbortController();
    const stopped = net.dnsUdp(server, question, stop.signal);
    setTimeout(() => stop.abort(), 30);
    expect((await stopped).failure).toBe('interrupted');
    expect((await net.dnsUdp(server, question, stop.signal)).failure).toBe('interrupted');
    await new Promise<void>((done) => datagrams.pop()!.close(done));
    expect((await net.dnsUdp(server, question, never())).failure).toBe('connection_refused');
  });

  it('asks again over TCP when the answer was cut off', async () => {
    const tcp = createServer((socket) => {
      socket.on('data', (framed: Buffer) => {
        const id = streamDecode(framed).id ?? 0;
        const whole = streamEncode({
          type: 'response',
          id,
          questions: [{ type: 'A', name: 'site.example' }],
          answers: [address('203.0.113.7')],
        });
        socket.write(whole.subarray(0, 5)); // in pieces: the frame must be put together
        setTimeout(() => socket.write(whole.subarray(5)), 20);
      });
    });
    const port = await servers.listen(tcp);
    const server = await resolver(
      (query, from, socket) =>
        socket.send(answer(query, { flags: TRUNCATED_RESPONSE }), from.port, from.address),
      port,
    );
    const heard = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(heard.failure).toBeNull();
    expect(heard.replies.map((r) => r.failure)).toEqual(['message_size', null]);
    expect(heard.replies[1]?.answers[0]?.value).toBe('203.0.113.7');
    await servers.close();
    const alone = await testNet({ timeouts }).dnsUdp(server, question, never());
    expect(alone).toMatchObject({ failure: 'message_size' });
  });

  it('names what was asked for, not where the lab led', async () => {
    const real = await saying({ answers: [address('203.0.113.7')] });
    const lab = { lookup: () => Promise.resolve({ failure: '' }), mapTcp: () => real, mapUdp: () => real };
    const heard = await testNet({ timeouts, lab }).dnsUdp(
      { address: '198.51.100.1', port: 53 },
      question,
      never(),
    );
    expect(heard).toMatchObject({ failure: null, resolver: '198.51.100.1:53' });
  });

  it('refuses what is no name', async () => {
    const heard = await testNet().dnsUdp(
      { address: LOOPBACK, port: 53 },
      { hostname: `${'a'.repeat(64)}.example`, type: 'A' },
      never(),
    );
    expect(heard.failure).toBe('invalid_argument');
  });
});

describe('reading replies', () => {
  const good = answer(encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'site.example' }] }), {
    answers: [cname, address('203.0.113.7')],
  });

  it('never throws on bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (raw) => {
        const { accepted, reply } = readReply(raw, 7, question);
        expect(accepted && reply.failure === null && reply.answers.length === 0).toBe(false);
      }),
    );
  });

  it('never throws on a damaged reply, and a cut one is never an answer', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(good);
        damaged[at] = value;
        readReply(damaged, 7, question);
        expect(readReply(good.subarray(0, at), 7, question).reply.failure).not.toBeNull();
      }),
    );
  });
});

describe('HTTPS', () => {
  const onRequest =
    (wish: { status?: number; type?: string }) =>
    (
      request: NodeJS.ReadableStream,
      response: NodeJS.WritableStream & { writeHead(s: number, h: object): unknown },
    ) => {
      const chunks: Buffer[] = [];
      request.on('data', (c: Buffer) => chunks.push(c));
      request.on('end', () => {
        const query = Buffer.concat(chunks);
        response.writeHead(wish.status ?? 200, { 'content-type': wish.type ?? 'application/dns-message' });
        response.end(answer(query, { answers: [address('203.0.113.7')] }));
      });
    };
  const key = () => ({ key: testCertificates().leaf.key, cert: testCertificates().leaf.cert });
  const lab = (port: number) => ({
    lookup: (name: string) =>
      Promise.resolve(
        name === 'doh.example' ? { addresses: ['198.51.100.9'] } : { failure: 'dns_nxdomain_error' },
      ),
    mapTcp: () => ({ address: LOOPBACK, port }),
    mapUdp: () => ({ address: LOOPBACK, port }),
  });

  it('works over h2 and http/1.1, by name and by address', async () => {
    const h2 = await servers.listen(createSecureServer(key(), onRequest({}) as never));
    const h1 = await servers.listen(createHttpsServer(key(), onRequest({}) as never));
    const byName = await testNet({ lab: lab(h2) }).dnsOverHttps(
      'https://doh.example/dns-query',
      question,
      never(),
    );
    expect(byName).toMatchObject({ failure: null, resolver: 'https://doh.example/dns-query' });
    expect(byName.replies[0]?.answers[0]?.value).toBe('203.0.113.7');
    const byAddress = await testNet().dnsOverHttps(`https://127.0.0.1:${h1}/dns-query`, question, never());
    expect(byAddress.failure).toBeNull();
    expect(byAddress.replies).toHaveLength(1);
  });

  it('sends nothing to a server that it can not trust', async () => {
    let requests = 0;
    const count = (): number => requests++;
    const { stranger } = testCertificates();
    const strange = await servers.listen(
      createSecureServer({ key: stranger.key, cert: stranger.cert }, count),
    );
    const misnamed = await servers.listen(createSecureServer(key(), count));
    const forged = await testNet({ lab: lab(strange) }).dnsOverHttps(
      'https://doh.example/',
      question,
      never(),
    );
    // The name is checked before the path, as Go's verifier does.
    expect(forged.failure).toMatch(/^ssl_(unknown_authority|invalid_hostname)$/);
    const late = testNet({ wallClock: () => Date.now() + 90 * 86_400_000 });
    const expired = await late.dnsOverHttps(`https://127.0.0.1:${misnamed}/`, question, never());
    expect(expired.failure).toBe('ssl_invalid_certificate');
    const named = { ...lab(misnamed), lookup: () => Promise.resolve({ addresses: ['198.51.100.9'] }) };
    const wrong = await testNet({ lab: named }).dnsOverHttps('https://other.example/', question, never());
    expect(wrong.failure).toBe('ssl_invalid_hostname');
    expect(requests).toBe(0);
  });

  it('says what else went wrong', async () => {
    const status = await servers.listen(createSecureServer(key(), onRequest({ status: 403 }) as never));
    const type = await servers.listen(createSecureServer(key(), onRequest({ type: 'text/html' }) as never));
    const ask = async (port: number, url = 'https://doh.example/'): Promise<string | null> =>
      (await testNet({ lab: lab(port) }).dnsOverHttps(url, question, never())).failure;
    expect(await ask(status)).toBe('http_unexpected_status_code');
    expect(await ask(type)).toBe('dns_server_misbehaving');
    expect(await ask(1)).toBe('connection_refused');
    expect(await ask(1, 'https://nowhere.example/')).toBe('dns_nxdomain_error');
    expect(await ask(1, 'http://doh.example/')).toBe('invalid_argument');
    expect(await ask(1, 'junk')).toBe('invalid_argument');
  });
});

describe('getaddrinfo', () => {
  it('answers localhost by libc', async () => {
    const found = await testNet().getaddrinfo('localhost', never());
    expect(found.failure).toBeNull();
    expect(found.addresses.every((a) => a === '::1' || a.startsWith('127.'))).toBe(true);
  });

  it('answers from the lab, and maps its failures', async () => {
    const answers = new Map<string, { addresses: string[] } | { failure: string }>([
      ['site.example', { addresses: ['203.0.113.7'] }],
      ['gone.example', { failure: 'dns_nxdomain_error' }],
      ['again.example', { failure: 'EAI_AGAIN' }],
      ['empty.example', { addresses: [] }],
    ]);
    const endpoint = { address: LOOPBACK, port: 1 };
    const lookup = (name: string) => {
      const found = answers.get(name);
      return found === undefined ? new Promise<never>(() => undefined) : Promise.resolve(found);
    };
    const net = testNet({
      lab: { lookup, mapTcp: () => endpoint, mapUdp: () => endpoint },
      timeouts: { lookup: 100 },
    });
    const failure = async (name: string): Promise<string | null> =>
      (await net.getaddrinfo(name, never())).failure;
    expect((await net.getaddrinfo('site.example', never())).addresses).toEqual(['203.0.113.7']);
    expect(await failure('gone.example')).toBe('dns_nxdomain_error');
    expect(await failure('again.example')).toBe('dns_temporary_failure');
    expect(await failure('empty.example')).toBe('dns_no_answer');
    expect(await failure('silent.example')).toBe('generic_timeout_error');
    expect((await net.getaddrinfo('silent.example', AbortSignal.abort())).failure).toBe('interrupted');
  });
});
