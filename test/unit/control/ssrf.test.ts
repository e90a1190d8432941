/**
 * Nobody may use the control to reach what only the control can reach. Every case runs against listening servers that
 * count connections, on the very port that is asked for: a hole shows as a connection, not as a missing error.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatEndpoint, formatIp, ipClass, parseIp } from '../../../shared/codec/ip.ts';
import { createOutgoing, readControlRequest } from '../../../collector/control/index.ts';
import type { Endpoint } from '../../../collector/control/index.ts';
import { addressRefusal, BAD_PORTS, portRefusal } from '../../../collector/control/destination.ts';
import { cidrs, KUAGER_ONLY, LOOPBACK, makeControl, onCleanup, startHttp } from './helpers.ts';

/** A listener on every loopback address of both families, one port: whatever a notation means here, it would be heard. */
async function trap(): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  const servers = ['0.0.0.0', '::'].map(() =>
    createServer((socket) => {
      count++;
      socket.on('error', () => undefined).destroy();
    }),
  );
  const [v4, v6] = servers as [ReturnType<typeof createServer>, ReturnType<typeof createServer>];
  v4.listen(0, '0.0.0.0');
  await once(v4, 'listening');
  const { port } = v4.address() as AddressInfo;
  v6.listen({ port, host: '::', ipv6Only: true });
  await once(v6, 'listening');
  onCleanup(async () => {
    v4.close();
    v6.close();
    await Promise.all([once(v4, 'close'), once(v6, 'close')]);
  });
  return { port, connections: () => count };
}

/** Nothing allowed; the guard stays up behind the filter, and would turn a slip into an exception. */
const closed = { allow: [], ownAddresses: () => [] };

const HOSTS: readonly string[] = [
  '127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '2130706433', '017700000001', '0177.0.0.1', '0x7f000001', '0x7f.1',
  '0x7f.0x0.0x0.0x1', '127.0.0.1.', '%31%32%37.0.0.1', '127%2e0%2e0%2e1', '①②⑦.⓪.⓪.①', '１２７.０.０.１', '127。0。0。1',
  '0', '0.0.0.0', '0x0', '10.0.0.1', '10.1', '167772161', '172.16.0.1', '172.31.255.255', '192.168.0.1', '3232235521',
  '0300.0250.0.1', '100.64.0.1', '169.254.0.1', '169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376',
  '100.100.100.200', '192.0.0.192', '168.63.129.16', '198.18.0.1', '192.0.2.1', '203.0.113.1', '224.0.0.1', '239.255.255.250',
  '240.0.0.1', '255.255.255.255', '[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
  '[::ffff:a9fe:a9fe]', '[::127.0.0.1]', '[::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::8.8.8.8]', '[64:ff9b:1::1]',
  '[2002:7f00:1::]', '[2002:808:808::1]', '[2001:0:7f00:1::]', '[2001:0:808:808::1]', '[::ffff:8.8.8.8]', '[fe80::1]',
  '[fc00::1]', '[fd00:ec2::254]', '[fd20:ce::254]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[3fff::1]', '[100::1]',
  '[5f00::1]', '[4000::1]',
]; // prettier-ignore

describe('notations of addresses that are not public', () => {
  test.each(HOSTS)('%s', async (host) => {
    const { port, connections } = await trap();
    const { ask } = makeControl({}, closed);
    for (const scheme of ['http', 'https']) {
      const { reply } = await ask(`${scheme}://${host}:${port}/`);
      expect(reply.http_request.failure).toBe('dns_bogon_error');
      expect(reply.tcp_connect).toEqual({});
    }
    expect(connections()).toBe(0);
  });

  test.each([
    'http://[fe80::1%25eth0]/',
    'http://[::1%lo]/',
    'http://127.0.0.1%00.example/',
    'http://256.1.1.1/',
    'http://1.2.3.4.5/',
    'http:///',
  ])('%s is no URL, or at least no way in', async (text) => {
    const reading = readControlRequest({ http_request: text });
    if ('problems' in reading) return;
    const { reply } = await makeControl({}, closed).ask(text);
    expect(reply.http_request.failure).toMatch(/^dns_/);
    expect(reply.tcp_connect).toEqual({});
  });

  test('userinfo does not hide the host', async () => {
    const { port, connections } = await trap();
    const { reply } = await makeControl({ 'public.example': ['8.8.8.8'] }, closed).ask(
      `http://public.example@127.0.0.1:${port}/`,
    );
    expect(reply.http_request.failure).toBe('dns_bogon_error');
    expect(connections()).toBe(0);
  });
});

