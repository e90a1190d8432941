/** What is asked about an address that answers nobody here and the control. */
import { describe, expect, test } from 'vitest';
import { namesAtReflector, planPairs } from '../../../probe/plan/pairs.ts';
import { CLOSED_PORT } from '../../../shared/model/index.ts';
import { draft, type Draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, OTHER_IP, SECURE } from '../../golden/scenes.ts';
import { silentHere, type SilentSays } from '../../golden/witnesses.ts';
import { madeRecord, planned, worldOf } from './worlds.ts';

const SILENCE = 'generic_timeout_error';

describe('an address that is silent, and answers the control', () => {
  const V6 = '3ffe:7::10';
  /** Connects that failed, and what the control came to. */
  function silentAt(addresses: readonly string[], tcp: Record<string, string | null>, works?: string): Draft {
    const d = draft(HTTPS_URL);
    names(d, [...addresses, ...(works === undefined ? [] : [works])]);
    for (const address of addresses) d.tcp(address, 443, SILENCE);
    if (works !== undefined) d.tcp(works, 443);
    d.control({ ...CONTROL_GETS_ALL, addresses, tcp });
    return d;
  }
  const between = (d: Draft, world = {}) =>
    planned(d, world).filter((pair) => pair.kind === 'tcp.between_reflector');

  test('is tried once more between connects to our own server, of the same family, IPv4 if it can be', () => {
    const [pair, ...more] = between(silentAt([V6, IP], { [`[${V6}]:443`]: null, [SECURE]: null }));
    expect(more).toEqual([]);
    expect(pair).toMatchObject({ where: 'reflector', place: null, suspect: HOST, order: 'in_turn' });
    expect(pair!.steps).toMatchObject(
      ['11.0.0.3', IP, '11.0.0.3'].map((address) => ({
        protocol: 'tcp',
        endpoint: { address, port: 443 },
      })),
    );
    // No name is said to anybody.
    expect(namesAtReflector(pair!)).toBe(false);
    const [over6] = between(silentAt([V6], { [`[${V6}]:443`]: null }));
    expect(over6!.steps).toMatchObject(
      ['3ffe:ffff::3', V6, '3ffe:ffff::3'].map((address) => ({ endpoint: { address } })),
    );
  });

  test('is not where the control fails too, another address answers, or it was done before', () => {
    expect(between(silentAt([IP], { [SECURE]: null }))).toHaveLength(1);
    expect(between(silentAt([IP], { [SECURE]: SILENCE }))).toEqual([]);
    expect(between(silentAt([IP], {}))).toEqual([]);
    expect(between(silentAt([IP], { [SECURE]: null }, OTHER_IP))).toEqual([]);
    expect(
      between(silentAt([IP], { [SECURE]: null }), { made: [madeRecord('tcp.between_reflector')] }),
    ).toEqual([]);
    expect(between(silentAt([IP], { [SECURE]: null }), { places: [] })).toEqual([]);
  });
});

describe('an address that stayed silent between connects to our own server', () => {
  const paused = (says: SilentSays, world = {}, siblings = {}) => {
    const d = judged(silentHere([], { pause: null, ...says }));
    return planPairs(
      { ...d.case, controlExtras: { ...d.case.controlExtras, siblings } },
      d.verdict,
      worldOf(world),
    ).filter((pair) => pair.kind === 'tcp.after_pause');
  };

  test('is tried again after a pause, then at the port that nobody serves, and our own server at each', () => {
    const [pair, ...more] = paused({});
    expect(more).toEqual([]);
    expect(pair).toMatchObject({ where: 'reflector', place: null, suspect: HOST, order: 'in_turn' });
    expect(pair!.steps).toMatchObject(
      [
        ['11.0.0.3', 443],
        [IP, 443],
        ['11.0.0.3', 443],
        [IP, CLOSED_PORT],
        ['11.0.0.3', CLOSED_PORT],
      ].map(([address, port]) => ({ protocol: 'tcp', endpoint: { address, port } })),
    );
    expect(namesAtReflector(pair!)).toBe(false);
  });

  test('is not waited for where that could settle nothing', () => {
    expect(paused({}, { othersMayConfirm: false })).toEqual([]);
    expect(paused({}, { places: [] })).toEqual([]);
    expect(paused({}, { made: [madeRecord('tcp.after_pause')] })).toEqual([]);
    expect(paused({ failure: 'connection_refused' })).toEqual([]);
    expect(paused({ mirror: [SILENCE, undefined] })).toEqual([]);
    expect(paused({}, {}, { [IP]: ['neighbour-one.example'] })).toEqual([]);
  });
});
