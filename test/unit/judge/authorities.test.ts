import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authorityKey,
  eventId,
  joinSightings,
  MAX_EVENT_MEASUREMENTS,
} from '../../../shared/judge/authorities.ts';
import { publicEvent } from '../../../shared/judge/public-event.ts';
import type { Apart, CleanSighting, InterceptionEvent, Sighting } from '../../../shared/model/index.ts';
import { ASN, clean, met, NETWORKS, SPKI } from './sightings.ts';

function joinOne(
  sightings: readonly Sighting[],
  others: readonly CleanSighting[] = [],
  apart: readonly Apart[] = [],
): InterceptionEvent {
  const events = joinSightings(sightings, others, NETWORKS, apart);
  expect(events).toHaveLength(1);
  return events[0]!;
}
const decide = (...args: Parameters<typeof joinOne>): string => {
  const { decision, reason } = joinOne(...args);
  return `${decision}: ${reason}`;
};

describe('an authority that is on record', () => {
  const known = { authority: 'state-root', proven: true } as const;

  it('is interference, whoever met it', () => {
    const event = joinOne([
      met(known),
      met({ ...known, spki: 'cd'.repeat(32), pseudonym: 'p2', firstMet: false }),
    ]);
    expect(event).toMatchObject({
      decision: 'interference',
      reason: 'known_authority',
      pseudonyms: 2,
      firstMet: 1,
    });
    expect(event.key).toBe('known:state-root');
    expect(event.alternatives).toEqual([]);
  });

  it('of one key alone may be a chain recorded elsewhere, and that is said', () => {
    expect(joinOne([met(known)]).alternatives).toEqual(['chain_recorded_elsewhere']);
  });

  it('is not believed from a name and key number that anybody can write', () => {
    const claimed = { authority: 'state-root', proven: false, firstMet: false } as const;
    expect(decide([met(claimed), met({ ...claimed, pseudonym: 'p2', asn: ASN.other })])).toBe(
      'open: not_proven',
    );
  });

  it('is not believed from its chain shown again by somebody without its key, whoever saw that', () => {
    const again = { authority: 'state-root', proven: false, finished: false } as const;
    expect(decide([met(again), met({ ...again, pseudonym: 'p2', asn: ASN.other })])).toBe('open: not_proven');
  });

  it('is believed from the measurement that proves it, not from the earlier one that does not', () => {
    const claim = met({ authority: 'state-root', startTime: '2026-11-19 10:00:00', firstMet: false });
    const proof = met(known);
    expect(joinOne([claim, proof])).toMatchObject({
      reason: 'known_authority',
      witnesses: [proof.measurementId],
    });
  });
});

