import type { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import type { Endpoint } from '../../../probe/net/net.ts';
import { labCertificates } from '../../lab/certs.ts';
import { combineScenarios } from '../../lab/combine.ts';
import { startLoopbackLab } from '../../lab/loopback/lab.ts';
import type { ClientView, LoopbackLab } from '../../lab/loopback/lab.ts';
import { FIRST_SCENARIOS, INTERFERENCE, LOOK_ALIKES } from '../../scenarios/index.ts';
import type { Scenario } from '../../scenarios/index.ts';
import { LAB_BLOCKPAGE_PATTERN } from '../../scenarios/pages.ts';
import { dns, get, get2, handshake, question, readDns, say, tcp, there } from './wire.ts';
import type { Mapped } from './wire.ts';

const ALL = [...FIRST_SCENARIOS, ...LOOK_ALIKES, ...INTERFERENCE];
const H1 = ['http/1.1'];
const REFLECTOR = '11.200.0.1';
const REFLECTOR_NAME = 'mirror.example';
/** Long enough for loopback, short beside the probe's own timeouts. */
const SILENCE_MS = 500;
/** A server's certificates alone are longer. */
const SERVER_FLIGHT_BYTES = 1000;

let lab: LoopbackLab;
let reflector: Server;
let control: Server;

beforeAll(async () => {
  lab = await startLoopbackLab({ scenarios: ALL });
  const answer = (text: string): Server => createServer((_request, response) => response.end(text));
  reflector = answer('reflected');
  control = answer('controlled');
  for (const server of [reflector, control])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const plain = endpointOf(reflector);
  // The TLS port of a site stands in for that of the reflector: any real TLS server will do here.
  const secure = lab.outside.mapTcp({ address: '11.2.0.10', port: 443 });
  const ports = new Map([[443, secure], [80, plain]]); // prettier-ignore
  await lab.addReflector({ name: REFLECTOR_NAME, addresses: [REFLECTOR], ports });
  await lab.addControl(`http://127.0.0.1:${endpointOf(control).port}/api/v1/control`);
});

afterAll(async () => {
  await lab.close();
  for (const server of [reflector, control]) server.close();
});

function endpointOf(server: Server): Endpoint {
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function pick(name: string): { client: ClientView; scenario: Scenario; host: string; at: Endpoint } {
  const scenario = ALL.find((s) => s.name === name)!;
  const url = new URL(scenario.target);
  const address = scenario.sites[0]!.addresses[0]!;
  const at = { address, port: url.protocol === 'http:' ? 80 : 443 };
  return { client: lab.clients.get(name)!, scenario, host: url.hostname, at };
}

function request(host: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

/** A real ClientHello, as node sends it. */
function clientHello(serverName: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createTcp((socket) =>
      socket.once('data', (bytes: Buffer) => {
        socket.destroy();
        server.close();
        resolve(bytes);
      }),
    );
    server.listen(0, '127.0.0.1', () => {
      void handshake(server.address() as unknown as Endpoint, serverName, '', H1);
    });
  });
}

async function doh(client: ClientView, hostname: string): Promise<{ rcode: string; addresses: string[] }> {
  const at = client.lab.mapTcp({ address: new URL(client.dohUrl).hostname, port: 443 });
  const opened = await handshake(at, null, lab.rootsPem, H1);
  expect(opened.failure).toBeNull();
  const body = question(hostname);
  const heard: Buffer[] = [];
  opened.socket.on('data', (bytes: Buffer) => heard.push(bytes));
  const closed = new Promise((resolve) => opened.socket.once('close', resolve));
  opened.socket.write(
    `POST /dns-query HTTP/1.1\r\nHost: 11.255.0.1\r\nConnection: close\r\nContent-Type: application/dns-message\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  opened.socket.write(body);
  await closed;
  const reply = Buffer.concat(heard);
  return readDns(reply.subarray(reply.indexOf('\r\n\r\n') + 4));
}

describe('sites', () => {
  test('every site that is up answers the outside on each of its ports', async () => {
    for (const site of ALL.flatMap((scenario) => scenario.sites)) {
      if (site.state !== 'up' || site.reach === 'inside') continue;
      for (const address of site.addresses) {
        if (site.http !== undefined) {
          const heard = await say(lab.outside.mapTcp({ address, port: 80 }), [request(site.host)], 3000);
          const status = (site.to?.outside?.http ?? site.http)['/']!.status;
          expect([site.host, heard.bytes.toString()]).toEqual([
            site.host,
            expect.stringMatching(new RegExp(`^HTTP/1.1 ${status} `)),
          ]);
        }
        if (site.https !== undefined) {
          const at = lab.outside.mapTcp({ address, port: 443 });
          const opened = await handshake(at, site.host, lab.rootsPem, site.https.alpn);
          opened.socket.destroy();
          expect([site.host, opened.failure, opened.authorized, opened.alpn]).toEqual([
            site.host,
            null,
            site.https.certificate === 'trusted',
            site.https.alpn[0],
          ]);
        }
      }
    }
  });

  test('bad certificates are bad in the way they say', async () => {
    const why = async (name: string): Promise<string | null> => {
      const { host, at, client } = pick(name);
      const here = await handshake(client.lab.mapTcp(at), host, lab.rootsPem, H1);
      const outside = await handshake(lab.outside.mapTcp(at), host, lab.rootsPem, H1);
      here.socket.destroy();
      outside.socket.destroy();
      expect(here.why).toBe(outside.why);
      return here.why;
    };
    expect(await why('expired-certificate')).toBe('CERT_HAS_EXPIRED');
    expect(await why('wrong-name-everywhere')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await why('self-signed-everywhere')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await why('unknown-authority-everywhere')).toBe('SELF_SIGNED_CERT_IN_CHAIN');
    expect(await why('incomplete-chain-everywhere')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await why('works-https')).toBeNull();
  });

  test('h2 is h2', async () => {
    const { host, at, client } = pick('works-h2');
    const opened = await handshake(client.lab.mapTcp(at), host, lab.rootsPem, ['h2', 'http/1.1']);
    expect(opened.alpn).toBe('h2');
    const reply = await get2(opened.socket, host);
    expect(reply.status).toBe(200);
    expect(reply.body).toContain('River photographs');
  });

  test('one address serves two names', async () => {
    const { at, client } = pick('neighbour-blocked');
    const opened = await handshake(client.lab.mapTcp(at), 'quiet-garden.example', lab.rootsPem, H1);
    expect(opened.authorized).toBe(true);
    expect(await get(opened.socket, 'quiet-garden.example')).toContain('Quiet garden');
    const blocked = await handshake(
      client.lab.mapTcp(at),
      'addons.quiet-garden.example',
      lab.rootsPem,
      H1,
      SILENCE_MS,
    );
    expect(blocked.failure).toBe('silence');
  });

  test('a site may treat one view differently', async () => {
    const { host, at, client } = pick('cdn-challenge');
    const here = await handshake(client.lab.mapTcp(at), host, lab.rootsPem, H1);
    const there = await handshake(lab.outside.mapTcp(at), host, lab.rootsPem, H1);
    expect(await get(here.socket, host)).toMatch(/^HTTP\/1.1 503 /);
    expect(await get(there.socket, host)).toMatch(/^HTTP\/1.1 200 /);
  });

  test('down for everybody is refused for everybody', async () => {
    const { at, client } = pick('down-everywhere');
    expect(await tcp(client.lab.mapTcp(at), 2000)).toBe('ECONNREFUSED');
    expect(await tcp(lab.outside.mapTcp(at), 2000)).toBe('ECONNREFUSED');
  });
});

describe('names', () => {
  test('NXDOMAIN from the resolver, the truth elsewhere', async () => {
    const { host, client } = pick('dns-nxdomain');
    const resolver = client.lab.mapUdp(client.resolvers[0]!);
    expect(await dns(resolver, host, 300)).toEqual([{ rcode: 'NXDOMAIN', addresses: [] }]);
    expect(await client.lab.lookup(host)).toEqual({ failure: 'dns_nxdomain_error' });
    expect(await lab.outside.lookup(host)).toEqual({ addresses: ['11.4.0.10'] });
    expect(await doh(client, host)).toEqual({ rcode: 'NOERROR', addresses: ['11.4.0.10'] });
    const other = pick('works-https').client;
    expect(await dns(other.lab.mapUdp(other.resolvers[0]!), host, 300)).toEqual([
      { rcode: 'NOERROR', addresses: ['11.4.0.10'] },
    ]);
  });

  test('a bogon, and both families of an honest answer', async () => {
    const { host, client } = pick('dns-bogon');
    expect(await client.lab.lookup(host)).toEqual({ addresses: ['10.66.0.1'] });
    const v6 = pick('works-https');
    const resolver = v6.client.lab.mapUdp(v6.client.resolvers[0]!);
    expect(await dns(resolver, v6.host, 300, 'AAAA')).toEqual([
      { rcode: 'NOERROR', addresses: ['3ffe:2::10'] },
    ]);
    const at = v6.client.lab.mapTcp({ address: '3ffe:2:0::10', port: 443 });
    const opened = await handshake(at, v6.host, lab.rootsPem, H1);
    opened.socket.destroy();
    expect(opened.authorized).toBe(true);
  });

  test('a race has two replies to one question, the forged one first', async () => {
    const { host, client } = pick('dns-injection-race');
    const replies = await dns(client.lab.mapUdp(client.resolvers[0]!), host, 500);
    expect(replies.map((reply) => reply.addresses)).toEqual([['10.66.0.2'], ['11.46.0.10']]);
  });

  test('a hosts file is for getaddrinfo alone', async () => {
    const { host, client } = pick('hosts-file');
    expect(await client.lab.lookup(host)).toEqual({ addresses: ['127.0.0.1'] });
    expect((await dns(client.lab.mapUdp(client.resolvers[0]!), host, 300))[0]?.addresses).toEqual([
      '11.49.0.10',
    ]);
  });

  test('UDP to anywhere else is silence; garbage is not answered', async () => {
    const { client } = pick('works-http');
    expect(await dns(client.lab.mapUdp({ address: '11.9.9.9', port: 53 }), 'a.example', 300)).toEqual([]);
    const resolver = client.lab.mapUdp(client.resolvers[0]!);
    const socket = createSocket('udp4');
    let replies = 0;
    socket.on('message', () => replies++);
    for (const garbage of ['', 'x', '\0'.repeat(12), '\xff'.repeat(40)])
      socket.send(garbage, resolver.port, resolver.address);
    expect(await dns(resolver, 'village-news.example', 300)).toHaveLength(1);
    socket.close();
    expect(replies).toBe(0);
  });
});

describe('the censor', () => {
  test('an address refused or silent for the client only', async () => {
    const refused = pick('tcp-refused');
    expect(await tcp(refused.client.lab.mapTcp(refused.at), 2000)).toBe('ECONNREFUSED');
    expect(await tcp(lab.outside.mapTcp(refused.at), 2000)).toBe('connected');
    const silent = pick('tcp-timeout');
    expect(await tcp(lab.outside.mapTcp(silent.at), 2000)).toBe('connected');
    expect(lab.silence || process.platform !== 'linux').toBe(true);
    const tries = Array.from({ length: 5 }, () => tcp(silent.client.lab.mapTcp(silent.at), 1500));
    expect(new Set(await Promise.all(tries))).toEqual(new Set([lab.silence ? 'silence' : 'ECONNREFUSED']));
  });

  test.each([
    ['tls-sni-timeout', 'silence', 0],
    ['tls-sni-reset', 'ECONNRESET', 0],
    ['tls-sni-close', 'end', 0],
    ['tls-alert', 'end', 7],
  ])('%s is keyed by the name, at the reflector too', async (name, end, bytes) => {
    const { host, at, client } = pick(name);
    const hello = await clientHello(host);
    for (const to of [at, { address: REFLECTOR, port: 443 }]) {
      const heard = await say(client.lab.mapTcp(to), [hello], SILENCE_MS);
      expect([heard.end, heard.bytes.length]).toEqual([end, bytes]);
      const innocuous = await say(client.lab.mapTcp(to), [await clientHello(REFLECTOR_NAME)], 3000, {
        enough: SERVER_FLIGHT_BYTES,
      });
      expect(innocuous.end).toBe('enough');
    }
    const outside = await handshake(lab.outside.mapTcp(at), host, lab.rootsPem, H1);
    outside.socket.destroy();
    expect(outside.authorized).toBe(true);
  });

  test('the alert is one that TLS understands', async () => {
    const { host, at, client } = pick('tls-alert');
    const opened = await handshake(client.lab.mapTcp(at), host, lab.rootsPem, H1);
    expect(opened.failure).toBe('ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
  });

  test('a box that does not reassemble lets a split ClientHello through; one that does, not', async () => {
    const split = async (name: string): Promise<number> => {
      const { host, at, client } = pick(name);
      const hello = await clientHello(host);
      const cut = hello.indexOf(host) + 3;
      const parts = [hello.subarray(0, cut), hello.subarray(cut)];
      return (
        await say(client.lab.mapTcp(at), parts, SILENCE_MS, { gapMs: 100, enough: SERVER_FLIGHT_BYTES })
      ).bytes.length;
    };
    expect(await split('tls-split-passes')).toBeGreaterThanOrEqual(SERVER_FLIGHT_BYTES);
    expect(await split('tls-sni-timeout')).toBe(0);
    const { host, at, client } = pick('tls-split-passes');
    expect((await say(client.lab.mapTcp(at), [await clientHello(host)], SILENCE_MS)).bytes.length).toBe(0);
  });

  test.each([
    ['tls-interception-unknown', 'unknown'],
    ['tls-interception-known', 'known'],
  ] as const)('%s: a forged chain here and at the reflector, the page intact', async (name, authority) => {
    const { interceptorPem } = await labCertificates();
    const { host, at, client } = pick(name);
    for (const to of [at, { address: REFLECTOR, port: 443 }]) {
      const honest = await handshake(client.lab.mapTcp(to), host, lab.rootsPem, H1);
      honest.socket.destroy();
      expect([honest.failure, honest.authorized]).toEqual([null, false]);
      const fooled = await handshake(client.lab.mapTcp(to), host, interceptorPem[authority], H1);
      const nameHolds = to === at || authority === 'unknown';
      expect(fooled.why).toBe(nameHolds ? null : 'ERR_TLS_CERT_ALTNAME_INVALID');
      if (to === at) expect(await get(fooled.socket, host)).toMatch(/^HTTP\/1.1 200 /);
      fooled.socket.destroy();
    }
    const outside = await handshake(lab.outside.mapTcp(at), host, lab.rootsPem, H1);
    outside.socket.destroy();
    expect(outside.authorized).toBe(true);
  });

  test('a copied certificate has the subject of the origin, shifted dates and another end of the serial', async () => {
    const { host, at, client } = pick('tls-interception-known');
    const leaf = async (to: Mapped): Promise<X509Certificate> => {
      const opened = await handshake(to, host, lab.rootsPem, H1);
      const cert = opened.socket.getPeerX509Certificate()!;
      opened.socket.destroy();
      return cert;
    };
    const forged = await leaf(client.lab.mapTcp(at));
    const origin = await leaf(lab.outside.mapTcp(at));
    expect(forged.subject).toBe(origin.subject);
    expect(forged.subjectAltName).toBe(origin.subjectAltName);
    for (const date of ['validFrom', 'validTo'] as const)
      expect(Date.parse(origin[date]) - Date.parse(forged[date])).toBe(6 * 3600 * 1000);
    expect(forged.serialNumber.slice(0, -8)).toBe(origin.serialNumber.slice(0, -8));
    expect(forged.serialNumber).not.toBe(origin.serialNumber);
  });

  test.each([
    ['http-host-reset', 'ECONNRESET', /^$/],
    ['http-host-timeout', 'silence', /^$/],
    ['http-host-close', 'end', /^$/],
    ['http-451', 'end', /^HTTP\/1.1 451 Unavailable For Legal Reasons\r\n[^]*rel="blocked-by"/],
    ['http-blockpage', 'end', new RegExp(LAB_BLOCKPAGE_PATTERN)],
  ])('%s is keyed by the Host header, at the reflector too', async (name, end, text) => {
    const { host, client } = pick(name);
    const at = { address: pick(name).at.address, port: 80 };
    for (const to of [at, { address: REFLECTOR, port: 80 }]) {
      const heard = await say(client.lab.mapTcp(to), [request(host)], SILENCE_MS);
      expect(heard.end).toBe(end);
      expect(heard.bytes.toString()).toMatch(text);
      const innocuous = await say(client.lab.mapTcp(to), [request('a.example')], SILENCE_MS);
      expect(innocuous.bytes.toString()).toMatch(/^HTTP\/1.1 200 /);
    }
    const outside = await say(lab.outside.mapTcp(at), [request(host)], 3000);
    expect(outside.bytes.toString()).toMatch(/^HTTP\/1.1 200 /);
    expect(outside.bytes.toString()).not.toContain(LAB_BLOCKPAGE_PATTERN);
  });

  test('the captive portal answers everything, the reflector, the second opinion and the control', async () => {
    const { host, at, client } = pick('captive-portal');
    expect(await client.lab.lookup('anything.example')).toEqual({ addresses: ['11.16.0.1'] });
    const anywhere = [at.address, REFLECTOR, '11.77.0.1'];
    for (const address of anywhere) {
      const plain = await say(client.lab.mapTcp({ address, port: 80 }), [request(host)], 3000);
      expect(plain.bytes.toString()).toMatch(
        /^HTTP\/1.1 302 [^]*\r\nLocation: http:\/\/login\.wifi-lab\.example\//,
      );
      const secure = await handshake(client.lab.mapTcp({ address, port: 443 }), host, lab.rootsPem, H1);
      expect(secure.why).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(secure.socket.getPeerX509Certificate()!.subject).toContain('login.wifi-lab.example');
      secure.socket.destroy();
    }
    const login = await say(
      client.lab.mapTcp({ address: '11.16.0.1', port: 80 }),
      [request('login.wifi-lab.example')],
      3000,
    );
    expect(login.bytes.toString()).toContain('Wi-Fi log-in');
    expect(await lab.outside.lookup('login.wifi-lab.example')).toEqual({ failure: 'dns_nxdomain_error' });
    expect(await tcp(lab.outside.mapTcp({ address: '11.16.0.1', port: 80 }), 2000)).toBe('ECONNREFUSED');
    const fetched = await fetch(client.controlUrl!, { method: 'POST', redirect: 'manual' });
    expect(fetched.status).toBe(302);
  });

  test('the control is reached over an open line', async () => {
    const { client } = pick('works-http');
    const fetched = await fetch(client.controlUrl!, { method: 'POST' });
    expect(await fetched.text()).toBe('controlled');
  });
});

describe('the lab itself', () => {
  test('no destination lies outside loopback', () => {
    const guard = createDestinationGuard('127.0.0.0/8');
    for (const client of lab.clients.values())
      for (const address of [
        ...ALL.flatMap((s) => s.sites).flatMap((s) => s.addresses),
        '10.1.1.1',
        '8.8.8.8',
        '::1',
      ])
        for (const port of [53, 80, 443, 8443]) {
          guard.check(there(client.lab.mapTcp({ address, port })).address);
          guard.check(client.lab.mapUdp({ address, port }).address);
          guard.check(lab.outside.mapTcp({ address, port }).address);
        }
  });

  test('several scenarios make one network, unless one of them swallows all', async () => {
    const two = ALL.filter((s) => ['works-https', 'tls-sni-reset'].includes(s.name));
    const joined = await startLoopbackLab({ scenarios: [combineScenarios('both', two)] });
    const { lab: hooks } = joined.clients.get('both')!;
    const fine = await handshake(
      hooks.mapTcp({ address: '11.2.0.10', port: 443 }),
      'xn--80aaqw4fuxvb.example',
      joined.rootsPem,
      H1,
    );
    fine.socket.destroy();
    expect(fine.authorized).toBe(true);
    const reset = await handshake(
      hooks.mapTcp({ address: '11.9.0.10', port: 443 }),
      'tunnel-tools.example',
      joined.rootsPem,
      H1,
    );
    expect(reset.failure).toBe('ECONNRESET');
    await joined.close();
    expect(() => combineScenarios('all', FIRST_SCENARIOS)).toThrow(/captive-portal/);
  });

  test('close ends every connection and frees every port', async () => {
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
    const servers = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
    await pause();
    const before = servers();
    const own = await startLoopbackLab({ scenarios: [pick('tls-sni-timeout').scenario] });
    expect(servers()).toBeGreaterThan(before);
    const at = own.clients.get('tls-sni-timeout')!.lab.mapTcp({ address: '11.8.0.10', port: 443 });
    const hanging = say(at, [await clientHello('free-voices.example')], 5000);
    await pause();
    await own.close();
    expect((await hanging).end).not.toBe('silence');
    await pause();
    expect(servers()).toBe(before);
    expect(await tcp(at, 1000)).toBe('ECONNREFUSED');
  });
});
