/** What a reply says about a name beyond its addresses: the parent zone, the diary, and how the site treated the control. */
import { describe, expect, test } from 'vitest';
import type { Answer } from 'dns-packet';
import { requestFor } from '../../../collector/control/index.ts';
import type { Endpoint } from '../../../collector/control/index.ts';
import { leafFor, makeControl, startHttp, startHttps, startTcp } from './helpers.ts';
import { a, aaaa, cname, DENIES, KZ, startZones } from './zones.ts';
import type { NameServerRule, Zones } from './zones.ts';

/** One zone for everything under kz; `records` by name, other names are denied. */
async function startKz(records: Readonly<Record<string, readonly Answer[]>>): Promise<Zones> {
  const rule: NameServerRule = ({ name, type }) => {
    const found = records[name];
    if (found === undefined) return DENIES('kz');
    return { answers: found.filter((record) => record.type === type || record.type === 'CNAME') };
  };
  return startZones({ '11.0.0.1': rule, '11.0.0.2': rule }, KZ);
}

const open = { allow: [], ownAddresses: () => [] };

/** Sites by address; every other connection goes where the zones say. */
function worldOf(zones: Zones, sites: Readonly<Record<string, number>>) {
  const mapTcp = (endpoint: Endpoint): Endpoint | { readonly failure: string } => {
    const port = sites[endpoint.address];
    if (endpoint.port !== 53 && port !== undefined) return { address: '127.0.0.1', port };
    return endpoint.port === 53 ? zones.hooks.mapTcp!(endpoint) : { failure: 'network_unreachable' };
  };
  return { ...open, ...zones.hooks, mapTcp };
}

