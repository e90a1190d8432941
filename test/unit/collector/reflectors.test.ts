import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import dnsPacket from 'dns-packet';
import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { PAYLOAD_TYPES } from '../../../shared/codec/dsse.ts';
import type { Descriptor, ReflectorDescriptor, SignedControlReply } from '../../../shared/model/index.ts';
import { appraiseChain } from '../../../shared/observe/chain/appraise.ts';
import { createRoots } from '../../../shared/observe/chain/roots.ts';
import { signedJson } from '../../../shared/observe/control.ts';
import { readServers } from '../../../shared/proof/bundle-files.ts';
import { parseDescriptor } from '../../../probe/report/descriptor-shape.ts';
import { readReflectorFlags } from '../../../collector/commands/reflector-flags.ts';
import { openNetworks } from '../../../collector/networks.ts';
import { readReflectorEntries } from '../../../collector/reflector-entries.ts';
import { furtherPorts } from '../../../collector/reflector-ports.ts';
import { startReflector } from '../../../collector/reflectors.ts';
import type { ReflectorSettings, RunningReflector } from '../../../collector/reflectors.ts';
import type { CollectorOptions, RunningCollector } from '../../../collector/serve.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { leafFor, KEY_PEM, ROOT_PEM } from '../control/helpers.ts';
import { writeMmdb } from '../control/mmdb-writer.ts';
import { startTestCollector } from './support.ts';

const NAME = 'mirror.example';
let folder: string;
let lines: string[];
const running: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuager-reflectors-'));
  lines = [];
});
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

const listenOn = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

/** Below the ports that systems give away by themselves, where neighbours are taken at any moment. */
async function blockPortAfterAFreeOne(): Promise<number> {
  for (let port = 21_001; port < 29_000; port += 10) {
    try {
      const before = await listenOn(port - 1);
      const blocker = await listenOn(port);
      before.close();
      await once(before, 'close');
      running.push({ close: () => new Promise((resolve) => blocker.close(() => resolve())) });
      return port;
    } catch {
      // Somebody else's: the next one.
    }
  }
  throw new Error('no two neighbouring ports are free');
}

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const identity = () => ({ keyPem: KEY_PEM, certPem: leafFor(NAME) });

async function start(options: Partial<ReflectorSettings> = {}): Promise<RunningReflector> {
  const reflector = await startReflector({
    listen: [{ host: '127.0.0.1', port: 0 }],
    identity: identity(),
    folder: join(folder, 'reflector'),
    addresses: [],
    lookupNetwork: null,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    warn: (line) => void lines.push(line),
    ...options,
  });
  running.push(reflector);
  return reflector;
}
async function collector(options: Partial<CollectorOptions> = {}): Promise<RunningCollector> {
  const one = await startTestCollector(join(folder, 'collector'), {
    notice: (line) => void lines.push(line),
    ...options,
  });
  running.push(one);
  return one;
}

async function chainAt(port: number, servername: string): Promise<Buffer> {
  const socket = connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const leaf = socket.getPeerX509Certificate()!.raw;
  socket.destroy();
  return leaf;
}
async function reflectionAt(port: number, tls: boolean): Promise<Record<string, unknown>> {
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', servername: 'blocked.example', rejectUnauthorized: false })
    : connectTcp(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: blocked.example\r\nConnection: close\r\n\r\n');
  const parts: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) parts.push(chunk);
  const text = Buffer.concat(parts).toString();
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
}

