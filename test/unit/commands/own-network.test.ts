import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { isTunnelAddress, ownNetwork } from '../../../probe/commands/own-network.ts';
import type { World } from '../../../probe/commands/world.ts';
import { routeAddress } from '../../../probe/net/route-address.ts';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../../shared/codec/ed25519.ts';
import type { ReflectorDescriptor } from '../../../shared/model/index.ts';
import { LOOPBACK, Servers, testNet } from '../net/helpers.ts';

const NOW = Date.parse('2026-11-21T10:25:00Z');
const SEED = new Uint8Array(32).fill(7);
const VANTAGE = { cc: 'ZZ', asn: 'AS0', networkType: 'unknown' } as const;
const ZONE = 'who.mirror.example';

const servers = new Servers();
const datagrams: Socket[] = [];
afterEach(async () => {
  await servers.close();
  await Promise.all(datagrams.splice(0).map((s) => new Promise<void>((done) => s.close(done))));
});

function statement(said: unknown, seed = SEED) {
  const payload = JSON.stringify(said);
  const sig = toBase64(sign(preAuthEncoding(PAYLOAD_TYPES.network, utf8(payload)), seed));
  return { payloadType: PAYLOAD_TYPES.network, payload, keyid: toBase64(publicKeyOf(seed)), sig };
}
const HONEST = { cc: 'KZ', asn: 9198, hour: '2026-11-21T10:00:00.000Z' };

/** A real server that says this of its asker's network. */
async function reflector(said: unknown, status = 200): Promise<ReflectorDescriptor> {
  const server = createServer((request, response) => {
    const asked = request.url === '/.well-known/kuager-network';
    response.writeHead(asked ? status : 404).end(JSON.stringify(said));
  });
  const port = await servers.listen(server);
  return {
    name: 'mirror.example',
    addresses: [LOOPBACK],
    tlsPort: port,
    httpPort: port,
    spkiSha256: [],
    key: toBase64(publicKeyOf(SEED)),
  };
}

/** A real resolver that answers every TXT question with this text. */
async function resolver(text: string): Promise<{ address: string; port: number; asked: string[] }> {
  const socket = createSocket('udp4');
  datagrams.push(socket);
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { id = 0, questions = [] } = decode(query);
    const name = questions[0]?.name ?? '';
    asked.push(name);
    const reply = encode({ type: 'response', id, questions, answers: [{ type: 'TXT', name, data: text }] });
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((done) => socket.bind(0, LOOPBACK, done));
  return { address: LOOPBACK, port: (socket.address() as AddressInfo).port, asked };
}

function world(rest: Partial<World> = {}): { readonly world: World; readonly said: string[] } {
  const said: string[] = [];
  const made = {
    now: () => NOW,
    random: (n: number) => new Uint8Array(n).fill(171),
    interfaces: () => ({}),
    routeAddress: () => Promise.resolve(null),
    err: (line: string) => void said.push(line),
    stop: new AbortController().signal,
    ...rest,
  };
  return { world: made as unknown as World, said };
}
const given = (clockOffset: number | null = null) => ({ vantage: VANTAGE, clockOffset });

describe('a reflector’s word on the network', () => {
  it('fills in what no flag gave, and travels with the measurement', async () => {
    const signed = statement(HONEST);
    const found = await ownNetwork(world().world, testNet(), given(), [await reflector(signed)]);
    expect(found).toMatchObject({ vantage: { cc: 'KZ', asn: 'AS9198' }, signed, resolverAsn: 'AS0' });
  });

  it('does not overrule a flag', async () => {
    const flags = { vantage: { ...VANTAGE, cc: 'KZ', asn: 'AS29355' }, clockOffset: null };
    const foreign = await reflector(statement({ ...HONEST, cc: 'NL', asn: 9009 }));
    const found = await ownNetwork(world().world, testNet(), flags, [foreign]);
    expect(found.vantage).toMatchObject({ cc: 'KZ', asn: 'AS29355' });
    expect(found.signed).not.toBeNull();
  });

  it.each([
    ['another key', statement(HONEST, new Uint8Array(32).fill(8)), 200],
    ['another hour', statement({ ...HONEST, hour: '2026-11-20T10:00:00.000Z' }), 200],
    ['no statement', { error: 'none' }, 404],
    ['a statement that is none', statement({ cc: 'Kazakhstan', asn: '9198', hour: HONEST.hour }), 200],
  ] as const)('is not taken: %s', async (_name, said, status) => {
    const found = await ownNetwork(world().world, testNet(), given(), [await reflector(said, status)]);
    expect(found).toMatchObject({ vantage: VANTAGE, signed: null });
  });
});

describe('the resolver’s own network', () => {
  const asking = async (text: string) => {
    const server = await resolver(text);
    const net = testNet({ resolvers: [server] });
    const place = { ...(await reflector({})), whoamiZone: ZONE };
    const found = await ownNetwork(world().world, net, given(), [place]);
    return { found, asked: server.asked };
  };

  it('is asked for once, under a label that no cache has', async () => {
    const { found, asked } = await asking('asn=64501 cc=DE');
    expect(found.resolverAsn).toBe('AS64501');
    expect(asked).toEqual([`abababababababab.${ZONE}`]);
  });

  it.each(['asn=', 'cc=KZ', 'basn=12', '<html>'])('stays unknown after "%s"', async (text) => {
    expect((await asking(text)).found.resolverAsn).toBe('AS0');
  });
});

describe('tunnels and clocks', () => {
  const interfaces = {
    wlan0: [{ address: '192.168.1.5' }],
    wg0: [{ address: '10.8.0.2' }, { address: 'fe80::1%wg0' }],
    ppp0: [{ address: '100.64.0.9' }],
  };

  it('knows a tunnel’s address, and takes no dial-up or mobile link for one', () => {
    expect(isTunnelAddress(interfaces, '10.8.0.2')).toBe(true);
    expect(isTunnelAddress(interfaces, 'fe80::1')).toBe(true);
    expect(isTunnelAddress(interfaces, '192.168.1.5')).toBe(false);
    expect(isTunnelAddress(interfaces, '100.64.0.9')).toBe(false);
  });

  it('says so when packets would leave through it', async () => {
    const place = await reflector({});
    const through = world({ interfaces: () => interfaces, routeAddress: () => Promise.resolve('10.8.0.2') });
    expect((await ownNetwork(through.world, testNet(), given(), [place])).tunnel).toBe(true);
    expect(through.said.join()).toContain('VPN');
    const past = world({ interfaces: () => interfaces, routeAddress: () => Promise.resolve('192.168.1.5') });
    expect((await ownNetwork(past.world, testNet(), given(), [place])).tunnel).toBe(false);
    expect(past.said).toEqual([]);
  });

  it('asks the kernel for the way, without a packet', async () => {
    expect(await routeAddress(LOOPBACK)).toBe(LOOPBACK);
    expect(await routeAddress('no address')).toBeNull();
  });

  it.each([
    [null, null, ''],
    [4, null, ''],
    [-23, -20, '20 minutes behind'],
    [3 * 24 * 60 + 2, 3 * 24 * 60, '3 days ahead'],
  ] as const)('takes a clock that is %s minutes off for %s', async (offset, published, words) => {
    const it = world();
    const found = await ownNetwork(it.world, testNet(), given(offset), []);
    expect(found.clockOffsetMinutes).toBe(published);
    expect(it.said.join()).toContain(words);
  });
});