describe('an unknown authority that strangers met', () => {
  const other = { pseudonym: 'p2', asn: ASN.other } as const;

  it('in networks of different owners is interference', () => {
    const [a, b] = [met(), met(other)];
    const event = joinOne([a, b]);
    expect(event).toMatchObject({
      decision: 'interference',
      reason: 'different_owners',
      owners: ['Alpha', 'Beta'],
    });
    expect(event.witnesses).toEqual([a.measurementId, b.measurementId]);
    expect(event.alternatives.length).toBeGreaterThan(0);
  });

  it('under a borrowed name is as unknown as any', () => {
    const imitation = { authority: 'imitates:state-root' } as const;
    expect(decide([met(imitation)])).toBe('open: one_pseudonym');
    expect(decide([met(imitation), met({ ...imitation, ...other })])).toBe('interference: different_owners');
  });

  it('on mobile lines is interference, in one network too', () => {
    const mobile = { asn: ASN.mobile } as const;
    expect(decide([met(mobile), met({ ...mobile, pseudonym: 'p2' })])).toBe(
      'interference: several_on_mobile',
    );
    // A network with both kinds of lines: the document's own word counts; on a fixed network it does not.
    const mixed = { asn: ASN.mixed, line: 'mobile' } as const;
    expect(decide([met(mixed), met({ ...mixed, pseudonym: 'p2' })])).toBe('interference: several_on_mobile');
    const boast = { line: 'mobile' } as const;
    expect(decide([met(boast), met({ ...boast, pseudonym: 'p2' })])).toBe('open: one_owner');
  });

  it('in different regions is interference, and stays so when the regions are erased', () => {
    const [a, b] = [met({ region: 'KZ-75' }), met({ region: 'KZ-71', pseudonym: 'p2' })];
    const event = joinOne([a, b]);
    expect(event).toMatchObject({ decision: 'interference', reason: 'different_regions', regions: [] });
    const erased = [a, b].map((s) => ({ ...s, region: null }));
    expect(decide(erased)).toBe('open: one_owner');
    expect(decide(erased, [], event.apart)).toBe('interference: different_regions');
    // A measurement that no longer says so takes the word of the alert with it.
    expect(decide([erased[0]!, met({ pseudonym: 'p2' })], [], event.apart)).toBe('open: one_owner');
  });

  it('in one region is not', () => {
    expect(decide([met({ region: 'KZ-75' }), met({ region: 'KZ-75', pseudonym: 'p2' })])).toBe(
      'open: one_owner',
    );
  });

  it('names a region only of three pseudonyms', () => {
    const from = (region: string, ...names: string[]) => names.map((pseudonym) => met({ region, pseudonym }));
    const event = joinOne([
      ...from('KZ-75', 'p1', 'p2', 'p3'),
      ...from('KZ-71', 'p4', 'p5'),
      ...from('KZ-71', 'p5'),
    ]);
    expect(event.regions).toEqual(['KZ-75']);
  });

  it('at two times within 90 days is, months apart is not', () => {
    const later = (startTime: string) => [met(), met({ ...other, startTime })];
    expect(decide(later('2027-02-18 10:00:00'))).toBe('interference: different_owners');
    expect(decide(later('2027-02-18 10:00:01'))).toBe('open: not_at_one_time');
  });
});

describe('a site that shows visitors from here an authority of its own', () => {
  const site = { forgedAtReflector: false, hosts: ['a.example', 'www.a.example'] } as const;
  const other = { pseudonym: 'p2', asn: ASN.other } as const;
  const both = [met(site), met({ ...site, ...other })];

  it('is no interference, however many saw it', () => {
    const event = joinOne([
      ...both,
      ...['p3', 'p4'].map((pseudonym) => met({ ...site, pseudonym, asn: ASN.mobile })),
    ]);
    expect(event).toMatchObject({ decision: 'open', reason: 'one_name', pseudonyms: 4 });
    expect(event.alternatives).toContain('servers_own_authority_here');
  });

  it('is told from an interceptor by the names of others, or by our own server’s', () => {
    const more = met({ ...site, hosts: ['b.example'] });
    const event = joinOne([...both, more]);
    expect(event).toMatchObject({ decision: 'interference', reason: 'different_owners' });
    expect(event.witnesses).toEqual([...both, more].map((s) => s.measurementId));
    const ours = met({ ...site, forgedAtReflector: true });
    expect(joinOne([...both, ours])).toMatchObject({
      decision: 'interference',
      alternatives: expect.any(Array),
    });
    expect(joinOne([...both, ours]).alternatives).not.toContain('servers_own_authority_here');
  });

  it('is not told by chains that were shown and not gone on with', () => {
    const again = both.map((s) => ({ ...s, forgedAtReflector: true, finished: false }));
    expect(decide(again)).toBe('open: not_finished');
    expect(decide([...both, met({ ...site, hosts: ['b.example'], finished: false })])).toBe('open: one_name');
  });
});

