import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CensorRule, Line } from '../../scenarios/index.ts';
import { createPath } from '../../lab/namespace/censor.ts';
import type { Path, Sent } from '../../lab/namespace/censor.ts';
import { createRandom } from '../../lab/namespace/line.ts';
import { PROTOCOL, readPacket, readTcp, TCP, writePacket, writeTcp } from '../../lab/namespace/packet.ts';

const CLIENT = '11.254.0.2';
const SITE = '11.1.0.1';
const OTHER = '11.1.0.2';
const REFLECTOR = '11.255.0.3';
const RESOLVER = '11.255.0.53';
const ISN = 1000;
const SERVER_ISN = 5000;

/** The first bytes of a real TLS client. */
function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        done();
        resolve(chunk);
      },
    });
    connect({ socket: wire, servername }).on('error', () => undefined);
  });
}

let hello = Buffer.alloc(0);
let innocuous = Buffer.alloc(0);
beforeAll(async () => {
  hello = Buffer.from(await clientHello('listed.example'));
  innocuous = Buffer.from(await clientHello('mirror.example'));
});

function pathWith(
  rules: readonly CensorRule[],
  line: Line = {},
  dead: [string, 'refused' | 'silent'][] = [],
): Path {
  return createPath({
    rules,
    line,
    addresses: {
      client: new Set([CLIENT]),
      world: new Set([SITE, OTHER, RESOLVER]),
      outside: new Set([REFLECTOR]),
    },
    spared: new Set([RESOLVER]),
    dead: new Map(dead),
    boxPorts: new Map(),
    boxAddress: { 4: '11.255.0.99', 6: '3ffe:ffff::99' },
    random: createRandom(1),
  });
}

const NOTHING = Buffer.alloc(0);
interface Spoken {
  readonly to?: string;
  readonly port?: number;
  readonly from?: number;
  readonly flags?: number;
  readonly at?: number;
  readonly data?: Buffer;
}
const upward = ({
  to = SITE,
  port = 443,
  from = 40_000,
  flags = TCP.ack,
  at = 1,
  data = NOTHING,
}: Spoken): Buffer =>
  writeTcp(
    { source: CLIENT, destination: to },
    {
      sourcePort: from,
      destinationPort: port,
      sequence: ISN + at,
      acknowledgement: SERVER_ISN + 1,
      flags,
      data,
    },
  );
const downward = ({ to = SITE, port = 443, from = 40_000, at = 1, data = NOTHING }: Spoken): Buffer =>
  writeTcp(
    { source: to, destination: CLIENT },
    {
      sourcePort: port,
      destinationPort: from,
      sequence: SERVER_ISN + at,
      acknowledgement: ISN + 1,
      flags: TCP.ack,
      data,
    },
  );
const syn = (spoken: Spoken = {}): Buffer => upward({ ...spoken, flags: TCP.syn, at: 0 });

/** What each leg gets, in words. */
function told(sent: readonly Sent[]): string[] {
  return sent.map(({ leg, packet }) => {
    const ip = readPacket(packet)!;
    const segment = readTcp(ip);
    if (segment === null) return `${leg} protocol ${ip.protocol}`;
    const names = (Object.keys(TCP) as (keyof typeof TCP)[]).filter(
      (flag) => (segment.flags & TCP[flag]) !== 0,
    );
    return `${leg} ${names.join('+')}${segment.data.length > 0 ? ` ${segment.data.length}` : ''}`;
  });
}

const sni = (rest: object): CensorRule => ({ on: 'sni', match: 'listed.example', ...rest }) as CensorRule;

describe('a path that does nothing', () => {
  it('forwards both ways and to the collector’s machine', () => {
    const path = pathWith([]);
    expect(told(path('client', syn(), 0))).toEqual(['world syn']);
    expect(told(path('client', upward({ data: hello }), 1))).toEqual([`world ack ${hello.length}`]);
    expect(told(path('world', downward({ data: hello }), 2))).toEqual([`client ack ${hello.length}`]);
    expect(told(path('client', syn({ to: REFLECTOR }), 3))).toEqual(['outside syn']);
  });

  it('refuses what nobody has, and lets a site be silent for one view only', () => {
    const path = pathWith([], {}, [[`client ${SITE} 443`, 'silent']]);
    expect(told(path('client', syn({ to: '10.66.0.1' }), 0))).toEqual(['client rst+ack']);
    expect(path('client', syn(), 0)).toEqual([]);
    expect(told(path('client', syn({ port: 80 }), 0))).toEqual(['world syn']);
    const control = writeTcp(
      { source: '11.255.0.2', destination: SITE },
      { sourcePort: 1, destinationPort: 443, sequence: 0, acknowledgement: 0, flags: TCP.syn, data: NOTHING },
    );
    expect(told(path('outside', control, 0))).toEqual(['world syn']);
  });
});

