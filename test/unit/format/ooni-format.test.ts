/** Measurements as the collector hands them out, read the way a researcher's program reads them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startScenarioLab, type ScenarioLab } from '../../lab/run-scenarios.ts';
import { FIRST_SCENARIOS, INTERFERENCE, LOOK_ALIKES, type Scenario } from '../../scenarios/index.ts';
import { formatProblems } from './checklist.ts';
import { list, object, text, type Json } from './read.ts';
import { SPOILINGS, spoiled } from './spoiled.ts';

/** Between them: every kind of record, both families, no control, redirects, pairs, late replies. */
const NAMES = [
  'works-http',
  'works-https',
  'works-h2',
  'dns-nxdomain',
  'dns-bogon',
  'tcp-refused',
  'tls-sni-reset',
  'tls-interception-known',
  'http-451',
  'expired-certificate',
  'captive-portal',
  'name-unknown-everywhere',
  'redirect-then-sni-reset',
  'redirect-to-https',
  'dns-injection-race',
];
const RUN_TIMEOUT_MS = 90_000;

const SCENARIOS: readonly Scenario[] = NAMES.map((name) => {
  const found = [...FIRST_SCENARIOS, ...LOOK_ALIKES, ...INTERFERENCE].find((each) => each.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
});

interface Published {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly measurement: Json;
}
let lab: ScenarioLab;
const published = new Map<string, Published>();
const get = (name: string): Published => {
  const found = published.get(name);
  if (found === undefined) throw new Error(`${name} gave no measurement`);
  return found;
};
const keysOf = (name: string): Json => object(get(name).measurement['test_keys']);

beforeAll(async () => {
  lab = await startScenarioLab(SCENARIOS);
  const results = await Promise.all(SCENARIOS.map((scenario) => lab.run(scenario)));
  for (const { scenario, measurementId: id } of results) {
    if (id === null) continue;
    const reply = await fetch(`${lab.collector.url}/api/v1/raw_measurement?measurement_uid=${id}`);
    const bytes = new Uint8Array(await reply.arrayBuffer());
    const measurement = object(JSON.parse(new TextDecoder().decode(bytes)));
    published.set(scenario.name, { id, bytes, measurement });
  }
}, RUN_TIMEOUT_MS);

afterAll(() => lab.close());

describe.each(NAMES)('the measurement of %s', (name) => {
  test('has everything that a reader of the format needs', () => {
    expect(formatProblems(get(name).measurement)).toEqual([]);
  });

  test('is the bytes that its id stands for', () => {
    const { id, bytes } = get(name);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(id);
  });

  test('is about what was asked', () => {
    const { input, software_name: software } = get(name).measurement;
    expect([input, software]).toEqual([SCENARIOS.find((s) => s.name === name)?.target, 'kuager']);
  });
});

describe('the measurements together', () => {
  const all = (key: string): readonly Json[] => NAMES.flatMap((name) => list(keysOf(name)[key]));

  test('hold every kind of record, so that the checks above had something to look at', () => {
    const handshakes = all('tls_handshakes');
    expect(handshakes.some((h) => h['peer_certificates'] !== null)).toBe(true);
    expect(handshakes.some((h) => h['peer_certificates'] === null)).toBe(true);
    expect(handshakes.some((h) => text(h['address']).startsWith('['))).toBe(true);
    expect(all('requests').map((r) => r['response'] === null)).toEqual(expect.arrayContaining([false]));
    expect(new Set(all('queries').map((q) => q['engine']))).toEqual(new Set(['getaddrinfo', 'udp', 'doh']));
    expect(all('x_dns_duplicate_responses').length).toBeGreaterThan(0);
    expect(all('network_events').length).toBeGreaterThan(NAMES.length);
    expect(all('tcp_connect').some((c) => object(c['status'])['success'] === false)).toBe(true);
    expect(Object.keys(object(keysOf('captive-portal')['control']))).toEqual([]);
    expect(
      Object.keys(object(object(keysOf('works-h2')['control'])['tls_handshake'])).length,
    ).toBeGreaterThan(0);
  });

  test('tell of a redirect from its end to its beginning', () => {
    const urls = list(keysOf('redirect-to-https')['requests']).map((r) => object(r['request'])['url']);
    expect(urls).toEqual(['https://tea-house.example/', 'http://tea-house.example/']);
  });

  test('carry report ids that link no two of them', () => {
    const ids = NAMES.map((name) => text(get(name).measurement['report_id']).split('_').at(-1));
    expect(new Set(ids).size).toBe(NAMES.length);
  });
});

describe('the checklist', () => {
  test.each(SPOILINGS)('finds $what', ({ of: name = 'works-h2', path, change }) => {
    const copy = spoiled(get(name).measurement, { path, change });
    expect(copy).not.toEqual(get(name).measurement);
    expect(formatProblems(copy)).not.toEqual([]);
  });
});