describe('names', () => {
  test('a name for a private address is reported and not connected to', async () => {
    const { port, connections } = await trap();
    const names = {
      'inside.example': ['127.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1', 'fe80::1%lo'],
    };
    const { reply } = await makeControl(names, closed).ask(`https://inside.example:${port}/`);
    expect(reply.dns.addrs).toEqual(['127.0.0.1', '::1', '169.254.169.254', '::ffff:7f00:1', 'fe80::1']);
    expect(Object.values(reply.ip_info ?? {}).every(({ flags }) => flags === 6)).toBe(true);
    expect(reply.tcp_connect).toEqual({});
    expect(reply.http_request.failure).toBe('dns_bogon_error');
    expect(connections()).toBe(0);
  });

  test('of a mixed answer only the public address is used', async () => {
    const { port, connections } = await trap();
    const site = await startHttp((_, response) => response.end('public'));
    const mapTcp = (endpoint: Endpoint): Endpoint =>
      endpoint.address === '8.8.8.8' ? { address: '127.0.0.1', port: site.port } : endpoint;
    const { ask } = makeControl({ 'mixed.example': ['127.0.0.1', '8.8.8.8', '::1'] }, { ...closed, mapTcp });
    const { reply } = await ask(`http://mixed.example:${port}/`);
    expect(Object.keys(reply.tcp_connect)).toEqual([`8.8.8.8:${port}`]);
    expect(reply.http_request).toMatchObject({ status_code: 200, body_length: 6 });
    expect(connections()).toBe(0);
  });

  test('rebinding: an answer that turns private is checked like the first', async () => {
    const { port, connections } = await trap();
    const site = await startHttp((request, response) => {
      response.writeHead(302, { Location: `http://rebind.example:${port}${request.url ?? ''}x` });
      response.end();
    });
    let lookups = 0;
    const reached: string[] = [];
    const { ask } = makeControl(
      {},
      {
        ...closed,
        lookup: () => Promise.resolve({ addresses: [++lookups <= 3 ? '8.8.8.8' : '127.0.0.1'] }),
        mapTcp: ({ address }) => {
          reached.push(address);
          return { address: '127.0.0.1', port: site.port };
        },
      },
    );
    const { reply } = await ask(`http://rebind.example:${port}/`);
    expect(lookups).toBeGreaterThan(3);
    expect(new Set(reached)).toEqual(new Set(['8.8.8.8']));
    expect(reply.http_request.failure).toBe('dns_bogon_error');
    expect(connections()).toBe(0);
  });
});

describe('redirects', () => {
  test.each([
    '127.0.0.1',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0x7f.1',
    '2130706433',
    'inside.example',
    'a@127.0.0.1',
  ])('to %s', async (host) => {
    const { port, connections } = await trap();
    const site = await startHttp((_, response) => {
      response.writeHead(302, { Location: `//${host}:${port}/latest/meta-data` });
      response.end();
    });
    const { ask } = makeControl(
      { 'site.example': ['8.8.8.8'], 'inside.example': ['127.0.0.1'] },
      {
        ...closed,
        mapTcp: ({ address }) =>
          address === '8.8.8.8' ? { address: '127.0.0.1', port: site.port } : { address, port },
      },
    );
    const { reply } = await ask(`http://site.example:${site.port}/`);
    expect(reply.x_http_chain).toHaveLength(2);
    expect(reply.http_request).toMatchObject({ failure: 'dns_bogon_error', status_code: -1 });
    expect(connections()).toBe(0);
  });

  test.each([
    'ftp://site.example/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'javascript:1',
    'data:text/html,x',
  ])('to %s is not followed', async (location) => {
    const site = await startHttp((_, response) => {
      response.writeHead(302, { Location: location });
      response.end();
    });
    const { reply } = await makeControl({ 'site.example': ['127.0.0.1'] }).ask(
      `http://site.example:${site.port}/`,
    );
    expect(reply.http_request.failure).toBe('http_invalid_redirect_location_host');
  });
});

