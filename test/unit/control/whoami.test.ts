import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWhoami } from '../../../collector/control/index.ts';
import type { KnownNetwork, Whoami } from '../../../collector/control/index.ts';
import { onCleanup } from './helpers.ts';

const ZONE = 'whoami.mirror.example';
const NETWORKS: Readonly<Record<string, KnownNetwork>> = {
  '127.0.0.1': { asn: 64500, cc: 'KZ' },
  '127.0.0.2': { asn: 4_294_967_295, cc: 'KG' },
  '::1': { asn: 64501, cc: 'KZ' },
};
/** Milliseconds: far more than a reply over loopback takes, and the price of each case that gets none. */
const SILENCE_MS = 300;

async function start(limits: Readonly<Record<string, number>> = {}, host = '127.0.0.1'): Promise<Whoami> {
  const whoami = await createWhoami({
    zone: ZONE,
    listen: { host, port: 0 },
    lookup: (address) => NETWORKS[address] ?? null,
    clock: () => performance.now(),
    limits,
  });
  onCleanup(() => whoami.close());
  return whoami;
}

/** All replies to what is sent, in a real socket bound to `from`. */
async function exchange(
  whoami: Whoami,
  messages: readonly Uint8Array[],
  from = '127.0.0.1',
): Promise<Buffer[]> {
  const socket = createSocket(from.includes(':') ? 'udp6' : 'udp4');
  const replies: Buffer[] = [];
  socket.on('message', (message) => replies.push(message));
  socket.bind(0, from);
  await once(socket, 'listening');
  for (const message of messages) socket.send(message, whoami.endpoint.port, whoami.endpoint.host);
  const deadline = performance.now() + SILENCE_MS;
  while (replies.length < messages.length && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
  socket.close();
  return replies;
}

type QueryOptions = { type?: string; class?: string; flags?: number; edns?: boolean };
function query(name: string, options: QueryOptions = {}): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id: 0x1234,
    flags: options.flags ?? dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type: options.type ?? 'TXT', class: options.class ?? 'IN' }] as dnsPacket.Question[],
    additionals:
      options.edns === true
        ? [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: 1232,
              flags: 0,
              options: [],
            } as unknown as dnsPacket.Answer,
          ]
        : [],
  });
}
async function ask(whoami: Whoami, name: string, options: QueryOptions = {}, from?: string) {
  const sent = query(name, options);
  const [reply] = await exchange(whoami, [sent], from);
  if (reply === undefined) throw new Error('no reply');
  return {
    sent,
    bytes: reply,
    reply: dnsPacket.decode(reply) as dnsPacket.DecodedPacket & { rcode: string },
  };
}
const textOf = (answer: dnsPacket.Answer | undefined): string =>
  answer?.type === 'TXT' ? String((answer.data as Buffer[])[0]) : '';

