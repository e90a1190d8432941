import { describe, expect, it } from 'vitest';
import { thinVotes } from '../../../shared/judge/thin-votes.ts';
import { voteOf } from '../../../shared/judge/vote.ts';
import type { Measurement, Verdict } from '../../../shared/model/index.ts';
import { makeMeasurement } from '../collector/support.ts';
import { ASN, NETWORKS } from './sightings.ts';
import { blockedVote, DAY, HOUR, shuffled, T0, vote } from './votes.ts';

const VERDICT: Verdict = {
  target: 'https://news.example/',
  outcome: 'interfered',
  layer: 'tls',
  method: 'tls.sni_reset',
  cause: null,
  authority: null,
  scope: { level: 'host', affected: 'news.example', siblings: [] },
  evidence: 'strong',
  repeats: { n: 3, m: 3 },
  rules: [],
  counterfactuals: [],
  alternatives: [],
  interception: null,
  snapshots: { ruleset: '', fingerprints: '', roots: '', networks: '' },
};

function of(fields: Partial<Measurement>, input: string, receivedAt = T0 + HOUR) {
  const document = makeMeasurement({ input, at: T0, asn: `AS${ASN.fixed}`, fields });
  const facts = {
    measurementId: 'id',
    document,
    late: false,
    receivedAt: new Date(receivedAt).toISOString(),
  };
  return voteOf(facts, VERDICT, { reflectors: [], networks: NETWORKS });
}
const URL_OF = 'https://News.Example./path?q';
const line = (type: string) => ({ annotations: { network_type: type } });

describe('a measurement’s vote', () => {
  it('is of its domain, network and pseudonym, at the time when it was measured', () => {
    expect(of({}, URL_OF)).toEqual({
      measurementId: 'id',
      domain: 'news.example',
      network: { asn: ASN.fixed, access: 'fixed' },
      pseudonym: makeMeasurement({}).x_key,
      at: T0,
      receivedAt: T0 + HOUR,
      outcome: 'interfered',
      method: 'tls.sni_reset',
      cause: null,
      evidence: 'strong',
    });
  });

  it('is none of another test, without a network, or of what is no site', () => {
    expect(of({ test_name: 'telegram' } as Partial<Measurement>, URL_OF)).toBeNull();
    expect(of({ probe_asn: 'AS0' }, URL_OF)).toBeNull();
    expect(of({ input: 'no address' }, URL_OF)).toBeNull();
    expect(of({ input: null }, URL_OF)).toBeNull();
    expect(of({ measurement_start_time: 'yesterday' }, URL_OF)).toBeNull();
  });

  it('is on the kind of line that the network’s record has, else on what the device said', () => {
    const access = (asn: number, type: string) =>
      of({ probe_asn: `AS${asn}`, ...line(type) }, URL_OF)?.network.access;
    expect(access(ASN.fixed, 'mobile')).toBe('fixed');
    expect(access(ASN.mobile, 'fixed')).toBe('mobile');
    expect(access(ASN.mixed, 'mobile')).toBe('mobile');
    expect(access(ASN.mixed, 'spaceship')).toBe('unknown');
    // A machine in a data centre is on nobody's mobile line.
    expect(access(ASN.host, 'mobile')).toBe('unknown');
  });

  it('speaks for its own time when it comes late, and never for a time after it was received', () => {
    expect(of({}, URL_OF, T0 + 30 * DAY)).toMatchObject({ at: T0, receivedAt: T0 + 30 * DAY });
    expect(of({}, URL_OF, T0 - HOUR / 2)).toMatchObject({ at: T0 - HOUR / 2 });
    // Never the second of somebody's upload: brackets of events are published.
    expect(of({}, URL_OF, T0 - HOUR / 2 + 123_000)).toMatchObject({ at: T0 - HOUR / 2 });
    // Nobody knows when it was.
    expect(of({}, URL_OF, T0 - 2 * HOUR)).toBeNull();
  });
});

describe('votes that a decision looks at', () => {
  it('are of each pseudonym, network, hour and outcome the first one', () => {
    const first = blockedVote({ at: T0 + 60_000 });
    const others = [
      blockedVote({ at: T0 + 120_000 }),
      blockedVote({ at: T0 + 180_000, method: 'tls.sni_timeout' }),
    ];
    const kept = [
      vote({ at: T0 + 200_000 }),
      blockedVote({ at: T0 + HOUR }),
      blockedVote({ at: T0 + 60_000, pseudonym: 'p2' }),
      blockedVote({ at: T0 + 60_000, network: { asn: ASN.fixed, access: 'unknown' } }),
    ];
    expect(new Set(thinVotes([...others, ...kept, first]))).toEqual(new Set([first, ...kept]));
  });

  it('are none of those that have no say', () => {
    expect(
      thinVotes((['down', 'refused', 'local', 'insufficient'] as const).map((outcome) => vote({ outcome }))),
    ).toEqual([]);
  });

  it('are the same in any order, of a flood too', () => {
    const flood = Array.from({ length: 2_000 }, (_, i) =>
      blockedVote({ at: T0 + i * 30_000, pseudonym: 'loud' }),
    );
    const quiet = Array.from({ length: 40 }, (_, i) => vote({ at: T0 + i * HOUR, pseudonym: `q${i % 5}` }));
    const kept = thinVotes([...flood, ...quiet]);
    expect(kept.filter((v) => v.pseudonym === 'loud')).toHaveLength(17);
    expect(kept.filter((v) => v.pseudonym !== 'loud')).toHaveLength(40);
    for (const seed of [1, 2, 3]) expect(thinVotes(shuffled([...flood, ...quiet], seed))).toEqual(kept);
  });

  it('leave out whose keys came after three hundred others’ on one day, however early they claim to have measured', () => {
    const early = Array.from({ length: 300 }, (_, i) =>
      vote({ at: T0 + HOUR, receivedAt: T0 + HOUR + i, pseudonym: `e${i}` }),
    );
    const made = Array.from({ length: 500 }, (_, i) =>
      blockedVote({ at: T0, receivedAt: T0 + 2 * HOUR + i, pseudonym: `made${i}` }),
    );
    expect(thinVotes([...made, ...early])).toEqual(thinVotes(early));
  });
});