describe('endpoints that the asker names', () => {
  test('private ones are left out', async () => {
    const { port, connections } = await trap();
    const { ask } = makeControl({}, closed);
    const addresses = [
      '127.0.0.1',
      '[::1]',
      '10.0.0.1',
      '169.254.169.254',
      '[::ffff:127.0.0.1]',
      '[fd00:ec2::254]',
      '0.0.0.0',
      '[64:ff9b::7f00:1]',
      '100.100.100.200',
    ];
    const { reply } = await ask(`https://gone.example:${port}/`, {
      tcp_connect: addresses.map((address) => `${address}:${port}`),
    });
    expect(reply.tcp_connect).toEqual({});
    expect(reply.tls_handshake).toEqual({});
    expect(connections()).toBe(0);
  });

  test('other ports than the URL’s and the web’s are left out, and there is an end to their number', async () => {
    const asked: Endpoint[] = [];
    const site = await startHttp((_, response) => response.end());
    const mapTcp = (endpoint: Endpoint): Endpoint => {
      asked.push(endpoint);
      return { address: '127.0.0.1', port: site.port };
    };
    const { ask } = makeControl({}, { ...closed, mapTcp });
    const many = Array.from({ length: 100 }, (_, i) => `8.8.4.${i}:80`);
    await ask('http://gone.example:8081/', {
      tcp_connect: ['8.8.8.8:22', '8.8.8.8:3306', '8.8.8.8:8081', ...many],
    });
    expect(asked).toHaveLength(32);
    expect(new Set(asked.map(({ port }) => port))).toEqual(new Set([80, 8081]));
  });
});

describe('ports', () => {
  test.each([0, 1, 21, 22, 23, 25, 53, 110, 143, 445, 465, 587, 993, ...BAD_PORTS, 65_536, 80.5, Number.NaN])(
    '%d is refused',
    (port) => {
      expect(portRefusal(port)).toBe('port_not_allowed');
    },
  );
  test.each([80, 443, 1024, 8080, 8443, 65_535])('%d is allowed', (port) => {
    expect(portRefusal(port)).toBeNull();
  });
  test('a URL with a refused port is answered, not fetched', async () => {
    let opened = 0;
    const mapTcp = (endpoint: Endpoint): Endpoint => {
      opened++;
      return endpoint;
    };
    const { reply } = await makeControl({ 'site.example': ['8.8.8.8'] }, { ...closed, mapTcp }).ask(
      'http://site.example:25/',
    );
    expect(reply.http_request.failure).toBe('permission_denied');
    expect(opened).toBe(0);
  });
});

describe('--lab-allow', () => {
  test('opens just what it names', async () => {
    const site = await startHttp((_, response) => response.end('lab'));
    const { ask } = makeControl({}, { allow: cidrs('127.0.0.0/8') });
    const { reply } = await ask(`http://0x7f.1:${site.port}/`);
    expect(reply.http_request).toMatchObject({ status_code: 200, failure: null });
    const rules = { allow: cidrs('127.0.0.0/8'), ownAddresses: [] };
    for (const address of ['::1', '::ffff:127.0.0.1', '10.0.0.1', '64:ff9b::7f00:1'])
      expect(addressRefusal(address, rules)).toBe('address_not_public');
  });

  test('the machine’s own public addresses are refused, unless they are allowed', () => {
    const ownAddresses = ['198.41.0.4', '2606:4700::1'];
    expect(addressRefusal('198.41.0.4', { allow: [], ownAddresses })).toBe('own_address');
    expect(addressRefusal('2606:4700:0::1', { allow: [], ownAddresses })).toBe('own_address');
    expect(addressRefusal('198.41.0.4', { allow: cidrs('198.41.0.0/24'), ownAddresses })).toBeNull();
  });
});

