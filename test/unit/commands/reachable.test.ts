/** A descriptor by whoever wants volunteers to knock at doors: only a few, none at home, none of strangers' services. */
import { describe, expect, it } from 'vitest';
import { reachable } from '../../../probe/commands/learn-collector.ts';
import type { Descriptor, ReflectorDescriptor } from '../../../shared/model/index.ts';

const reflector = (more: Partial<ReflectorDescriptor> = {}): ReflectorDescriptor => ({
  name: 'mirror.example',
  addresses: ['11.0.0.1'],
  tlsPort: 443,
  httpPort: 8080,
  spkiSha256: [],
  ...more,
});
const descriptor = (
  reflectors: readonly ReflectorDescriptor[],
  controls: readonly string[] = [],
): Descriptor => ({
  version: 1,
  issued: '2026-11-22T00:00:00Z',
  collector: { url: 'https://collector.example', key: '' },
  hpke: { keyid: '', key: '' },
  log: { origin: '', vkey: '' },
  controls: controls.map((url) => ({ url, key: '' })),
  reflectors,
});
const named = (r: readonly ReflectorDescriptor[], lab = false) => reachable(descriptor(r), lab).reflectors;

describe('what a descriptor names', () => {
  it('is used as it is where it is modest', () => {
    const modest = reflector({ morePorts: [8443], selfSignedPort: 8444 });
    expect(named([modest])).toEqual([modest]);
  });

  it('is never at home, outside a lab', () => {
    const home = reflector({ addresses: ['192.168.1.1', '11.0.0.1', '127.0.0.1', 'fe80::1'] });
    expect(named([home])[0]?.addresses).toEqual(['11.0.0.1']);
    expect(named([reflector({ addresses: ['10.0.0.1'] })])).toEqual([]);
    expect(
      reachable(descriptor([], ['http://192.168.1.1/x', 'https://c.example/']), false).controls,
    ).toHaveLength(1);
    expect(named([home], true)[0]?.addresses).toHaveLength(4);
  });

  it('is a few of each, in a lab too', () => {
    const many = Array.from({ length: 64 }, (_, i) => i);
    const greedy = reflector({
      addresses: many.map((i) => `11.0.1.${i}`),
      morePorts: many.map((i) => 2000 + i),
    });
    const used = named(
      many.map(() => greedy),
      true,
    );
    const doors = used.flatMap((r) => r.addresses.flatMap(() => [0, 0, ...(r.morePorts ?? [])]));
    expect(used.length).toBeGreaterThan(1);
    expect(doors.length).toBeLessThanOrEqual(8 * 4 * 10);
  });

  it('has no port of another service', () => {
    expect(named([reflector({ tlsPort: 25 }), reflector({ httpPort: 22 })])).toEqual([]);
    const [kept] = named([reflector({ morePorts: [25, 8443], selfSignedPort: 445 })]);
    expect([kept?.morePorts, kept?.selfSignedPort]).toEqual([[8443], undefined]);
  });
});