describe('x_parent and addresses', () => {
  test('a delegated name: the zone’s own addresses go before the resolver’s, per family', async () => {
    const site = await startHttps(leafFor('site.kz'), (_, response) => response.end('page'));
    const zones = await startKz({ 'site.kz': [a('site.kz', '11.9.9.9')] });
    const world = worldOf(zones, { '11.9.9.9': site.port, '11.9.9.8': site.port });
    const { ask } = makeControl({ 'site.kz': ['11.9.9.8', '2a00:1450::9'] }, world);
    const { reply, signed } = await ask('https://site.kz/');
    expect(reply.x_parent).toEqual({ zone: 'kz', status: 'delegated', failure: null });
    expect(JSON.parse(signed.payload)).toEqual(reply);
    expect(reply.dns).toEqual({ failure: null, addrs: ['11.9.9.9'] });
    for (const address of ['11.9.9.8', '11.9.9.9'])
      expect(reply.tls_handshake?.[`${address}:443`]).toMatchObject({ status: true });
    expect(reply.tcp_connect['[2a00:1450::9]:443']?.failure).toBe('network_unreachable');
    expect(reply.ip_info?.['11.9.9.9']?.flags).toBe(2 | 8);
  });

  test('an alias that leads elsewhere leaves the resolver’s addresses', async () => {
    const zones = await startKz({ 'site.kz': [cname('site.kz', 'edge.cdn.example')] });
    const { ask } = makeControl({ 'site.kz': ['11.9.9.8'] }, worldOf(zones, {}));
    const { reply } = await ask('https://site.kz/');
    expect(reply.x_parent?.status).toBe('delegated');
    expect(reply.dns.addrs).toEqual(['11.9.9.8']);
  });

  test('a resolver that keeps an old address: the page comes from the new one', async () => {
    const site = await startHttp((_, response) => response.end('moved'));
    const zones = await startKz({
      'site.kz': [a('site.kz', '11.9.9.9'), aaaa('site.kz', '2a00:1450::9')],
    });
    const { ask } = makeControl({ 'site.kz': ['11.9.9.8'] }, worldOf(zones, { '11.9.9.9': site.port }));
    const { reply } = await ask('http://site.kz/');
    expect(reply.tcp_connect['11.9.9.8:80']?.failure).toBe('network_unreachable');
    expect(reply.http_request).toMatchObject({ status_code: 200, failure: null });
    expect(reply.x_http_chain).toEqual(['http://site.kz/']);
  });

  test('a resolver that fails where the zone answers', async () => {
    const site = await startHttp((_, response) => response.end('here'));
    const zones = await startKz({ 'site.kz': [a('site.kz', '11.9.9.9')] });
    const { reply } = await makeControl({}, worldOf(zones, { '11.9.9.9': site.port })).ask('http://site.kz/');
    expect(reply.dns).toEqual({ failure: null, addrs: ['11.9.9.9'] });
    expect(reply.http_request.status_code).toBe(200);
  });

  test('a name that was taken off, still in the resolver’s cache', async () => {
    const site = await startHttp((_, response) => response.end('still here'));
    const zones = await startKz({});
    const { ask } = makeControl({ 'site.kz': ['11.9.9.8'] }, worldOf(zones, { '11.9.9.8': site.port }));
    const { reply } = await ask('http://site.kz/');
    expect(reply.x_parent).toEqual({ zone: 'kz', status: 'denied', failure: null });
    expect(reply.dns).toEqual({ failure: null, addrs: ['11.9.9.8'] });
  });

  test('a zone’s address that is nobody’s to connect to is reported and left alone', async () => {
    const zones = await startKz({ 'site.kz': [a('site.kz', '127.0.0.1')] });
    const { reply } = await makeControl({ 'site.kz': ['11.9.9.8'] }, worldOf(zones, {})).ask(
      'http://site.kz/',
    );
    expect(reply.dns.addrs).toEqual(['127.0.0.1']);
    expect(Object.keys(reply.tcp_connect).some((endpoint) => endpoint.startsWith('127.'))).toBe(false);
    expect(reply.http_request.failure).toBe('dns_bogon_error');
  });

  test('nobody to ask: unknown, everything else as ever', async () => {
    const site = await startHttp((_, response) => response.end('page'));
    const { reply } = await makeControl({ 'site.kz': ['127.0.0.1'] }).ask(`http://site.kz:${site.port}/`);
    expect(reply.x_parent).toEqual({ zone: '', status: 'unknown', failure: 'permission_denied' });
    expect(reply.dns).toEqual({ failure: null, addrs: ['127.0.0.1'] });
    expect(reply.http_request.status_code).toBe(200);
  });
});

describe('x_http_seconds', () => {
  test('the last request, to the end of its body', async () => {
    const site = await startHttp((request, response) => {
      if (request.url === '/') {
        setTimeout(() => response.writeHead(302, { Location: '/slow' }).end(), 600);
        return;
      }
      response.write('first half');
      setTimeout(() => response.end('second half'), 300);
    });
    const { ask } = makeControl({ 'site.kz': ['127.0.0.1'] });
    const { reply } = await ask(`http://site.kz:${site.port}/`);
    expect(reply.x_http_seconds).toBeGreaterThanOrEqual(0.29);
    expect(reply.x_http_seconds).toBeLessThan(0.6);
    expect(String(reply.x_http_seconds)).toMatch(/^\d+(\.\d{1,2})?$/);
  });
  test('absent when there was no end', async () => {
    const site = await startTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    });
    const { reply } = await makeControl({ 'site.kz': ['127.0.0.1'] }).ask(`http://site.kz:${site.port}/`);
    expect(reply.http_request.failure).toBe('eof_error');
    expect(reply).not.toHaveProperty('x_http_seconds');
  });
});

