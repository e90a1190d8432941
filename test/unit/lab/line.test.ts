import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import dnsPacket from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLoopbackLab } from '../../lab/loopback/lab.ts';
import type { LabScenario, LoopbackLab } from '../../lab/loopback/lab.ts';
import type { Line } from '../../scenarios/index.ts';
import { page, request, scenario, site } from './small-lab.ts';
import { dns, question, readDns, say, tcp } from './wire.ts';
import type { Mapped } from './wire.ts';

const SILENCE_MS = 400;
const WHOAMI_ZONE = 'whoami.example';
const REFLECTOR = '3ffe:90::1';

function onLine(n: number, name: string, line: Line, more: Partial<LabScenario> = {}): LabScenario {
  const addresses = [`11.91.${n}.10`, `3ffe:91:${n}::10`];
  return scenario(name, { sites: [site(`${name}.example`, addresses)], line, ...more });
}

const SCENARIOS: readonly LabScenario[] = [
  onLine(1, 'plain', {}),
  onLine(2, 'tunnel', { tunnel: true, network: { cc: 'NL', asn: 64511 } }),
  onLine(3, 'no-v6-route', { ipv6: 'unroutable' }),
  onLine(4, 'silent-v6', { ipv6: 'silent' }),
  onLine(5, 'down', { down: true }),
  onLine(6, 'family', { resolver: { address: '11.91.6.53', cc: 'US', asn: 64512 } }, {
    censor: [{ on: 'name', match: '*.adult.example', extendedError: 17, action: { kind: 'nxdomain' } }],
  }), // prettier-ignore
  onLine(7, 'neighbour', { penalisedSeconds: 90 }),
  onLine(8, 'cutting', { cutsEvery: 3 }),
  onLine(9, 'late', { clockOffsetHours: -72 }),
  onLine(10, 'own-resolver-cut-off', { resolver: { address: '11.91.10.53', cc: 'US', asn: 64512 } }, {
    censor: [{ on: 'address', match: '11.91.10.53', action: { kind: 'drop' } }],
  }), // prettier-ignore
  scenario('flapping', {
    sites: [site('flapping.example', ['11.91.20.10'], { flaps: { every: 3, page: page('sorry', 503) } })],
  }),
];

/** Says where a connection comes from. */
let mirror: Server;
let lab: LoopbackLab;
const whoami = createSocket('udp4');