describe('who is not a stranger', () => {
  it('is one key with many measurements', () => {
    const many = Array.from({ length: 300 }, (_, i) => met({ asn: i % 2 === 0 ? ASN.fixed : ASN.other }));
    const event = joinOne(many);
    expect(event).toMatchObject({ decision: 'open', reason: 'one_pseudonym', measurementCount: 300 });
    expect(event.measurements).toHaveLength(MAX_EVENT_MEASUREMENTS);
  });

  it('is one device with several keys: only its first votes, and where it went is kept back', () => {
    const device = [
      met(),
      met({ pseudonym: 'p2', asn: ASN.other, firstMet: false }),
      met({ pseudonym: 'p3', asn: ASN.mobile, firstMet: false }),
    ];
    const event = joinOne(device);
    expect(event).toMatchObject({
      decision: 'open',
      reason: 'one_device_possible',
      keptBack: true,
      firstMet: 1,
    });
    expect(publicEvent(event)).toMatchObject({ networks: [], owners: [], names: [], measurements: [] });
    // One key is one network: there is nothing to link.
    expect(joinOne([met()]).keptBack).toBe(false);
  });

  it('is a server in a hosting company, a bank, or a network that nobody has on record', () => {
    for (const asn of [ASN.host, ASN.bank, 65000, null])
      expect(decide([met(), met({ pseudonym: 'p2', asn })]), String(asn)).toBe('open: one_owner');
  });

  it('shows no key: a name joins nothing', () => {
    const nameless = { spki: null } as const;
    expect(decide([met(nameless), met({ ...nameless, pseudonym: 'p2', asn: ASN.other })])).toBe(
      'open: no_key_shown',
    );
  });

  it('has everything read while others beside it are left alone: a company’s programs on its devices', () => {
    const device = { keyed: 'everything' } as const;
    const staff = [met(device), met({ ...device, pseudonym: 'p2', asn: ASN.other })];
    const beside = (asn: number) => ['c1', 'c2'].map((name) => clean(name, { asn }));
    expect(decide(staff)).toBe('interference: different_owners');
    expect(decide(staff, beside(ASN.fixed))).toBe('open: follows_devices');
    // What reacts to names is on the way; that others were spared is no excuse.
    const named = staff.map((s) => ({ ...s, keyed: 'sni' as const }));
    expect(decide(named, [...beside(ASN.fixed), ...beside(ASN.other)])).toBe(
      'interference: different_owners',
    );
    // Genuine chains of those who met it themselves, of other names, of other weeks: none of them is a neighbour's.
    const own = [
      clean('p1'),
      clean('p2'),
      clean('c1', { host: 'b.example' }),
      clean('c2', { startTime: '2026-11-28 10:00:00' }),
    ];
    expect(decide(staff, own)).toBe('interference: different_owners');
    // Nor is a name's that was forged elsewhere only: nothing would have it compared again.
    const elsewhere = [staff[0]!, { ...staff[1]!, hosts: ['b.example'] }];
    const others = ['c1', 'c2'].map((name) => clean(name, { asn: ASN.other }));
    expect(joinOne(elsewhere, others).networks.map((network) => network.clean)).toEqual([0, 0]);
  });
});

describe('a local matter', () => {
  const company = ['p1', 'p2', 'p3', 'p4', 'p5'].map((pseudonym) => met({ pseudonym }));

  it('is one fixed network where others get genuine chains', () => {
    const event = joinOne(company, [clean('c1'), clean('c2')]);
    expect(event).toMatchObject({ decision: 'local', reason: 'one_network_others_clean' });
    expect(event.networks).toEqual([
      { asn: ASN.fixed, owner: 'Alpha', access: 'fixed', pseudonyms: 5, clean: 2 },
    ]);
    expect(event.alternatives).toEqual(['interceptor_in_one_network']);
  });

  it('is not told from one neighbour, who may be the same device under another key', () => {
    expect(decide(company, [clean('c1'), clean('c1')])).toBe('open: one_owner');
  });

  it('is never two networks, nor a mobile one, nor one whose lines are unknown', () => {
    const beside = (asn: number) => ['c1', 'c2'].map((name) => clean(name, { asn }));
    expect(decide([met(), met({ asn: ASN.sameOwner })], beside(ASN.fixed))).toBe('open: one_pseudonym');
    expect(decide([met({ asn: ASN.mobile })], beside(ASN.mobile))).toBe('open: one_pseudonym');
    expect(decide([met({ asn: ASN.mixed })], beside(ASN.mixed))).toBe('open: one_pseudonym');
  });

  it('is what one device’s measurements say themselves, and not what strangers’ do', () => {
    const local = { local: true } as const;
    expect(decide([met(local), met(local)])).toBe('local: device_says_local');
    expect(decide([met(local), met()])).toBe('open: one_pseudonym');
    expect(decide([met(local), met({ ...local, pseudonym: 'p2', asn: ASN.other })])).toBe(
      'interference: different_owners',
    );
  });
});

