import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import dnsPacket from 'dns-packet';
import type { DecodedPacket } from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoopbackLab } from '../../lab/loopback/lab.ts';
import type { LoopbackLab } from '../../lab/loopback/lab.ts';
import { scenario, site } from './small-lab.ts';

const SCENARIOS = [
  scenario('names', {
    sites: [
      site('kept.example', ['11.92.1.10', '3ffe:92::10']),
      site('unpaid.example', ['11.92.1.11'], { suspended: true }),
      site('moved.example', ['11.92.1.12']),
      site('inside.example', ['11.92.1.13'], { reach: 'inside' }),
      site('broken.example', ['11.92.1.14']),
    ],
    outsideNames: [{ on: 'name', match: 'broken.example', action: { kind: 'servfail' } }],
    diaryNames: [
      { on: 'name', match: 'moved.example', action: { kind: 'answer', addresses: ['11.92.1.99'] } },
    ],
  }),
];

let lab: LoopbackLab;
beforeAll(async () => {
  lab = await startLoopbackLab({ scenarios: SCENARIOS });
});
afterAll(() => lab.close());

type Type = 'A' | 'AAAA' | 'NS';
const query = (name: string, type: Type, recursive: boolean): Buffer =>
  dnsPacket.encode({
    type: 'query',
    id: 77,
    flags: recursive ? dnsPacket.RECURSION_DESIRED : 0,
    questions: [{ type, name }],
  });

/** `rcode aa|-` and the data of the answers. */
function said(bytes: Buffer): string {
  const packet = dnsPacket.decode(bytes) as DecodedPacket & { rcode: string };
  const data = (packet.answers ?? []).map((answer) => String((answer as { data: unknown }).data));
  return [packet.rcode, packet.flag_aa ? 'aa' : '-', ...data].join(' ');
}

async function overUdp(name: string, type: Type, recursive = false): Promise<string> {
  const to = lab.outside.mapUdp(lab.outside.resolver);
  const socket = createSocket('udp4');
  const heard = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  socket.send(query(name, type, recursive), to.port, to.address);
  const reply = await heard;
  socket.close();
  return said(reply);
}

function overTcp(name: string, type: Type): Promise<string> {
  const to = lab.outside.mapTcp({ address: '11.255.0.11', port: 53 });
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(to.port, to.address);
    socket.on('data', (bytes: Buffer) => parts.push(bytes));
    socket.once('end', () => resolve(said(Buffer.concat(parts).subarray(2))));
    const message = query(name, type, false);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    // In two segments: a length and its message need not arrive together.
    socket.write(length);
    setTimeout(() => socket.write(message), 20);
  });
}

test('the resolver leads to the servers of the top-level domain', async () => {
  expect(await overUdp('example', 'NS', true)).toBe('NOERROR - a.nic.example b.nic.example');
  expect(await overUdp('a.nic.example', 'A', true)).toBe('NOERROR - 11.255.0.10');
  expect(await overUdp('b.nic.example', 'A', true)).toBe('NOERROR - 11.255.0.11');
});

test('the zone’s own servers answer with authority, over UDP and TCP', async () => {
  expect(await overUdp('kept.example', 'A')).toBe('NOERROR aa 11.92.1.10');
  expect(await overUdp('KEPT.example', 'AAAA')).toBe('NOERROR aa 3ffe:92::10');
  expect(await overUdp('kept.example', 'NS')).toBe('NOERROR aa');
  expect(await overUdp('nobody.example', 'A')).toBe('NXDOMAIN aa');
  expect(await overUdp('inside.example', 'A')).toBe('NXDOMAIN aa');
  expect(await overTcp('kept.example', 'A')).toBe('NOERROR aa 11.92.1.10');
  expect(await overTcp('nobody.example', 'A')).toBe('NXDOMAIN aa');
});

test('a suspended name is known to caches only', async () => {
  expect(await overUdp('unpaid.example', 'A', true)).toBe('NOERROR - 11.92.1.11');
  expect(await overUdp('unpaid.example', 'A')).toBe('NXDOMAIN aa');
  expect(await lab.outside.lookup('unpaid.example')).toEqual({ addresses: ['11.92.1.11'] });
});

test('a zone that is broken for everybody says so without authority', async () => {
  expect(await overUdp('broken.example', 'A')).toBe('SERVFAIL -');
  expect(await lab.outside.lookup('broken.example')).toEqual({ failure: 'dns_temporary_failure' });
});

test('the diary’s time has names of its own', async () => {
  lab.outsideSays('diary');
  expect(await overUdp('moved.example', 'A')).toBe('NOERROR aa 11.92.1.99');
  expect(await lab.outside.lookup('moved.example')).toEqual({ addresses: ['11.92.1.99'] });
  lab.outsideSays('now');
  expect(await overUdp('moved.example', 'A')).toBe('NOERROR aa 11.92.1.12');
});
