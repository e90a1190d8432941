import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labCertificates } from '../../lab/certs.ts';
import { startLoopbackLab } from '../../lab/loopback/lab.ts';
import type { ClientView, LabScenario, LoopbackLab } from '../../lab/loopback/lab.ts';
import type { Intercept, Residual, SniRule } from '../../scenarios/index.ts';
import { BODY_BYTES, clientHello, cutAt, page, request, scenario, site } from './small-lab.ts';
import { get, handshake, say, tcp } from './wire.ts';

const H1 = ['http/1.1'];
const SILENCE_MS = 400;
const SERVER_FLIGHT_BYTES = 1000;
const SECOND_MS = 1000;

/** One host and address for each scenario: `<name>.example`, 11.90.n.10. */
function keyed(n: number, name: string, parts: Partial<LabScenario>): LabScenario {
  return scenario(name, { sites: [site(`${name}.example`, [`11.90.${n}.10`])], ...parts });
}
function sni(match: string, action: SniRule['action'], residual?: Residual): SniRule {
  return { on: 'sni', match, action, ...(residual === undefined ? {} : { residual }) };
}
function intercept(authority: Intercept['authority'], more: Partial<Intercept> = {}): Intercept {
  return { kind: 'intercept', authority, copies: 'sni', ...more };
}

const AUTHORITIES = ['known', 'known_2020', 'known_2021', 'imitation', 'product', 'company'] as const;
const SCENARIOS: readonly LabScenario[] = [
  keyed(1, 'triple', {
    censor: [sni('triple.example', { kind: 'drop' }, { seconds: 30, scope: 'triple' })],
  }),
  keyed(2, 'whole', {
    censor: [sni('whole.example', { kind: 'reset' }, { seconds: 120, scope: 'client' })],
  }),
  keyed(3, 'slow', { censor: [sni('slow.example', { kind: 'throttle', bytesPerSecond: 100_000 })] }),
  keyed(4, 'far', {
    censor: [{ on: 'address', match: '11.90.4.10', action: { kind: 'throttle', delayMs: 150 } }],
  }),
  keyed(5, 'frozen', { censor: [sni('frozen.example', { kind: 'freeze', afterBytes: 16_384 })] }),
  keyed(6, 'icy', {
    censor: [
      { on: 'address', match: '11.90.6.10', port: 80, action: { kind: 'freeze', afterBytes: 10_000 } },
    ],
  }),
  keyed(7, 'path', {
    censor: [{ on: 'host', match: 'path.example', path: '/large', action: { kind: 'reset' } }],
  }),
  keyed(8, 'first-segment', {
    censor: [
      {
        on: 'host',
        match: 'first-segment.example',
        reassembles: false,
        action: { kind: 'inject', response: page('blocked') },
      },
    ],
  }),
  keyed(9, 'unreachable', {
    censor: [{ on: 'address', match: '11.90.9.10', action: { kind: 'unreachable' } }],
  }),
  keyed(10, 'whitelist', {
    censor: [
      { on: 'address', match: '11.90.10.10', action: { kind: 'pass' } },
      { on: 'address', match: '*', action: { kind: 'drop' } },
    ],
  }),
  keyed(11, 'host-residual', {
    censor: [
      {
        on: 'host',
        match: 'host-residual.example',
        residual: { seconds: 60, scope: 'triple' },
        action: { kind: 'close' },
      },
    ],
  }),
  ...AUTHORITIES.map((authority, i) =>
    keyed(20 + i, authority.replace('_', '-'), { censor: [sni('*', intercept(authority))] }),
  ),
  keyed(41, 'now-and-then', {
    censor: [{ ...sni('now-and-then.example', intercept('unknown')), every: 5 }],
  }),
  keyed(42, 'v4-only', {
    sites: [site('v4-only.example', ['11.90.42.10', '3ffe:90:42::10'])],
    censor: [{ ...sni('v4-only.example', intercept('unknown')), family: 4 }],
  }),
  keyed(43, 'one-address', {
    sites: [site('one-address.example', ['11.90.43.10', '11.90.43.11'])],
    censor: [{ ...sni('*', intercept('unknown')), at: '11.90.43.10' }],
  }),
  scenario('choosy', {
    sites: [
      site('choosy.example', ['11.90.30.10']),
      site('choosy-private.example', ['11.90.30.11'], {
        https: { certificate: 'self_signed', alpn: ['http/1.1'], pages: { '/': page('private') } },
      }),
    ],
    censor: [sni('*.example', intercept('unknown', { onlyTrustedOrigin: true }))],
  }),
];