describe('rules on names', () => {
  it('spare other names', () => {
    const path = pathWith([sni({ action: { kind: 'reset' } })]);
    path('client', syn(), 0);
    expect(told(path('client', upward({ data: innocuous }), 1))).toEqual([`world ack ${innocuous.length}`]);
    expect(told(path('client', upward({ data: hello, at: 1 + innocuous.length }), 2))).toHaveLength(1);
  });

  it('reset both ends with sequence numbers that each accepts', () => {
    const path = pathWith([sni({ action: { kind: 'reset' } })]);
    path('client', syn(), 0);
    const sent = path('client', upward({ data: hello }), 1);
    expect(told(sent)).toEqual(['client rst+ack', 'world rst+ack']);
    const [toClient, toServer] = sent.map(({ packet }) => readTcp(readPacket(packet)!)!);
    expect(toClient).toMatchObject({ sequence: SERVER_ISN + 1, acknowledgement: ISN + 1 + hello.length });
    expect(toServer).toMatchObject({ sequence: ISN + 1, sourcePort: 40_000 });
    expect(path('client', upward({ data: hello }), 2)).toEqual([]);
    expect(path('world', downward({ data: hello }), 2)).toEqual([]);
  });

  it('answer in the server’s name, again when the client repeats itself', () => {
    const path = pathWith([sni({ action: { kind: 'alert', description: 112 } })]);
    path('client', syn(), 0);
    const wanted = ['client psh+ack 7', 'client fin+ack', 'world rst+ack'];
    expect(told(path('client', upward({ data: hello }), 1))).toEqual(wanted);
    expect(told(path('client', upward({ data: hello }), 200))).toEqual(wanted.slice(0, 2));
    const fin = upward({ flags: TCP.fin | TCP.ack, at: 1 + hello.length });
    expect(told(path('client', fin, 201))).toEqual(['client ack']);
  });

  it('see a divided name only when they put segments together', () => {
    const [head, tail] = [hello.subarray(0, 20), hello.subarray(20)];
    const outcomes = [true, false].map((reassembles) => {
      const path = pathWith([sni({ reassembles, action: { kind: 'drop' } })]);
      path('client', syn(), 0);
      expect(told(path('client', upward({ data: head }), 1))).toEqual(['world ack 20']);
      return path('client', upward({ data: tail, at: 21 }), 2).length;
    });
    expect(outcomes).toEqual([0, 1]);
  });

  it('punish the triple or the client, for so long', () => {
    const action = { kind: 'drop' } as const;
    for (const scope of ['triple', 'client'] as const) {
      const path = pathWith([sni({ action, residual: { seconds: 30, scope } })]);
      path('client', syn(), 0);
      expect(path('client', upward({ data: hello }), 1)).toEqual([]);
      expect(path('client', syn({ from: 40_001 }), 1000)).toEqual([]);
      expect(path('client', syn({ from: 40_002, to: OTHER }), 1000)).toHaveLength(scope === 'triple' ? 1 : 0);
      expect(path('client', syn({ from: 40_003, port: 8443 }), 1000)).toHaveLength(
        scope === 'triple' ? 1 : 0,
      );
      expect(path('client', syn({ from: 40_004 }), 30_002)).toHaveLength(1);
    }
  });

  it('freeze after so many bytes', () => {
    const path = pathWith([sni({ action: { kind: 'freeze', afterBytes: 2500 } })]);
    path('client', syn(), 0);
    path('client', upward({ data: hello }), 1);
    const page = Buffer.alloc(1000);
    const passed = [0, 1, 2, 3].map(
      (i) => path('world', downward({ data: page, at: 1 + i * 1000 }), 2).length,
    );
    expect(passed).toEqual([1, 1, 0, 0]);
    expect(path('client', upward({ at: 1 + hello.length }), 3)).toEqual([]);
  });

  it('slow both directions together', () => {
    const path = pathWith([sni({ action: { kind: 'throttle', bytesPerSecond: 10_000 } })]);
    path('client', syn(), 0);
    path('client', upward({ data: hello }), 0);
    const [last] =
      [1, 2, 3].map((i) => path('world', downward({ data: Buffer.alloc(960), at: i }), 0)).at(-1) ?? [];
    expect(last?.atMs).toBeGreaterThan(300);
  });
});

describe('rules on addresses', () => {
  it.each([
    ['refuse', ['client rst+ack']],
    ['drop', []],
    ['unreachable', [`client protocol ${PROTOCOL.icmp}`]],
  ] as const)('%s', (kind, wanted) => {
    const path = pathWith([{ on: 'address', match: SITE, action: { kind } }]);
    expect(told(path('client', syn({ to: OTHER }), 0))).toEqual(['world syn']);
    expect(told(path('client', syn(), 0))).toEqual(wanted);
  });

  it('for everything spare the operator’s resolver and what was let through before', () => {
    const path = pathWith([
      { on: 'address', match: OTHER, action: { kind: 'pass' } },
      { on: 'address', match: '*', action: { kind: 'drop' } },
    ]);
    const question = writePacket({ source: CLIENT, destination: RESOLVER }, PROTOCOL.udp, Buffer.alloc(12));
    expect(path('client', question, 0)).toHaveLength(1);
    expect(path('client', syn({ to: OTHER }), 0)).toHaveLength(1);
    expect(path('client', syn({ to: REFLECTOR }), 0)).toEqual([]);
  });
});

describe('the client’s own line', () => {
  it('takes half its time each way', () => {
    const path = pathWith([], { delayMs: 150 });
    expect(path('client', syn(), 0)[0]?.atMs).toBe(75);
    expect(path('world', downward({}), 100)[0]?.atMs).toBe(175);
  });

  it('is punished from its first packet on for what a neighbour did', () => {
    const path = pathWith([], { penalisedSeconds: 20 });
    expect(path('client', syn(), 5000)).toEqual([]);
    expect(path('client', syn({ from: 40_001 }), 24_999)).toEqual([]);
    expect(path('client', syn({ from: 40_002 }), 25_001)).toHaveLength(1);
  });

  it('cuts every second connection at its first byte', () => {
    const path = pathWith([], { cutsEvery: 2 });
    const ends = [0, 1, 2, 3].map((i) => {
      path('client', syn({ from: 41_000 + i }), i);
      return told(path('client', upward({ from: 41_000 + i, data: innocuous }), i))[0]?.split(' ')[0];
    });
    expect(ends).toEqual(['world', 'client', 'world', 'client']);
  });
});