describe('whoami', () => {
  test('tells each resolver its own network, with nothing to cache', async () => {
    const whoami = await start();
    for (const [from, text] of [
      ['127.0.0.1', 'asn=64500 cc=KZ'],
      ['127.0.0.2', 'asn=4294967295 cc=KG'],
      ['127.0.0.3', 'asn=0 cc=ZZ'],
    ] as const) {
      const { reply } = await ask(whoami, `x7f.${ZONE}`, { edns: true }, from);
      expect(reply.id).toBe(0x1234);
      expect(reply.rcode).toBe('NOERROR');
      expect(reply.flag_aa && reply.flag_qr && reply.flag_rd).toBe(true);
      expect(reply.flag_ra).toBe(false);
      expect(reply.answers).toMatchObject([{ name: `x7f.${ZONE}`, type: 'TXT', ttl: 0 }]);
      expect(textOf(reply.answers?.[0])).toBe(text);
    }
    const six = await start({}, '::1');
    expect(textOf((await ask(six, ZONE, {}, '::1')).reply.answers?.[0])).toBe('asn=64501 cc=KZ');
  });

  test('keeps the spelling of the question (resolvers check it)', async () => {
    const whoami = await start();
    const { reply } = await ask(whoami, 'RaNd.WhoAmI.mirror.EXAMPLE');
    expect(reply.questions?.[0]?.name).toBe('RaNd.WhoAmI.mirror.EXAMPLE');
    expect(textOf(reply.answers?.[0])).toBe('asn=64500 cc=KZ');
  });

  test('another type has no data and the zone’s SOA; the zone itself has one', async () => {
    const whoami = await start();
    for (const type of ['A', 'AAAA', 'NS', 'ANY', 'HINFO']) {
      const { reply } = await ask(whoami, `a.b.${ZONE}`, { type });
      expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [] });
      expect(reply.authorities).toMatchObject([
        { name: ZONE, type: 'SOA', ttl: 0, data: { mname: ZONE, minimum: 0 } },
      ]);
    }
    expect((await ask(whoami, ZONE, { type: 'SOA' })).reply.answers).toMatchObject([
      { name: ZONE, type: 'SOA' },
    ]);
  });

  test.each([
    ['another.example', {}],
    ['mirror.example', {}],
    [`not-${ZONE}`, {}],
    [ZONE, { class: 'CH' }],
    ['.', {}],
  ])('%s %j is refused', async (name, options) => {
    const { reply } = await ask(await start(), name, options);
    expect(reply).toMatchObject({ rcode: 'REFUSED', answers: [], authorities: [] });
  });

  test('no reply is more than 36 bytes longer than its question', async () => {
    const whoami = await start();
    const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(35)}.${ZONE}`;
    for (const name of [ZONE, longest])
      for (const type of ['TXT', 'A', 'SOA'])
        for (const from of ['127.0.0.2', '127.0.0.3']) {
          const { sent, bytes } = await ask(whoami, name, { type }, from);
          expect(bytes.length - sent.length).toBeLessThanOrEqual(36);
        }
  });
});

describe('hostile datagrams', () => {
  test('a reply is never answered: two servers could be set talking', async () => {
    const whoami = await start();
    const reply = query(ZONE);
    reply[2] = reply[2]! | 0x80;
    expect(await exchange(whoami, [reply, Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(513)])).toEqual([]);
  });

  test('no question, two questions, pointers, cut names, other opcodes', async () => {
    const whoami = await start();
    const base = query(ZONE);
    const changed = (at: number, value: number): Buffer => {
      const copy = Buffer.from(base);
      copy[at] = value;
      return copy;
    };
    const codes = async (message: Buffer) =>
      (await exchange(whoami, [message])).map((r) => [r.length, r[3]! & 15]);
    expect(await codes(changed(5, 0))).toEqual([[12, 1]]);
    expect(await codes(changed(5, 2))).toEqual([[12, 1]]);
    expect(await codes(changed(12, 0xc0))).toEqual([[12, 1]]);
    expect(await codes(changed(12, 63))).toEqual([[12, 1]]);
    expect(await codes(base.subarray(0, base.length - 1))).toEqual([[12, 1]]);
    expect(await codes(changed(2, 0x28))).toEqual([[12, 4]]);
    const long = Buffer.concat([
      base.subarray(0, 12),
      Buffer.from(`\x3f${'x'.repeat(63)}`.repeat(5)),
      Buffer.alloc(5),
    ]);
    expect(await codes(long)).toEqual([[12, 1]]);
  });

  test('whatever comes, the server lives and says little', async () => {
    const whoami = await start({ perSource: 1e9, total: 1e9 });
    const messages = fc
      .sample(
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc.tuple(fc.nat({ max: 39 }), fc.nat({ max: 255 })).map(([at, value]) => {
            const copy = Buffer.from(query(`q.${ZONE}`));
            copy[at % copy.length] = value;
            return new Uint8Array(copy);
          }),
        ),
        400,
      )
      .filter((message) => message.length > 0);
    const replies = await exchange(whoami, messages);
    const most = Math.max(...messages.map((message) => message.length));
    for (const reply of replies) expect(reply.length).toBeLessThanOrEqual(most + 36);
    expect(textOf((await ask(whoami, ZONE)).reply.answers?.[0])).toBe('asn=64500 cc=KZ');
  });

  test('one source that floods is not answered for ever, and others still are', async () => {
    const whoami = await start({ perSource: 5 });
    const flood = Array.from({ length: 50 }, () => query(ZONE));
    expect(await exchange(whoami, flood)).toHaveLength(5);
    expect(await exchange(whoami, [query(ZONE)], '127.0.0.2')).toHaveLength(1);
  });

  test('a flood from everywhere ends at the bound for all', async () => {
    const whoami = await start({ perSource: 5, total: 12 });
    let replies = 0;
    for (let i = 1; i <= 6; i++)
      replies += (await exchange(whoami, [query(ZONE), query(ZONE), query(ZONE)], `127.0.0.${i}`)).length;
    expect(replies).toBe(12);
  });

  test('an address that is taken is said so', async () => {
    const { endpoint } = await start();
    await expect(
      createWhoami({ zone: ZONE, listen: endpoint, lookup: () => null, clock: () => 0 }),
    ).rejects.toMatchObject({ code: 'REFLECTOR_PORT_TAKEN' });
  });
});