const PROXY = '11.90.31.66';
const PLACES: readonly LabScenario[] = [
  keyed(31, 'proxied', {
    sites: [
      site('proxied.example', ['11.90.31.10']),
      { host: 'gate.proxied.example', addresses: [PROXY], state: 'proxy' },
    ],
  }),
  scenario('one-road', {
    sites: [site('one-road.example', ['11.90.32.10', '11.90.32.11'])],
    censor: [
      { on: 'sni', match: 'one-road.example', at: '11.90.32.10', action: { kind: 'reset' } },
      { on: 'host', match: 'one-road.example', at: '11.90.32.10', action: { kind: 'reset' } },
    ],
  }),
  keyed(33, 'trickle', { sites: [site('trickle.example', ['11.90.33.10'], { bytesPerSecond: 100_000 })] }),
];
const ALL = [...SCENARIOS, ...PLACES];

let lab: LoopbackLab;
beforeAll(async () => {
  lab = await startLoopbackLab({ scenarios: ALL, virtualClock: true });
  const control = lab.outside.mapTcp({ address: '11.90.1.10', port: 80 });
  await lab.addControl(`http://${control.address}:${control.port}/`);
});
afterAll(() => lab.close());

function pick(name: string) {
  const at = ALL.find((s) => s.name === name)!;
  const client: ClientView = lab.clients.get(name)!;
  const { host, addresses } = at.sites[0]!;
  const to = (port: number, address = addresses[0]!) => client.lab.mapTcp({ address, port });
  return { client, host, to };
}

/** What a handshake comes to: `authorized`, or why not. */
async function reach(to: ReturnType<ClientView['lab']['mapTcp']>, host: string): Promise<string> {
  const opened = await handshake(to, host, lab.rootsPem, H1, SILENCE_MS);
  opened.socket.destroy();
  return opened.failure ?? opened.why ?? 'authorized';
}

describe.concurrent('what goes on after the rule has fired', () => {
  test('one server address and port is silent for so long, everything else is not', async () => {
    const { client, host, to } = pick('triple');
    expect(await reach(to(443), 'innocuous.example')).toMatch(/ALTNAME/);
    const open = await handshake(to(443), 'innocuous.example', lab.rootsPem, H1);
    expect(await reach(to(443), host)).toBe('silence');
    expect(await tcp(to(443), SILENCE_MS)).toBe('silence');
    // What was open at that moment hears nothing more either, not even the end.
    const answer = Promise.race([
      get(open.socket, host),
      new Promise((resolve) => setTimeout(() => resolve('silence'), SILENCE_MS)),
    ]);
    expect(await answer).toBe('silence');
    open.socket.destroy();
    expect(await tcp(to(80), SILENCE_MS)).toBe('connected');
    await client.lab.clock!.wait(31 * SECOND_MS);
    expect(await reach(to(443), 'innocuous.example')).toMatch(/ALTNAME/);
  });

  test('a client is silent as a whole, its datagrams and its way to the control too', async () => {
    const { client, host, to } = pick('whole');
    const other = pick('far');
    expect(await tcp(to(80), SILENCE_MS)).toBe('connected');
    expect(await reach(to(443), host)).toBe('ECONNRESET');
    expect(await tcp(to(80), SILENCE_MS)).toBe('silence');
    const resolver = client.resolvers[0]!;
    const silent = client.lab.mapUdp(resolver);
    const url = new URL(client.controlUrl!);
    const control = { address: url.hostname, port: Number(url.port) };
    expect((await say(control, [request(host)], SILENCE_MS)).end).toBe('silence');
    expect(await tcp(other.to(80), SILENCE_MS)).toBe('connected');
    await client.lab.clock!.wait(121 * SECOND_MS);
    expect(await tcp(to(80), SILENCE_MS)).toBe('connected');
    expect(client.lab.mapUdp(resolver)).not.toEqual(silent);
    expect((await say(control, [request(host)], 2000)).end).toBe('end');
  });

  test('a Host rule punishes too', async () => {
    const { host, to } = pick('host-residual');
    expect((await say(to(80), [request('innocuous.example')], 2000)).bytes.length).toBeGreaterThan(0);
    expect((await say(to(80), [request(host)], SILENCE_MS)).end).toBe('end');
    expect(await tcp(to(80), SILENCE_MS)).toBe('silence');
    expect(await tcp(to(443), SILENCE_MS)).toBe('connected');
  });
});