describe('ports', () => {
  it('three with the own certificate and one with the self-signed one; each speaks TLS and plain HTTP', async () => {
    const { descriptor, endpoints } = await start();
    const { tlsPort, httpPort, morePorts = [], selfSignedPort } = descriptor;
    expect(httpPort).toBe(tlsPort);
    expect(morePorts).toHaveLength(2);
    expect(new Set([tlsPort, ...morePorts, selfSignedPort]).size).toBe(4);
    expect(endpoints.map(({ port, selfSigned }) => [port, selfSigned])).toEqual([
      [tlsPort, false],
      [morePorts[0], false],
      [morePorts[1], false],
      [selfSignedPort, true],
    ]);
    expect(descriptor.spkiSha256).toHaveLength(2);
    const roots = createRoots(ROOT_PEM);
    for (const port of [tlsPort, ...morePorts, selfSignedPort!]) {
      const own = port !== selfSignedPort;
      const seen = {
        sni: 'blocked.example',
        host: 'blocked.example',
        certificate: own ? 'own' : 'self_signed',
      };
      expect(await reflectionAt(port, true)).toMatchObject(seen);
      expect(await reflectionAt(port, false)).toMatchObject({ host: 'blocked.example', certificate: null });
      const chain = [await chainAt(port, 'blocked.example')];
      const appraisal = appraiseChain({ chain, host: NAME, at: Date.now(), roots });
      expect(appraisal).toMatchObject({
        // The tests' authority and its leaves have one key, so theirs look self-signed as well.
        ...(own ? {} : { selfSigned: true }),
        wrongName: false,
        expired: false,
        leafSpkiSha256: descriptor.spkiSha256[own ? 0 : 1],
      });
    }
    expect(lines).toEqual([]);
  });

  it('the same numbers on both families', async () => {
    const hosts = ['127.0.0.1', '::1'];
    const { descriptor, endpoints } = await start({ listen: hosts.map((host) => ({ host, port: 0 })) });
    for (const port of [descriptor.tlsPort, ...(descriptor.morePorts ?? []), descriptor.selfSignedPort!])
      expect(endpoints.filter((e) => e.port === port).map((e) => e.host)).toEqual(hosts);
    expect(descriptor.addresses).toEqual(hosts);
  });

  it('those given are taken as they are, and missing ones of ours are said in a line', async () => {
    const taken = await blockPortAfterAFreeOne();
    const { descriptor } = await start({ listen: [{ host: '127.0.0.1', port: taken - 1 }] });
    expect(descriptor.tlsPort).toBe(taken - 1);
    expect(descriptor.morePorts).not.toContain(taken);
    // On a busy machine the ports beyond may be taken too.
    expect(lines).toContainEqual(
      expect.stringContaining(`127.0.0.1 port ${taken} is taken by another program`),
    );
    await expect(start({ selfSignedListen: { host: '127.0.0.1', port: taken } })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });

  it('no others when told so', async () => {
    const bare = await start({ furtherPorts: false });
    expect(bare.descriptor).not.toHaveProperty('morePorts');
    expect(bare.descriptor).not.toHaveProperty('selfSignedPort');
    expect(bare.endpoints).toHaveLength(1);
    const own = await start({ furtherPorts: false, selfSignedListen: { host: '127.0.0.1', port: 0 } });
    expect(own.endpoints.map((e) => e.selfSigned)).toEqual([false, true]);
    const four = { host: '127.0.0.1', port: 0 };
    const many = await start({ listen: [four, four, four, four] });
    expect(many.descriptor.morePorts).toHaveLength(5);
  });

  it('which ones are tried', () => {
    expect(furtherPorts([0], 3)).toEqual([0, 0, 0]);
    expect(furtherPorts([443], 3)).toEqual([8443, 9443, 10_443]);
    expect(furtherPorts([443, 8443], 2)).toEqual([9443, 10_443]);
    expect(furtherPorts([8081], 3)).toEqual([8082, 8083, 8084]);
    expect(furtherPorts([8081, 8082], 2)).toEqual([8083, 8084]);
    expect(furtherPorts([65_534], 3)).toEqual([65_535]);
    expect(furtherPorts([], 2)).toEqual([0, 0]);
  });
});

describe('what is kept', () => {
  it('certificate and key stay the same over restarts; another name gets another certificate', async () => {
    const first = await start();
    const { spkiSha256, key } = first.descriptor;
    await running.pop()!.close();
    const keyFile = join(folder, 'reflector', 'signing-key.json');
    chmodSync(keyFile, 0o644);
    const second = await start();
    expect(second.descriptor).toMatchObject({ spkiSha256, key });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'reflector', 'self-signed-key.pem')).mode & 0o777).toBe(0o600);
    await running.pop()!.close();
    const renamed = { keyPem: KEY_PEM, certPem: leafFor('other.example') };
    const third = await start({ identity: renamed });
    expect(third.descriptor).toMatchObject({ name: 'other.example', key });
    expect(third.descriptor.spkiSha256[1]).not.toBe(spkiSha256[1]);
    const leaf = await chainAt(third.descriptor.selfSignedPort!, 'x.example');
    expect(
      appraiseChain({ chain: [leaf], host: 'other.example', at: Date.now(), roots: createRoots(ROOT_PEM) }),
    ).toMatchObject({ selfSigned: true, wrongName: false });
  });

  it('a key file that is none is said in one line', async () => {
    await start();
    await running.pop()!.close();
    for (const text of ['', '{}', '{"purpose":"collector","secret":"AA=="}']) {
      writeFileSync(join(folder, 'reflector', 'signing-key.json'), text);
      await expect(start()).rejects.toMatchObject({ code: 'KEYS_DAMAGED' });
    }
  });
});