beforeAll(async () => {
  lab = await startLoopbackLab({ scenarios: SCENARIOS, virtualClock: true });
  mirror = createServer((asked, answer) => answer.end(asked.socket.remoteAddress));
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  whoami.on('message', (bytes, from) => {
    const query = dnsPacket.decode(bytes);
    const answers = [{ type: 'TXT', name: query.questions![0]!.name, ttl: 0, data: from.address }] as const;
    const { id = 0, questions = [] } = query;
    whoami.send(
      dnsPacket.encode({ type: 'response', id, questions, answers: [...answers] }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => whoami.bind({ port: 0, address: '127.0.0.1' }, resolve));
  await lab.addReflector({
    name: 'mirror.example',
    addresses: ['11.91.0.1', REFLECTOR],
    ports: new Map([[80, { address: '127.0.0.1', port: (mirror.address() as { port: number }).port }]]),
    whoami: { zone: WHOAMI_ZONE, real: { address: '127.0.0.1', port: whoami.address().port } },
  });
});
afterAll(async () => {
  await lab.close();
  mirror.close();
  whoami.close();
});

function pick(name: string) {
  const client = lab.clients.get(name)!;
  const { addresses, host } = SCENARIOS.find((s) => s.name === name)!.sites[0]!;
  const to = (address: string, port = 80): Mapped => client.lab.mapTcp({ address, port });
  return { client, host, v4: addresses[0]!, v6: addresses[1]!, to, resolver: client.resolvers[0]! };
}

/** The network that the lab's table gives to an address. */
function networkOf(address: string): string {
  return lab.networkTable.split('\n').find((row) => row.startsWith(`${address}/32,`)) ?? 'none';
}

async function remoteAddress(to: Mapped): Promise<string> {
  const heard = await say(to, [request('mirror.example')], 2000);
  return heard.bytes.toString().split('\r\n\r\n')[1] ?? '';
}

/** What the whoami server saw of the resolver. */
async function resolverAddress(name: string): Promise<string> {
  const { client, resolver } = pick(name);
  const socket = createSocket('udp4');
  const to = client.lab.mapUdp(resolver);
  const reply = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  const query = {
    type: 'query',
    id: 9,
    flags: 256,
    questions: [{ type: 'TXT', name: `r4nd.${WHOAMI_ZONE}` }],
  } as const;
  socket.send(dnsPacket.encode({ ...query, questions: [...query.questions] }), to.port, to.address);
  const answer = dnsPacket.decode(await reply).answers?.[0] as { data: Buffer[] };
  socket.close();
  return String(answer.data[0]);
}

describe.runIf(process.platform === 'linux')('who a client is to others', () => {
  test('each has an address of its own, with its network in the table', async () => {
    const seen = await Promise.all(
      ['plain', 'tunnel'].map((name) => remoteAddress(pick(name).to('11.91.0.1'))),
    );
    expect(new Set(seen).size).toBe(2);
    expect(networkOf(seen[0]!)).toMatch(/,64500,KZ$/);
    expect(networkOf(seen[1]!)).toMatch(/,64511,NL$/);
  });

  test('a resolver asks from its own network', async () => {
    expect(networkOf(await resolverAddress('plain'))).toMatch(/,64500,KZ$/);
    expect(networkOf(await resolverAddress('family'))).toMatch(/,64512,US$/);
  });
});

describe('the line', () => {
  test('a tunnel is an interface that packets leave through', () => {
    const { client } = pick('tunnel');
    expect(client.interfaces()['tun0']?.[0]?.address).toBe(client.routeAddress());
    const plain = pick('plain').client;
    expect(plain.interfaces()['eth0']?.[0]?.address).toBe(plain.routeAddress());
  });

  test('IPv6 without a route, or silent, for the reflector too; IPv4 goes on', async () => {
    for (const [name, how] of [
      ['no-v6-route', 'network_unreachable'],
      ['silent-v6', 'silence'],
    ] as const) {
      const { to, v4, v6 } = pick(name);
      expect(await tcp(to(v6), SILENCE_MS)).toBe(how);
      expect(await tcp(to(REFLECTOR), SILENCE_MS)).toBe(how);
      expect(await tcp(to(v4), SILENCE_MS)).toBe('connected');
    }
    expect(await tcp(pick('plain').to(pick('plain').v6), SILENCE_MS)).toBe('connected');
  });

  test('no network: nothing leaves, names are not found out', async () => {
    const { client, to, v4, host, resolver } = pick('down');
    expect(to(v4)).toEqual({ failure: 'network_unreachable' });
    expect(await client.lab.lookup(host)).toEqual({ failure: 'dns_temporary_failure' });
    const at = client.lab.mapUdp(resolver);
    const socket = createSocket('udp4');
    const refused = new Promise<string>((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      setTimeout(() => resolve('silence'), SILENCE_MS);
    });
    socket.connect(at.port, at.address, () => socket.send(question(host)));
    expect(await refused).toBe('ECONNREFUSED');
    socket.close();
    expect(client.routeAddress()).toBeNull();
  });

  test('a resolver elsewhere answers at its own address, and says that it filters', async () => {
    const { client, resolver } = pick('family');
    expect(resolver.address).toBe('11.91.6.53');
    const asked = dnsPacket.decode(question('adult.example'));
    const opt = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1232,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    } as const;
    const socket = createSocket('udp4');
    const to = client.lab.mapUdp(resolver);
    const reply = (bytes: Buffer): Promise<Buffer> => {
      const heard = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      socket.send(bytes, to.port, to.address);
      return heard;
    };
    const withEdns = await reply(
      dnsPacket.encode({ ...asked, type: 'query', additionals: [{ ...opt, options: [] }] }),
    );
    expect(readDns(withEdns).rcode).toBe('NXDOMAIN');
    const options = (
      dnsPacket.decode(withEdns).additionals?.[0] as { options: { code: number; data: Buffer }[] }
    ).options;
    expect(options.map(({ code, data }) => [code, data.readUInt16BE(0)])).toEqual([[15, 17]]);
    const without = dnsPacket.decode(await reply(question('adult.example')));
    expect(without.additionals).toEqual([]);
    socket.close();
    // The network's own resolver is not there for this device.
    const own = client.lab.mapUdp({ address: '11.255.0.53', port: 53 });
    expect(await dns(own, 'family.example', 300)).toEqual([]);
  });

  test('a resolver elsewhere can be cut off, the network’s own stands before the censor', async () => {
    const { client, resolver, host } = pick('own-resolver-cut-off');
    expect(await dns(client.lab.mapUdp(resolver), host, 300)).toEqual([]);
  });

  test('a neighbour’s penalty is over when its time is', async () => {
    const { client, to, v4 } = pick('neighbour');
    expect(await tcp(to(v4), SILENCE_MS)).toBe('connected');
    client.begin();
    expect(await tcp(to(v4), SILENCE_MS)).toBe('silence');
    await client.lab.clock!.wait(91_000);
    expect(await tcp(to(v4), SILENCE_MS)).toBe('connected');
  });

  test('every third connection is cut, whatever it is for', async () => {
    const { to, v4, host } = pick('cutting');
    const ends: string[] = [];
    for (let i = 0; i < 6; i++) ends.push((await say(to(v4), [request(host)], 2000)).end);
    expect(ends).toEqual(['end', 'end', 'ECONNRESET', 'end', 'end', 'ECONNRESET']);
  });

  test('a clock that is wrong is wrong by so much', () => {
    expect(pick('late').client.clockOffsetMs).toBe(-72 * 3600 * 1000);
    expect(pick('plain').client.clockOffsetMs).toBe(0);
  });

  test('a site that flaps does so for everybody together', async () => {
    const { to, v4, host } = pick('flapping');
    const outside = lab.outside.mapTcp({ address: v4, port: 80 });
    const statuses: string[] = [];
    for (const at of [to(v4), outside, to(v4), outside, to(v4), to(v4)])
      statuses.push((await say(at, [request(host)], 2000)).bytes.toString().slice(9, 12));
    expect(statuses).toEqual(['200', '200', '503', '200', '200', '503']);
  });
});
