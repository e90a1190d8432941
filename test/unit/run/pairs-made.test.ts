import { afterEach, expect, test } from 'vitest';
import { SmallWorld, TIMEOUT_MS } from './small-world.ts';

let world: SmallWorld | null = null;
afterEach(() => world?.close());

/** After the death of an innocuous name; waits pass at once here, and count on the clock. */
const FIRST_LOOK_S = 60;
/** Of a handshake outside tests. */
const REAL_TIMEOUT_MS = 10_000;

const pairsOf = (keys: {
  readonly x_counterfactuals: readonly { readonly kind: string }[];
}): readonly string[] => keys.x_counterfactuals.map((p) => p.kind);

test('a site that answers gets no pair', async () => {
  world = await SmallWorld.open({});
  await world.addSite('site.example');
  const [result] = await world.measure(['https://site.example/'], 1);
  expect(result!.verdict.outcome).toBe('accessible');
  expect(pairsOf(result!.testKeys)).toEqual([]);
});

test('cut off once, it is measured a second time, and what came then counts', async () => {
  world = await SmallWorld.open({ cutsFirst: 1 });
  await world.addSite('site.example');
  const [result] = await world.measure(['https://site.example/'], 1);
  expect(result!.verdict.outcome).toBe('accessible');
  const { requests, tls_handshakes: handshakes } = result!.testKeys;
  expect(requests.filter((r) => r.tags?.[0] === 'depth=0').map((r) => r.tags)).toEqual([
    ['depth=0', 'x:attempt=2'],
  ]);
  expect(handshakes.filter((h) => h.tags?.includes('x:attempt=2') === true)).toHaveLength(1);
});

test.each([2, 3, 4, 5, 6, 7])(
  'a line that cuts every %ith connection is accused of nothing',
  async (cutsEvery) => {
    world = await SmallWorld.open({ cutsEvery });
    const urls = ['https://site.example/', 'https://doh.example/'];
    for (const url of urls) await world.addSite(new URL(url).hostname);
    for (const { verdict } of await world.measure([...urls, 'https://site.example/two'], 1))
      expect(verdict.outcome, JSON.stringify(verdict.rules)).not.toBe('interfered');
  },
);

test('nine silent names are settled in the time of a few', async () => {
  const hosts = Array.from({ length: 9 }, (_, i) => `silent-${i}.example`);
  world = await SmallWorld.open({ silent: new Set(hosts) });
  for (const host of hosts) await world.addSite(host);
  const began = world.net.now();
  const results = await world.measure(
    hosts.map((host) => `https://${host}/`),
    hosts.length,
  );
  for (const { verdict } of results)
    expect(verdict).toMatchObject({
      outcome: 'interfered',
      method: 'tls.sni_timeout',
      evidence: 'confirmed',
    });
  // Their own silence, then three ports for nine names; one after the other it would be ten silences.
  expect(world.net.now() - began).toBeLessThan((6 * TIMEOUT_MS) / 1000);
  // As decision record 008 promises, in the shortened seconds of this world: with ten times as long it is a minute.
  for (const { testKeys } of results) {
    const [first] = testKeys.x_counterfactuals.filter((p) => p.kind === 'tls.sni_at_reflector');
    expect(first?.distance_s).toBeLessThan((60 * TIMEOUT_MS) / REAL_TIMEOUT_MS);
  }
  // One name at a time at each port.
  const said = results.flatMap(({ testKeys }) =>
    testKeys.tls_handshakes.filter(
      (h) => h.address.startsWith('11.0.0.3:') && hosts.includes(h.server_name ?? ''),
    ),
  );
  expect(said).toHaveLength(hosts.length);
});

test('on a dead line nobody is accused, and those that come later only measure', async () => {
  world = await SmallWorld.open({ dead: true });
  const hosts = Array.from({ length: 12 }, (_, i) => `site-${i}.example`);
  for (const host of hosts) await world.addSite(host);
  const urls = hosts.map((host) => `https://${host}/`);
  const first = await world.measure(urls.slice(0, 4), 2);
  const began = world.net.now();
  const later = await world.measureOn(urls.slice(4), 2);
  for (const { verdict } of [...first, ...later])
    expect(['interfered', 'suspected']).not.toContain(verdict.outcome);
  // No pair, no second look, and no more waiting for the line.
  expect(first.some(({ testKeys }) => pairsOf(testKeys).length > 0)).toBe(true);
  expect(world.net.now() - began).toBeLessThan(FIRST_LOOK_S);
  for (const { testKeys } of later) {
    expect(pairsOf(testKeys)).toEqual([]);
    expect(testKeys.tcp_connect).toHaveLength(1);
  }
});