describe('networks', () => {
  it('two files: networks of one, countries of the other', () => {
    const asnDb = file(
      'asn.mmdb',
      writeMmdb({ rows: { '127.0.0.0/8': { autonomous_system_number: 64500 } } }),
    );
    const countryDb = file('country.csv', '127.0.0.1,64999,kz\n');
    const both = openNetworks({ asnDb, countryDb }, (line) => void lines.push(line));
    expect(both('127.0.0.1')).toEqual({ asn: 64500, cc: 'KZ' });
    expect(both('127.0.0.2')).toEqual({ asn: 64500, cc: 'ZZ' });
    expect(both('192.0.2.1')).toBeNull();
    expect(lines).toEqual([
      `networks   Test-ASN, built 2026-10-01, sha256:${sha256Hex(readFileSync(asnDb))}`,
      `networks   1 row(s) of text, sha256:${sha256Hex(readFileSync(countryDb))}`,
    ]);
  });

  it('bad files are refused in one line', () => {
    const whole = writeMmdb({ rows: { '127.0.0.0/8': { autonomous_system_number: 64500 } } });
    const open = (asnDb: string) => openNetworks({ asnDb }, () => undefined);
    const cut = file('cut.mmdb', whole.subarray(0, whole.length - 60));
    expect(() => open(cut)).toThrow(/cut\.mmdb: /);
    expect(() => open(file('bad.csv', 'nonsense\n'))).toThrow('line 1 is not prefix,asn,cc');
    expect(() => open(join(folder, 'none'))).toThrow('--asn-db: ENOENT');
  });
});

describe('flags', () => {
  const flags = { reflectorListen: [], furtherPorts: true, reflectorAddress: [] };
  it.each([
    [{ whoamiZone: 'whoami.example' }, '--whoami-zone and --whoami-listen go together'],
    [{ whoamiZone: 'whoami.example', whoamiListen: '127.0.0.1:0' }, '--whoami-zone needs --asn-db'],
    [{ whoamiZone: 'com', whoamiListen: '127.0.0.1:0', asnDb: 'x' }, '--whoami-zone takes a DNS name'],
    [{ whoamiZone: 'a..b', whoamiListen: '127.0.0.1:0', asnDb: 'x' }, '--whoami-zone takes a DNS name'],
    [
      { whoamiZone: `${'x'.repeat(64)}.example`, whoamiListen: '127.0.0.1:0', asnDb: 'x' },
      '--whoami-zone takes',
    ],
    [{ whoamiZone: 'whoami.example', whoamiListen: '53', asnDb: 'x' }, '--whoami-listen takes HOST:PORT'],
    [{ countryDb: 'x' }, '--country-db needs --asn-db'],
    [{ selfSignedListen: '8443' }, '--self-signed-listen takes HOST:PORT'],
    [{ reflectorCert: 'x' }, '--reflector-cert and --reflector-key go together'],
  ])('%j: %s', (more, message) => {
    expect(() => readReflectorFlags({ ...flags, ...more })).toThrow(message);
  });
  it('a zone in any spelling', () => {
    const read = readReflectorFlags({
      ...flags,
      asnDb: 'x',
      whoamiZone: 'WhoAmI.Example.',
      whoamiListen: '[::1]:53',
    });
    expect(read.whoami).toEqual({ zone: 'whoami.example', listen: { host: '::1', port: 53 } });
  });
});

const ENTRY: ReflectorDescriptor = {
  name: 'elsewhere.example',
  addresses: ['198.51.100.7', '2001:db8::7'],
  tlsPort: 443,
  httpPort: 80,
  spkiSha256: ['ab'.repeat(32), 'cd'.repeat(32)],
  morePorts: [8443, 9443],
  selfSignedPort: 10_443,
  key: `${'A'.repeat(43)}=`,
  whoamiZone: 'whoami.elsewhere.example',
};

