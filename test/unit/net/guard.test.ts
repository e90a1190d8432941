import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import { mayAskLibc } from '../../../probe/net/lookup.ts';
import { parseServer } from '../../../probe/net/resolvers.ts';
import { createSlots } from '../../../probe/net/slots.ts';
import { never, testNet } from './helpers.ts';

describe('destination guard', () => {
  const guard = createDestinationGuard('127.0.0.0/8, ::1/128,fd00::/8');

  it.each(['127.0.0.1', '127.255.0.9', '::1', 'fd00::53', '::ffff:127.0.0.1'])('allows %s', (address) => {
    expect(() => guard.check(address)).not.toThrow();
  });

  it.each([
    '8.8.8.8',
    '128.0.0.1',
    '::',
    '2001:db8::1',
    '::ffff:8.8.8.8',
    'localhost',
    '127.1',
    '',
    '0.0.0.0',
  ])('forbids %s', (address) => {
    expect(() => guard.check(address)).toThrowError(
      expect.objectContaining({ code: 'DESTINATION_FORBIDDEN' }),
    );
  });

  it('judges a mapped address as the IPv4 packet that it becomes', () => {
    expect(createDestinationGuard('::/0').allows('::ffff:8.8.8.8')).toBe(false);
    expect(createDestinationGuard('::/0').allows('2001:db8::1')).toBe(true);
  });

  it('is open only when the variable is not set at all', () => {
    expect(createDestinationGuard(undefined).active).toBe(false);
    for (const bad of ['', ' ', '127.0.0.1/33', 'localhost', '127.0.0.0/8,', '10/8']) {
      expect(() => createDestinationGuard(bad)).toThrowError(
        expect.objectContaining({ code: 'BAD_KUAGER_ONLY' }),
      );
    }
  });

  it('lets nothing outside one IPv4 block through', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(createDestinationGuard('10.0.0.0/8').allows(address)).toBe(address.startsWith('10.'));
      }),
    );
  });

  it('stands before every driver', async () => {
    const net = testNet();
    const outside = { address: '192.0.2.1', port: 53 };
    const forbidden = expect.objectContaining({ code: 'DESTINATION_FORBIDDEN' });
    const question = { hostname: 'site.example', type: 'A' } as const;
    await expect(net.tcpConnect(outside, never())).rejects.toEqual(forbidden);
    await expect(net.dnsUdp(outside, question, never())).rejects.toEqual(forbidden);
    await expect(net.dnsOverHttps('https://192.0.2.1/dns-query', question, never())).rejects.toEqual(
      forbidden,
    );
  });

  it('judges the mapped destination, not the one that is asked for', async () => {
    const lab = {
      lookup: () => Promise.resolve({ addresses: ['127.0.0.1'] }),
      mapTcp: () => ({ address: '192.0.2.9', port: 80 }),
      mapUdp: () => ({ address: '192.0.2.9', port: 53 }),
    };
    const inside = { address: '127.0.0.1', port: 80 };
    const forbidden = expect.objectContaining({ code: 'DESTINATION_FORBIDDEN' });
    const net = testNet({ lab });
    await expect(net.tcpConnect(inside, never())).rejects.toEqual(forbidden);
    await expect(net.dnsUdp(inside, { hostname: 'a.example', type: 'A' }, never())).rejects.toEqual(
      forbidden,
    );
  });
});

describe('libc behind the guard', () => {
  const guard = createDestinationGuard('127.0.0.0/8,::1/128');

  it.each([
    ['site.example', 'nameserver 127.0.0.53\n', 'linux', true],
    ['site.example', 'nameserver 127.0.0.53\nnameserver 192.0.2.1\n', 'linux', false],
    ['site.example', '# nameserver 127.0.0.1\nnameserver fe80::1%eth0\n', 'linux', false],
    ['site.example', null, 'linux', true],
    ['site.example', 'nameserver 127.0.0.1\n', 'darwin', false],
    ['localhost', 'nameserver 192.0.2.1\n', 'linux', true],
    ['192.0.2.1', 'nameserver 192.0.2.1\n', 'linux', true],
  ])('%s with %j on %s: %s', (hostname, conf, platform, allowed) => {
    expect(mayAskLibc(guard, hostname, conf, platform)).toBe(allowed);
  });

  it('is not asked about when there is no wall', () => {
    expect(mayAskLibc(createDestinationGuard(undefined), 'site.example', null, 'win32')).toBe(true);
  });
});

describe('resolvers of the system', () => {
  it.each([
    ['8.8.8.8', { address: '8.8.8.8', port: 53 }],
    ['8.8.8.8:1053', { address: '8.8.8.8', port: 1053 }],
    ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]:1053', { address: '2001:db8::1', port: 1053 }],
    ['fe80::1%eth0', { address: 'fe80::1%eth0', port: 53 }],
    ['[fe80::1%eth0]:5353', { address: 'fe80::1%eth0', port: 5353 }],
    ['dns.example', null],
    ['8.8.8.8:0', null],
    ['8.8.8.8:99999', null],
  ])('%s', (text, expected) => {
    expect(parseServer(text)).toEqual(expected);
  });

  it('gives way to those named by hand', () => {
    const resolvers = [{ address: '127.0.0.1', port: 5353 }];
    expect(testNet({ resolvers }).systemResolvers()).toBe(resolvers);
  });
});

describe('slots', () => {
  it('lets as many in as there are, in order, and forgets who gave up', async () => {
    const slots = createSlots(1);
    const first = await slots.acquire(never());
    const stop = new AbortController();
    const gaveUp = slots.acquire(stop.signal);
    const order: string[] = [];
    const second = slots.acquire(never()).then((release) => (order.push('second'), release));
    stop.abort();
    expect(await gaveUp).toBeNull();
    expect(order).toEqual([]);
    first?.();
    first?.(); // twice frees once
    const third = slots.acquire(never()).then((release) => (order.push('third'), release));
    (await second)?.();
    (await third)?.();
    expect(order).toEqual(['second', 'third']);
  });
});
