/** An interceptor on loopback whose authority is on record, a site and a reflector behind him: all sockets are real. */
import { afterEach, expect, test } from 'vitest';
import type { CounterfactualKind, TriggerMap, WebConnectivityTestKeys } from '../../../shared/model/index.ts';
import { SmallWorld, type Path, type Result } from './small-world.ts';

/** The reflector of the small world bears the other name of the test certificate. */
const HOST = 'doh.example';
const URL_OF_SITE = `https://${HOST}/`;
/** From the suspicion to the first pair: decision record 008. Seconds. */
const FIRST_PAIR_S = 60;

let world: SmallWorld | null = null;
afterEach(() => world?.close());

async function measure(path: Path, urls: readonly string[] = [URL_OF_SITE]): Promise<readonly Result[]> {
  world = await SmallWorld.open(path);
  await world.addSite(HOST);
  return world.measure(urls, 1);
}

const pairsOf = (keys: WebConnectivityTestKeys, kind: CounterfactualKind) =>
  keys.x_counterfactuals.filter((p) => p.kind === kind);
const answersOf = (map: TriggerMap | undefined) =>
  map?.answers.map(({ question, forged, of }) => [question, forged, of]);

test('every connection to one name: the map says that it is the name', async () => {
  const [result] = await measure({ intercepts: { name: HOST, every: 1 } });
  const { verdict, testKeys } = result!;
  expect(verdict).toMatchObject({
    outcome: 'interfered',
    method: 'tls.interception',
    authority: 'small-world',
    repeats: { n: 5, m: 5 },
  });
  expect(verdict.interception?.trigger.keyed).toBe('sni');
  expect(answersOf(verdict.interception?.trigger)).toEqual([
    ['target_again', 6, 6],
    ['innocuous_name_here', 0, 2],
    ['no_name_here', 0, 1],
    // Nobody listens at another port: a refused connect is no answer.
    ['other_protocol_here', 2, 2],
    ['target_at_reflector', 1, 1],
    ['innocuous_at_reflector', 0, 2],
  ]);
  const [protocols] = pairsOf(testKeys, 'tls.chain_other_protocol');
  const spoken = testKeys.tls_handshakes.filter((h) => protocols!.steps.includes(h.transaction_id ?? 0));
  expect(spoken.map((h) => h.negotiated_protocol)).toEqual(['h2', 'http/1.1']);
  const [nameless] = pairsOf(testKeys, 'tls.chain_without_name');
  expect(testKeys.tls_handshakes.find((h) => h.transaction_id === nameless!.steps[0])?.server_name).toBe('');
  for (const { distance_s: distance } of testKeys.x_counterfactuals)
    expect(distance).toBeLessThan(FIRST_PAIR_S);
});

test('one connection in five is met by a run of few targets', async () => {
  const [result] = await measure({ intercepts: { name: HOST, every: 5 }, targets: 1 });
  const { verdict, testKeys } = result!;
  expect(verdict).toMatchObject({
    outcome: 'interfered',
    authority: 'small-world',
    repeats: { n: 1, m: 5 },
  });
  // What he did not forge he may have missed: it says nothing of what he reacts to.
  expect(verdict.interception?.trigger.keyed).toBe('unclear');
  expect(pairsOf(testKeys, 'tls.chain_again')).toMatchObject([{ outcome: 'differs' }]);
  // The page itself came.
  expect(testKeys.requests.some((r) => r.response?.code === 200)).toBe(true);
});

test('and passes unseen where a long run looks once', async () => {
  const [result] = await measure({ intercepts: { name: HOST, every: 5 } });
  expect(result!.verdict.outcome).toBe('accessible');
  expect(result!.testKeys.x_counterfactuals).toEqual([]);
});

test('a long run looks again at the others once it has met a forged chain', async () => {
  world = await SmallWorld.open({ intercepts: { name: HOST, every: 1 } });
  await world.addSite(HOST);
  await world.addSite('site.example');
  const urls = ['https://site.example/', URL_OF_SITE, 'https://site.example/again'];
  const results = await world.measure(urls, 1);
  // One that waits for the reflector lends its slot to the next.
  const [before, met, after] = urls.map((url) => results.find((r) => r.url === url));
  expect(met!.verdict.outcome).toBe('interfered');
  expect(pairsOf(before!.testKeys, 'tls.chain_again')).toEqual([]);
  expect(pairsOf(after!.testKeys, 'tls.chain_again')).toMatchObject([{ outcome: 'same', suspicion: null }]);
  expect(after!.verdict).toMatchObject({ outcome: 'accessible', interception: null });
});

test('a site whose chain is the same each time is there, and costs four handshakes more', async () => {
  const [result] = await measure({ targets: 1 });
  expect(result!.verdict.outcome).toBe('accessible');
  const [again, ...more] = result!.testKeys.x_counterfactuals;
  expect(more).toEqual([]);
  expect(again).toMatchObject({ kind: 'tls.chain_again', outcome: 'same' });
  expect(again!.steps).toHaveLength(4);
});
