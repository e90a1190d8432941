import { describe, expect, test } from 'vitest';
import { ipClass, parseIp } from '../../../shared/codec/ip.ts';
import { CAUSES, METHODS } from '../../../shared/model/verdict.ts';
import { FIRST_SCENARIOS, INTERFERENCE, LOOK_ALIKES } from '../../scenarios/index.ts';

const ALL = [...FIRST_SCENARIOS, ...LOOK_ALIKES, ...INTERFERENCE];

function repeated(values: readonly string[]): string[] {
  return values.filter((value, i) => values.indexOf(value) !== i);
}

describe('the scenarios, as data', () => {
  test('names, hosts and addresses belong to one scenario each', () => {
    expect(repeated(ALL.map((scenario) => scenario.name))).toEqual([]);
    expect(repeated(ALL.flatMap((s) => [...new Set(s.sites.map((site) => site.host))]))).toEqual([]);
    expect(repeated(ALL.flatMap((s) => [...new Set(s.sites.flatMap((site) => site.addresses))]))).toEqual([]);
  });

  test('sites have public-looking addresses and reserved names', () => {
    for (const site of ALL.flatMap((scenario) => scenario.sites)) {
      expect(site.host).toMatch(/\.example$/);
      for (const address of site.addresses) {
        const ip = parseIp(address);
        expect([address, ip === null ? null : ipClass(ip)]).toEqual([address, 'public']);
        expect(address.startsWith('11.255.')).toBe(false);
      }
    }
  });

  test('the target is a site of its scenario, unless the name exists nowhere', () => {
    for (const { name, target, sites } of ALL) {
      const { hostname, href } = new URL(target);
      expect(href).toBe(target);
      expect([name, sites.some((site) => site.host === hostname)]).toEqual([
        name,
        name !== 'name-unknown-everywhere',
      ]);
    }
  });

  test('expectations are of the vocabulary and consistent', () => {
    for (const { name, expect: wanted } of ALL) {
      const accuses = wanted.outcome === 'interfered' || wanted.outcome === 'suspected';
      const explains = ['refused', 'down', 'local'].includes(wanted.outcome);
      expect([name, wanted.method !== null, wanted.cause !== null]).toEqual([name, accuses, explains]);
      if (wanted.method !== null) {
        expect(METHODS).toContain(wanted.method);
        expect(wanted.method.split('.')[0]).toBe(wanted.layer);
      }
      if (wanted.cause !== null) expect(CAUSES).toContain(wanted.cause);
      expect(wanted.authority !== undefined).toBe(wanted.method === 'tls.interception');
    }
  });

  test('a look-alike is never an accusation, an interference always is', () => {
    for (const scenario of LOOK_ALIKES)
      expect(['interfered', 'suspected']).not.toContain(scenario.expect.outcome);
    for (const scenario of INTERFERENCE)
      expect(['interfered', 'suspected']).toContain(scenario.expect.outcome);
  });
});