describe('the filter as a function', () => {
  test('text that is no strict literal is refused', () => {
    for (const text of [
      '',
      'localhost',
      '127.1',
      '0x7f.1',
      '[::1]',
      '8.8.8.8.',
      ' 8.8.8.8',
      'fe80::1%eth0',
      '2606:4700::1%1',
    ])
      expect(addressRefusal(text, { allow: LOOPBACK, ownAddresses: [] })).toBe('not_an_address');
  });
  test('every IPv4 address that is not public is refused, and so is every carrier of any', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        const rules = { allow: [], ownAddresses: [] };
        const ip = { family: 4, bytes } as const;
        const open = ipClass(ip) === 'public' && formatIp(ip) !== '168.63.129.16';
        expect(addressRefusal(formatIp(ip), rules) === null).toBe(open);
        const hex = Buffer.from(bytes).toString('hex');
        const [high, low] = [hex.slice(0, 4), hex.slice(4)];
        for (const carrier of [
          `::ffff:${high}:${low}`,
          `::${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001:0:${high}:${low}::`,
        ])
          expect(addressRefusal(carrier, rules)).not.toBeNull();
      }),
    );
  });
  test('what the URL parser makes of a host is what is checked', () => {
    for (const host of HOSTS.filter((text) => !text.startsWith('['))) {
      const literal = new URL(`http://${host}/`).hostname;
      expect(parseIp(literal), host).not.toBeNull();
      expect(formatEndpoint(literal, 80)).toBe(`${literal}:80`);
    }
  });
});

describe('KUAGER_ONLY', () => {
  const signal = new AbortController().signal;
  test('a destination outside is an exception, checked where the packet would really go', async () => {
    const plain = createOutgoing({ allow: [], only: '127.0.0.0/8', ownAddresses: () => [] });
    await expect(plain.connect('8.8.8.8', 443, signal)).rejects.toMatchObject({
      code: 'DESTINATION_FORBIDDEN',
    });
    const mapped = createOutgoing({
      allow: LOOPBACK,
      only: '127.0.0.0/8',
      mapTcp: () => ({ address: '8.8.8.8', port: 443 }),
    });
    await expect(mapped.connect('127.0.0.1', 443, signal)).rejects.toMatchObject({
      code: 'DESTINATION_FORBIDDEN',
    });
    const named = createOutgoing({
      allow: LOOPBACK,
      only: '127.0.0.0/8',
      mapTcp: () => ({ address: 'localhost', port: 443 }),
    });
    await expect(named.connect('127.0.0.1', 443, signal)).rejects.toMatchObject({
      code: 'DESTINATION_FORBIDDEN',
    });
  });
  test('the system’s resolver is not asked when its nameservers are outside', async () => {
    const outgoing = createOutgoing({ allow: [], only: '240.0.0.1/32' });
    await expect(outgoing.resolve('site.example', signal)).rejects.toMatchObject({
      code: 'DESTINATION_FORBIDDEN',
    });
    await expect(outgoing.resolve('[::1]', signal)).resolves.toEqual({ addresses: ['::1'], failure: null });
  });
  test('an unreadable value is an error at once', () => {
    for (const only of ['x', '127.0.0.1/33', '127.0.0.0/8,localhost'])
      expect(() => createOutgoing({ allow: [], only })).toThrow(
        expect.objectContaining({ code: 'BAD_KUAGER_ONLY' }),
      );
  });
  test('the tests themselves run behind it', () => {
    expect(KUAGER_ONLY).toBe('127.0.0.0/8,::1/128');
  });
});