describe('joining', () => {
  const sightings = fc.array(
    fc.record({
      n: fc.nat(30),
      pseudonym: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
      asn: fc.constantFrom(...Object.values(ASN), null),
      authority: fc.constantFrom('unknown', 'unknown', 'state-root', 'imitates:state-root'),
      spki: fc.constantFrom(SPKI, 'cd'.repeat(32), null),
      region: fc.constantFrom('KZ-75', 'KZ-71', null),
      day: fc.integer({ min: 1, max: 28 }),
      firstMet: fc.boolean(),
      proven: fc.boolean(),
      finished: fc.boolean(),
      forgedAtReflector: fc.boolean(),
      hosts: fc.constantFrom(['a.example'], ['a.example', 'b.example'], ['b.example'], []),
      keyed: fc.constantFrom('sni', 'everything', 'unclear'),
      local: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const toSightings = (
    rows: readonly ({ n: number; day: number } & Record<string, unknown>)[],
  ): Sighting[] => {
    const byId = new Map<number, Sighting>();
    for (const { n, day, ...rest } of rows) {
      const startTime = `2026-11-${String(day).padStart(2, '0')} 10:00:00`;
      byId.set(
        n,
        met({ ...rest, measurementId: n.toString(16).padStart(64, '0'), startTime } as Partial<Sighting>),
      );
    }
    return [...byId.values()];
  };
  const others = [1, 2, 3].flatMap((n) =>
    [ASN.fixed, ASN.other].map((asn) => clean(`c${n}`, { asn, startTime: '2026-11-14 10:00:00' })),
  );

  it('gives the same events whatever the order, and however often something is given', () => {
    fc.assert(
      fc.property(sightings, fc.infiniteStream(fc.nat()), (rows, shuffle) => {
        const list = toSightings(rows);
        const order = list.map((s) => [shuffle.next().value as number, s] as const);
        const mixed = order.sort(([a], [b]) => a - b).map(([, s]) => s);
        const straight = joinSightings(list, others, NETWORKS);
        expect(joinSightings([...mixed, ...mixed.slice(0, 3)], [...others].reverse(), NETWORKS)).toEqual(
          straight,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('decides interference again from its witnesses alone', () => {
    let seen = 0;
    fc.assert(
      fc.property(sightings, (rows) => {
        const list = toSightings(rows);
        for (const event of joinSightings(list, others, NETWORKS)) {
          if (event.decision !== 'interference') continue;
          seen += 1;
          const witnesses = list
            .filter((s) => event.witnesses.includes(s.measurementId))
            .map((s) => ({ ...s, region: null }));
          const again = joinSightings(witnesses, [], NETWORKS, event.apart)[0];
          expect([again?.key, again?.decision, again?.reason]).toEqual([
            event.key,
            event.decision,
            event.reason,
          ]);
        }
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('never accuses an unknown authority on the word of one pseudonym or one device', () => {
    fc.assert(
      fc.property(sightings, (rows) => {
        const stranger = toSightings(rows).map((s) => ({ ...s, authority: 'unknown', proven: false }));
        const onePseudonym = stranger.map((s) => ({ ...s, pseudonym: 'p1' }));
        const oneDevice = stranger.map((s) => ({ ...s, firstMet: s.firstMet && s.pseudonym === 'p1' }));
        for (const list of [onePseudonym, oneDevice])
          expect(joinSightings(list, others, NETWORKS).some((e) => e.decision === 'interference')).toBe(
            false,
          );
      }),
      { numRuns: 300 },
    );
  });

  it('keeps an event’s id when more comes, and leaves out what has no time', () => {
    const [a, b] = [met(), met({ startTime: '2026-11-01 10:00:00', pseudonym: 'p2' })];
    expect(joinOne([a, b]).id).toBe(joinOne([a]).id);
    expect(joinOne([a]).id).toBe(eventId(authorityKey(a)));
    expect(joinOne([a, b])).toMatchObject({ since: b.startTime, until: a.startTime });
    expect(joinSightings([met({ startTime: 'never' })], [], NETWORKS)).toEqual([]);
  });
});