describe('entries of reflectors run by others', () => {
  it('what a reflector prints is what serve reads, unknown fields aside', async () => {
    const { descriptor } = await start();
    const printed = JSON.stringify({ ...descriptor, later: 1 });
    expect(readReflectorEntries([file('entry.json', printed)])).toEqual([descriptor]);
  });

  it.each([
    ['no JSON', '{', 'is not JSON'],
    ['no object', '[]', 'missing or malformed: (not an object)'],
    ['nothing in it', '{}', 'malformed: name, addresses, tlsPort, httpPort, spkiSha256'],
    ['no addresses', JSON.stringify({ ...ENTRY, addresses: [] }), 'empty: addresses'],
    ['a name for an address', JSON.stringify({ ...ENTRY, addresses: ['a.example'] }), 'malformed: addresses'],
    ['many addresses', JSON.stringify({ ...ENTRY, addresses: new Array(65).fill('192.0.2.1') }), 'addresses'],
    ['port 0', JSON.stringify({ ...ENTRY, morePorts: [0] }), 'malformed: morePorts'],
    ['port 65536', JSON.stringify({ ...ENTRY, selfSignedPort: 65_536 }), 'malformed: selfSignedPort'],
    ['a short key', JSON.stringify({ ...ENTRY, key: 'AAAA' }), 'malformed: key'],
    ['a null', JSON.stringify({ ...ENTRY, key: null }), 'malformed: key'],
    ['a bad zone', JSON.stringify({ ...ENTRY, whoamiZone: 'a b.example' }), 'malformed: whoamiZone'],
    ['a bad hash', JSON.stringify({ ...ENTRY, spkiSha256: ['AB'.repeat(32)] }), 'malformed: spkiSha256'],
    ['a bad name', JSON.stringify({ ...ENTRY, name: 'a b' }), 'malformed: name'],
  ])('%s is refused', (_, text, message) => {
    expect(() => readReflectorEntries([file('entry.json', text)])).toThrow(message);
  });

  it('are published after the own one, believed, remembered, and kept in bundles', async () => {
    const first = await collector({ otherReflectors: [ENTRY] });
    const { payload } = (await (await fetch(`${first.url}/.well-known/kuager`)).json()) as {
      payload: string;
    };
    const descriptor = JSON.parse(Buffer.from(payload, 'base64').toString()) as Descriptor;
    expect(descriptor.reflectors).toEqual([first.reflector, ENTRY]);
    const reading = parseDescriptor(Buffer.from(payload, 'base64'));
    expect('ok' in reading && reading.ok.reflectors).toEqual(descriptor.reflectors);
    const own = first.reflector;
    await running.pop()!.close();

    // The next start names it no more, and has a certificate of its own by now.
    const second = await collector({
      reflector: { identity: { keyPem: KEY_PEM, certPem: leafFor(own.name) } },
    });
    const archive = openArchive({ folder: join(folder, 'collector') });
    const id = archive.currentContext()!;
    const { servers } = JSON.parse(Buffer.from(archive.snapshot(id)!.bytes).toString()) as {
      servers: unknown;
    };
    archive.close();
    const spkiSha256 = [...second.reflector.spkiSha256, own.spkiSha256[0]];
    expect(readServers(servers).reflectors).toEqual([
      { name: own.name, spkiSha256, key: own.key },
      { name: ENTRY.name, spkiSha256: ENTRY.spkiSha256, key: ENTRY.key },
    ]);
  });

  it('two of one name are refused, and nothing stays open', async () => {
    const data = await collector();
    const { name } = data.reflector;
    await running.pop()!.close();
    await expect(
      collector({ otherReflectors: [{ ...ENTRY, name: name.toUpperCase() }] }),
    ).rejects.toMatchObject({
      code: 'REFLECTOR_ENTRY_INVALID',
    });
    await collector();
  });
});

it('a collector with all of it: ports, statement, whoami, overridden by a lab', async () => {
  const asnDb = file('lab.csv', 'prefix,asn,cc\n127.0.0.0/8,64500,KZ\n127.7.0.0/16,64507,KG\n');
  const described = {
    addresses: ['198.51.100.3'],
    tlsPort: 443,
    httpPort: 80,
    morePorts: [8443, 9443],
    selfSignedPort: 10_443,
  };
  const whoami = { zone: 'whoami.mirror.example', listen: { host: '127.0.0.1', port: 0 } };
  const one = await collector({
    networks: { asnDb },
    reflector: { identity: identity(), described, whoami },
  });
  expect(one.reflector).toMatchObject({ ...described, name: NAME, whoamiZone: whoami.zone });
  expect(one.reflectorEndpoints.map((e) => e.selfSigned)).toEqual([false, false, false, true]);
  expect(one.lookupNetwork?.('::ffff:127.7.0.1')).toEqual({ asn: 64_507, cc: 'KG' });
  expect(lines.join('\n')).toMatch(/networks {3}2 row\(s\) of text, sha256:[0-9a-f]{64}/);

  const reply = await fetch(`http://127.0.0.1:${one.reflectorEndpoints[1]!.port}/.well-known/kuager-network`);
  const signed = (await reply.json()) as SignedControlReply;
  expect(signedJson(signed, PAYLOAD_TYPES.network, new Set([one.reflector.key!]))).toMatchObject({
    cc: 'KZ',
    asn: 64_500,
  });

  const socket = createSocket('udp4');
  socket.bind(0, '127.7.0.1');
  await once(socket, 'listening');
  const query = dnsPacket.encode({
    type: 'query',
    id: 7,
    questions: [{ name: `r4nd.${whoami.zone}`, type: 'TXT' }],
  });
  socket.send(query, one.whoami!.port, one.whoami!.host);
  const [message] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  const [answer] = dnsPacket.decode(message).answers ?? [];
  expect(answer?.type === 'TXT' && String((answer.data as Buffer[])[0])).toBe('asn=64507 cc=KG');
});