describe('slow and frozen connections', () => {
  async function download(name: string, secure: boolean) {
    const { host, to } = pick(name);
    const started = performance.now();
    let text = '';
    if (secure) {
      const opened = await handshake(to(443), host, lab.rootsPem, H1);
      text = await get(opened.socket, host, '/large');
    } else text = (await say(to(80), [request(host, '/large')], 5000)).bytes.toString();
    return { bytes: text.length, ms: performance.now() - started };
  }

  test('a rate holds, and nothing is lost', async () => {
    const fast = await download('path', true).catch(() => null);
    const slow = await download('slow', true);
    expect(slow.bytes).toBeGreaterThan(BODY_BYTES);
    expect(slow.ms).toBeGreaterThan(1900);
    expect(slow.ms).toBeLessThan(4000);
    expect(fast?.bytes ?? 0).toBeGreaterThan(BODY_BYTES);
    expect(fast?.ms).toBeLessThan(1000);
    // Another name at the same address is as fast as ever.
    const { to } = pick('slow');
    const started = performance.now();
    await say(to(80), [request('slow.example', '/large')], 5000);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('a delay is paid in each direction, not for each segment', async () => {
    const { bytes, ms } = await download('far', false);
    expect(bytes).toBeGreaterThan(BODY_BYTES);
    expect(ms).toBeGreaterThan(290);
    expect(ms).toBeLessThan(1500);
  });

  test('after so many bytes nothing passes, not even the end', async () => {
    const { host, to } = pick('icy');
    const heard = await say(to(80), [request(host, '/large')], SILENCE_MS);
    expect([heard.end, heard.bytes.length]).toEqual(['silence', 10_000]);
    const { host: name, to: secure } = pick('frozen');
    const opened = await handshake(secure(443), name, lab.rootsPem, H1);
    const got: number[] = [];
    opened.socket.on('data', (bytes: Buffer) => got.push(bytes.length));
    opened.socket.write(request(name, '/large'));
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    // Part of the last record that came is still sealed: what was read is less than what passed.
    expect(opened.socket.readableEnded).toBe(false);
    expect(got.reduce((sum, n) => sum + n, 0)).toBeLessThan(16_384);
    opened.socket.destroy();
    const small = await handshake(secure(443), name, lab.rootsPem, H1);
    expect(await get(small.socket, name)).toContain('front of');
  });
});

describe('what a Host rule looks at', () => {
  test('the path', async () => {
    const { host, to } = pick('path');
    expect((await say(to(80), [request(host)], 2000)).bytes.toString()).toContain('front of');
    expect((await say(to(80), [request(host, '/large')], 2000)).end).toBe('ECONNRESET');
    expect((await say(to(80), [request('innocuous.example', '/large')], 2000)).bytes.length).toBeGreaterThan(
      BODY_BYTES,
    );
  });

  test('the first segment only', async () => {
    const { host, to } = pick('first-segment');
    expect((await say(to(80), [request(host)], 2000)).bytes.toString()).toContain('blocked');
    const parts = cutAt(Buffer.from(request(host)), host);
    const heard = await say(to(80), parts, 2000, { gapMs: 100 });
    expect(heard.bytes.toString()).toContain('front of');
  });
});

describe('addresses', () => {
  test('unreachable is said by the map: loopback has no packet for it', () => {
    expect(pick('unreachable').to(443)).toEqual({ failure: 'host_unreachable' });
  });

  test('everything but a few is dropped: reflector, second opinion and control are not among them', async () => {
    const { client, host, to } = pick('whitelist');
    expect(await reach(to(443), host)).toBe('authorized');
    const doh = { address: new URL(client.dohUrl).hostname, port: 443 };
    for (const at of [doh, { address: '11.90.1.10', port: 443 }, { address: '11.99.9.9', port: 80 }])
      expect(await tcp(client.lab.mapTcp(at), SILENCE_MS)).toBe('silence');
    const control = new URL(client.controlUrl!);
    expect(await tcp({ address: control.hostname, port: Number(control.port) }, SILENCE_MS)).toBe('silence');
  });
});

describe('where it stands', () => {
  test('a rule at one address leaves the others alone', async () => {
    const { host, to } = pick('one-road');
    expect(await reach(to(443, '11.90.32.11'), host)).toBe('authorized');
    expect((await say(to(80, '11.90.32.11'), [request(host)], 2000)).end).toBe('end');
    expect(await reach(to(443), host)).toBe('ECONNRESET');
    expect((await say(to(80), [request(host)], 2000)).end).toBe('ECONNRESET');
  });

  test('a transparent proxy gives everybody their own site, and nothing to a name that nobody has', async () => {
    const { host, to } = pick('proxied');
    for (const name of [host, 'trickle.example']) {
      expect(await reach(to(443, PROXY), name)).toBe('authorized');
      const heard = await say(to(80, PROXY), [request(name)], 2000);
      expect(heard.bytes.toString()).toContain(`front of ${name}`);
    }
    expect(await reach(to(443, PROXY), 'nobody.example')).toBe('ECONNRESET');
  });

  test('a slow site is slow for everybody, and complete', async () => {
    const { host, to } = pick('trickle');
    const outside = lab.outside.mapTcp({ address: '11.90.33.10', port: 80 });
    for (const at of [to(80), outside]) {
      const started = performance.now();
      const heard = await say(at, [request(host, '/large')], 5000);
      expect(heard.bytes.length).toBeGreaterThan(BODY_BYTES);
      expect(performance.now() - started).toBeGreaterThan(1800);
    }
  });
});

describe('interceptors', () => {
  async function chainOf(name: string): Promise<X509Certificate[]> {
    const { host, to } = pick(name);
    const opened = await handshake(to(443), host, lab.rootsPem, H1);
    const chain: X509Certificate[] = [];
    for (let next = opened.socket.getPeerCertificate(true); next?.raw !== undefined;) {
      chain.push(new X509Certificate(next.raw));
      if (next.issuerCertificate === undefined || next.issuerCertificate === next) break;
      next = next.issuerCertificate;
    }
    expect(opened.authorized).toBe(false);
    expect(await get(opened.socket, host)).toContain('front of');
    return chain;
  }

  const days = (cert: X509Certificate): number =>
    (Date.parse(cert.validTo) - Date.parse(cert.validFrom)) / (24 * 3600 * 1000);

  test('as in 2019: an intermediate of three years and the root are sent', async () => {
    const [leaf, middle, root, ...rest] = await chainOf('known');
    expect(rest).toEqual([]);
    expect(root!.raw).toEqual(new X509Certificate((await labCertificates()).interceptorPem.known).raw);
    expect(leaf!.verify(middle!.publicKey)).toBe(true);
    expect(middle!.verify(root!.publicKey)).toBe(true);
    expect(middle!.subject).toBe('C=KZ\nCN=Security Certificate');
    expect(Math.round(days(middle!))).toBe(3 * 365);
  });

  test('as in 2020: the root signs the leaf; the root of 2021 bears its name and has another key', async () => {
    const { interceptorPem } = await labCertificates();
    const [leaf, root, ...rest] = await chainOf('known-2020');
    const later = new X509Certificate(interceptorPem.known_2021);
    expect(rest).toEqual([]);
    expect(leaf!.verify(root!.publicKey)).toBe(true);
    expect(later.subject).toBe(root!.subject);
    expect(leaf!.verify(later.publicKey)).toBe(false);
  });

  test('as in 2021: an intermediate of 75 days that has expired; its root is not sent', async () => {
    const root = new X509Certificate((await labCertificates()).interceptorPem.known_2021);
    const [leaf, middle, ...rest] = await chainOf('known-2021');
    expect(rest).toEqual([]);
    expect(leaf!.verify(middle!.publicKey)).toBe(true);
    expect(middle!.verify(root.publicKey)).toBe(true);
    expect(days(middle!)).toBe(75);
    expect(Date.parse(middle!.validTo)).toBeLessThan(Date.now());
  });

  test('a key of its own under the same name', async () => {
    const certs = await labCertificates();
    await certs.prepare([{ authority: 'unknown', key: 'here' }]);
    const [shared, own] = [undefined, 'here'].map(
      (key) => new X509Certificate(certs.forgeFor('unknown', 'a.example', key).certPem),
    );
    const root = new X509Certificate(certs.interceptorPem.unknown);
    expect(own!.issuer).toBe(shared!.issuer);
    expect([shared!.verify(root.publicKey), own!.verify(root.publicKey)]).toEqual([true, false]);
    expect(() => certs.forgeFor('unknown', 'a.example', 'elsewhere')).toThrow('nothing was prepared');
    await expect(certs.prepare([{ authority: 'known', key: 'x' }])).rejects.toThrow('a root of its own');
  });

  const forged = async (to: ReturnType<ClientView['lab']['mapTcp']>, host: string): Promise<boolean> =>
    (await reach(to, host)) !== 'authorized';

  test('one connection in five, of those for the name', async () => {
    const { host, to } = pick('now-and-then');
    const seen: boolean[] = [];
    for (let i = 0; i < 10; i++) {
      seen.push(await forged(to(443), host));
      // Others don't count.
      expect(await reach(to(443), 'other.example')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n % 5 === 0));
  });

  test('one family only', async () => {
    const { host, to } = pick('v4-only');
    expect(await forged(to(443), host)).toBe(true);
    expect(await forged(to(443, '3ffe:90:42::10'), host)).toBe(false);
  });

  test('everything at one address, without a name too, and nothing elsewhere', async () => {
    const { host, to } = pick('one-address');
    for (const name of [host, 'other.example', undefined])
      expect(await forged(to(443), name as string)).toBe(true);
    expect(await forged(to(443, '11.90.43.11'), host)).toBe(false);
    expect(pick('one-address').client.lab.mapTcp({ address: '11.90.99.99', port: 443 })).toEqual(
      pick('v4-only').client.lab.mapTcp({ address: '11.90.99.99', port: 443 }),
    );
  });

  test('an imitation has the known root’s names and another key', async () => {
    const { interceptorPem } = await labCertificates();
    const known = new X509Certificate(interceptorPem.known);
    const [leaf, root] = await chainOf('imitation');
    expect(root!.subject).toBe(known.subject);
    expect(leaf!.verify(root!.publicKey)).toBe(true);
    expect(leaf!.verify(known.publicKey)).toBe(false);
  });

  test('a security product and a company say who they are', async () => {
    expect((await chainOf('product'))[0]!.issuer).toMatch(/Kaspersky/);
    expect((await chainOf('company'))[0]!.issuer).toMatch(/Lab Trading/);
  });

  test('one that looks at the destination’s chain spares those that browsers don’t trust', async () => {
    const { host, to } = pick('choosy');
    expect(await reach(to(443), host)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    // The chain is trusted, the name is another's: a reflector looks like that.
    const opened = await handshake(to(443), 'other.example', lab.rootsPem, H1);
    expect(opened.socket.getPeerX509Certificate()!.issuer).toContain('Secure Gateway');
    opened.socket.destroy();
    const spared = await handshake(to(443, '11.90.30.11'), 'choosy-private.example', lab.rootsPem, H1);
    expect(spared.why).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await get(spared.socket, 'choosy-private.example')).toContain('private');
  });

  test('a ClientHello in two segments is intercepted all the same', async () => {
    const { host, to } = pick('product');
    const heard = await say(to(443), cutAt(await clientHello(host), host), SILENCE_MS * 2, {
      gapMs: 100,
      enough: SERVER_FLIGHT_BYTES,
    });
    expect(heard.end).toBe('enough');
  });
});