describe('a site that refuses the control', () => {
  test.each([
    [403, { Server: 'cloudflare', 'CF-Mitigated': 'challenge' }, 'Just a moment...'],
    [403, { 'X-Sucuri-Block': 'geo', Server: 'Sucuri/Cloudproxy' }, 'Access Denied'],
    [429, { 'Retry-After': '120' }, 'Too many requests'],
    [503, { 'Retry-After': '30', Server: 'nginx' }, 'One moment'],
  ])('%d keeps what it is known by', async (status, headers, title) => {
    const site = await startHttps(leafFor('site.kz'), (_, response) => {
      response.writeHead(status, headers);
      response.end(`<html><title>${title}</title></html>`);
    });
    const { reply, signed } = await makeControl({ 'site.kz': ['127.0.0.1'] }).ask(
      `https://site.kz:${site.port}/`,
    );
    expect(reply.http_request).toMatchObject({ status_code: status, title, failure: null, headers });
    expect(JSON.parse(signed.payload)).toEqual(reply);
  });
});

describe('the diary', () => {
  const facts = {
    siblings: {
      '11.9.9.8': ['site.kz', ...Array.from({ length: 12 }, (_, i) => `n${i}.kz`)],
      '11.9.9.7': ['seven.kz'],
      '11.9.9.1': ['elsewhere.kz'],
    },
    earlierAddrs: ['11.9.9.8', ...Array.from({ length: 30 }, (_, i) => `11.4.4.${i}`)],
  };

  test('its facts are told for the addresses of the reply, bounded and signed', async () => {
    const asked: string[] = [];
    const diary = (host: string) => {
      asked.push(host);
      return facts;
    };
    const mapTcp = () => ({ failure: 'network_unreachable' });
    const { ask } = makeControl({ 'site.kz': ['11.9.9.8'] }, { ...open, mapTcp, control: { diary } });
    const { reply, signed } = await ask('https://site.kz/', { tcp_connect: ['11.9.9.7:443'] });
    expect(asked).toEqual(['site.kz']);
    expect(reply.x_siblings).toEqual({
      '11.9.9.8': Array.from({ length: 8 }, (_, i) => `n${i}.kz`),
      '11.9.9.7': ['seven.kz'],
    });
    expect(reply.x_earlier_addrs).toEqual(Array.from({ length: 16 }, (_, i) => `11.4.4.${i}`));
    expect(JSON.parse(signed.payload)).toEqual(reply);
  });

  test('a diary that knows nothing adds nothing', async () => {
    const mapTcp = () => ({ failure: 'host_unreachable' });
    const { ask } = makeControl(
      { 'site.kz': ['11.9.9.8'] },
      { ...open, mapTcp, control: { diary: () => null } },
    );
    const { reply } = await ask('https://site.kz/');
    expect(reply).not.toHaveProperty('x_siblings');
    expect(reply).not.toHaveProperty('x_earlier_addrs');
    expect(reply.tcp_connect['11.9.9.8:443']).toEqual({ status: false, failure: 'host_unreachable' });
    expect(reply.http_request.failure).toBe('host_unreachable');
  });

  test('its own questions are asked anew, like a browser, and leave no answer for others', async () => {
    const agents: string[] = [];
    const site = await startHttp((request, response) => {
      agents.push(request.headers['user-agent'] ?? '');
      response.end('page');
    });
    const { control, ask } = makeControl({ 'site.kz': ['127.0.0.1'] });
    const request = requestFor(new URL(`http://site.kz:${site.port}/#part`));
    const signal = new AbortController().signal;
    const headers = Object.fromEntries(request.headers.map(([name, value]) => [name, [value]]));
    const both = await Promise.all([control.answer(request, signal), control.answer(request, signal)]);
    expect(both[0].reply.x_request).toEqual({
      http_request: `http://site.kz:${site.port}/#part`,
      tcp_connect: [],
    });
    expect(agents).toHaveLength(2);
    expect(agents[0]).toMatch(/^Mozilla\/5\.0 /);
    const theirs = await ask(request.asked.http_request, { http_request_headers: headers });
    expect(theirs.timing.cached).toBe(false);
    expect((await control.answer(request, signal)).timing.cached).toBe(false);
    expect(agents).toHaveLength(4);
  });
});
