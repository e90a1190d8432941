/** What an event lists and how far, and where each of the conditions on witnesses begins. */
import { describe, expect, it } from 'vitest';
import { authorityKey, eventId, joinSightings } from '../../../shared/judge/authorities.ts';
import { alternativesOf, isKnown } from '../../../shared/judge/event-decision.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import type { Apart, CleanSighting, InterceptionEvent, Sighting } from '../../../shared/model/index.ts';
import { readNetworks } from '../../../shared/rules/index.ts';
import { ASN, clean, met, NETWORKS, SPKI } from './sightings.ts';

function joinOne(
  sightings: readonly Sighting[],
  others: readonly CleanSighting[] = [],
  apart: readonly Apart[] = [],
  networks = NETWORKS,
): InterceptionEvent {
  const events = joinSightings(sightings, others, networks, apart);
  expect(events).toHaveLength(1);
  return events[0]!;
}
const decide = (...args: Parameters<typeof joinOne>): string => {
  const { decision, reason } = joinOne(...args);
  return `${decision}: ${reason}`;
};
const range = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe('which event a sighting belongs to', () => {
  const keyOf = (authority: string, spki: string | null, name: string | null): string =>
    authorityKey({ authority, spki, name });
  it('is the authority’s on record, else its key’s, else its name’s', () => {
    expect(keyOf('state-root', SPKI, 'CN=x')).toBe('known:state-root');
    expect(keyOf('unknown', SPKI, 'CN=x')).toBe(`spki:${SPKI}`);
    expect(keyOf('imitates:state-root', SPKI, 'CN=x')).toBe(`spki:${SPKI}`);
    expect(keyOf('unknown', null, 'CN=x')).toBe(`name:${sha256Hex(new TextEncoder().encode('CN=x'))}`);
    expect(keyOf('unknown', null, null)).toBe(`name:${sha256Hex(new Uint8Array())}`);
    expect(eventId('a')).toBe(sha256Hex(new TextEncoder().encode('kuager interception\na')));
    expect(
      ['state-root', 'unknown', 'imitates:x', 'ximitates:'].map((authority) => isKnown({ authority })),
    ).toEqual([true, false, false, true]);
  });

  it('gives one event for each, by key', () => {
    const spkis = ['ee', 'aa', 'cc'].map((byte) => byte.repeat(32));
    const events = joinSightings(
      spkis.map((spki) => met({ spki })),
      [],
      NETWORKS,
    );
    expect(events.map((event) => event.spki)).toEqual([...spkis].sort());
  });
});

describe('an event lists', () => {
  it('200 names, sorted, and counts them all', () => {
    const hosts = range(201, (i) => `n${String(200 - i).padStart(3, '0')}.example`);
    const { names, nameCount } = joinOne([met({ hosts }), met({ hosts: hosts.slice(0, 3) })]);
    expect(names).toEqual([...hosts].sort().slice(0, 200));
    expect(nameCount).toBe(201);
  });

  it('100 networks by their numbers, each with its own people', () => {
    const many = range(101, (i) => met({ asn: 64_600 - i, pseudonym: `p${i % 2}` }));
    const { networks } = joinOne([...many, met({ asn: null }), met({ asn: 900, pseudonym: 'p9' })]);
    expect(networks.map(({ asn }) => asn)).toEqual([900, ...range(99, (i) => 64_500 + i)]);
    expect(networks[0]).toEqual({ asn: 900, owner: null, access: 'unknown', pseudonyms: 1, clean: 0 });
  });

  it('a network’s people, neighbours and its owner of that day', () => {
    const csv = [
      'asn,owner,access,from,to,source',
      '7,Old,fixed,,2026-11-10,x',
      '7,New,mobile,2026-11-10,,x',
      '',
    ].join('\n');
    const at = (day: string, pseudonym: string) =>
      met({ asn: 7, startTime: `2026-11-${day} 10:00:00`, pseudonym });
    const event = joinOne(
      [at('01', 'p1'), at('20', 'p2'), at('20', 'p2')],
      [clean('c', { asn: 7 })],
      [],
      readNetworks(csv),
    );
    expect(event.networks).toEqual([{ asn: 7, owner: 'New', access: 'mobile', pseudonyms: 2, clean: 1 }]);
    expect(event.owners).toEqual(['New', 'Old']);
    expect(joinOne([met({ asn: 65_000 }), met({ asn: null })]).owners).toEqual([]);
  });

  it('measurements in the order of time, then of their ids', () => {
    const [a, b, c] = [
      met({ measurementId: 'c' }),
      met({ measurementId: 'b' }),
      met({ measurementId: 'd', startTime: '2026-11-19 10:00:00' }),
    ];
    const event = joinOne([a, b, c]);
    expect(event).toMatchObject({ measurements: ['d', 'b', 'c'], since: c.startTime, until: a.startTime });
    // Given twice, the later word on it counts, once.
    expect(joinOne([a, { ...a, pseudonym: 'p7' }])).toMatchObject({ measurementCount: 1, pseudonyms: 1 });
  });

  it('a region of three pseudonyms, not of two, in order', () => {
    const from = (region: string | null, ...names: string[]) =>
      names.map((pseudonym) => met({ region, pseudonym }));
    const regions = (...list: Sighting[][]) => joinOne(list.flat()).regions;
    expect(regions(from('KZ-75', 'a', 'b'))).toEqual([]);
    expect(
      regions(from('KZ-75', 'a', 'b', 'c'), from('KZ-71', 'd', 'e', 'f'), from(null, 'g', 'h', 'i')),
    ).toEqual(['KZ-71', 'KZ-75']);
  });
});

describe('what may be one device', () => {
  const other = { pseudonym: 'p2', asn: ASN.sameOwner } as const;
  it('is kept back from two pseudonyms on, unless two devices are known or it is interference', () => {
    expect(joinOne([met(), met()]).keptBack).toBe(false);
    expect(joinOne([met(), met({ ...other, firstMet: false })]).keptBack).toBe(true);
    expect(joinOne([met({ firstMet: false }), met({ ...other, firstMet: false })]).keptBack).toBe(true);
    expect(joinOne([met(), met(other)]).keptBack).toBe(false);
    const known = { authority: 'state-root', proven: true } as const;
    expect(joinOne([met(known), met({ ...known, ...other, firstMet: false })]).keptBack).toBe(false);
  });

  it('says itself that it is local, by one key that was first or none', () => {
    const local = { local: true } as const;
    expect(decide([met({ ...local, firstMet: false })])).toBe('local: device_says_local');
    expect(decide([met(local), met({ ...local, pseudonym: 'p2', firstMet: false })])).toBe(
      'local: device_says_local',
    );
    expect(decide([met(local), met({ ...local, ...other })])).toBe('open: one_owner');
  });
});

describe('witnesses', () => {
  const site = { forgedAtReflector: false, hosts: ['a.example'] } as const;
  it('are the strangers and those without whom it could be one site’s doing', () => {
    const a = met(site);
    const b = met({ ...site, pseudonym: 'p2', asn: ASN.other });
    const again = met({ ...site, hosts: ['www.a.example'] });
    const more = met({ ...site, hosts: ['b.example'] });
    const late = met({ ...site, hosts: ['c.example'] });
    expect(joinOne([a, b, again, more, late]).witnesses).toEqual(
      [a, b, more].map(({ measurementId }) => measurementId),
    );
    const ours = met({ hosts: ['a.example'] });
    expect(joinOne([a, b, again, ours]).witnesses).toEqual(
      [a, b, ours].map(({ measurementId }) => measurementId),
    );
    // The two by themselves, where their names are two owners'.
    const both = met({ ...site, hosts: ['a.example', 'b.example'], startTime: '2026-11-20 09:00:00' });
    expect(joinOne([both, b, more]).witnesses).toEqual([both, b].map(({ measurementId }) => measurementId));
  });

  it('of one owner are remembered by person, not by measurement', () => {
    const at = (minute: number, pseudonym: string, asn: number = ASN.fixed) =>
      met({ pseudonym, asn, startTime: `2026-11-20 10:0${minute}:00` });
    const first = at(1, 'p2');
    const last = at(5, 'p1', ASN.other);
    const event = joinOne([first, at(2, 'p1'), at(3, 'p1'), last]);
    expect(event).toMatchObject({ reason: 'different_owners' });
    expect(event.witnesses).toEqual([first, last].map(({ measurementId }) => measurementId));
    // Two of them are, and the last two at that.
    const two = joinOne([at(1, 'p2'), at(2, 'p3'), at(3, 'p1'), last]);
    expect(two.witnesses).toEqual([two.measurements[1], last.measurementId]);
  });

  it('told apart by region once are two people’s, and both still here', () => {
    const [a, b] = [met(), met({ pseudonym: 'p2' })];
    const ids = [a.measurementId, b.measurementId] as const;
    expect(decide([a, b], [], [ids])).toBe('interference: different_regions');
    expect(joinOne([a, b], [], [ids]).apart).toEqual([ids]);
    expect(decide([a, b], [], [[a.measurementId, 'gone']])).toBe('open: one_owner');
    expect(decide([a, b], [], [['gone', b.measurementId]])).toBe('open: one_owner');
    expect(decide([a, { ...b, pseudonym: 'p1' }], [], [ids])).toBe('open: one_pseudonym');
    // Several on record: the same pair whatever the order.
    const c = met({ pseudonym: 'p3' });
    const pairs = [[a.measurementId, c.measurementId], ids] as const;
    const told = joinOne([a, b, c], [], pairs).witnesses;
    expect(joinOne([a, b, c], [], [...pairs].reverse()).witnesses).toEqual(told);
  });

  it('in regions need 90 days as well', () => {
    const at = (startTime: string) => [
      met({ region: 'KZ-75' }),
      met({ region: 'KZ-71', pseudonym: 'p2', startTime }),
    ];
    expect(decide(at('2027-02-18 10:00:00'))).toBe('interference: different_regions');
    expect(decide(at('2027-02-18 10:00:01'))).toBe('open: one_owner');
  });

  it('are no owner’s and no region’s in particular on mobile lines', () => {
    const mobile = { asn: ASN.mobile, line: 'fixed' } as const;
    expect(decide([met(mobile), met({ ...mobile, pseudonym: 'p2' })])).toBe(
      'interference: several_on_mobile',
    );
    // Only one of them is.
    expect(decide([met(mobile), met({ pseudonym: 'p2' })])).toBe('open: one_owner');
    const word = { asn: ASN.mixed, line: 'unknown' } as const;
    expect(decide([met(word), met({ ...word, pseudonym: 'p2' })])).toBe('open: one_owner');
  });
});

describe('neighbours that are left alone', () => {
  const device = { keyed: 'everything' } as const;
  const staff = [met(device), met({ ...device, pseudonym: 'p2', asn: ASN.other })];
  it('excuse from two of them on', () => {
    expect(decide(staff, [clean('c1')])).toBe('interference: different_owners');
    expect(decide(staff, [clean('c1'), clean('c2')])).toBe('open: follows_devices');
  });

  it('make a network’s matter of it only where all were met in one', () => {
    const beside = ['c1', 'c2'].map((name) => clean(name));
    expect(decide([met(), met({ pseudonym: 'p2' })], beside)).toBe('local: one_network_others_clean');
    expect(decide([met(), met({ pseudonym: 'p2', asn: null })], beside)).toBe('open: one_owner');
    expect(decide([met({ asn: null })], beside)).toBe('open: one_pseudonym');
    expect(decide([met()], [clean('c1'), clean('p1')])).toBe('open: one_pseudonym');
  });
});

describe('what is not decided says why', () => {
  it.each<[string, readonly Partial<Sighting>[], string]>([
    ['a name on record and no key', [{ authority: 'state-root', spki: null }], 'not_proven'],
    ['a name and no key', [{ spki: null }], 'no_key_shown'],
    ['a chain that broke off', [{ finished: false }], 'not_finished'],
    ['one key', [{}, {}], 'one_pseudonym'],
    ['one device', [{}, { pseudonym: 'p2', firstMet: false }], 'one_device_possible'],
    ['one owner', [{}, { pseudonym: 'p2', asn: ASN.sameOwner }], 'one_owner'],
  ])('%s', (_, list, reason) => {
    expect(joinOne(list.map((each) => met(each)))).toMatchObject({
      decision: 'open',
      reason,
      witnesses: [],
      apart: [],
    });
  });

  it('one finished handshake of several is one', () => {
    expect(decide([met({ finished: false }), met()])).toBe('open: one_pseudonym');
  });
});

describe('what else it could be', () => {
  const of = (event: Partial<Parameters<typeof alternativesOf>[0]>) =>
    alternativesOf({
      decision: 'open',
      reason: 'one_owner',
      pseudonyms: 2,
      forgedAtReflector: true,
      ...event,
    });
  it('depends on what was decided, and on whether our own server’s was replaced', () => {
    const SITE = 'servers_own_authority_here';
    const OPEN = ['local_security_product', 'company_proxy', 'interceptor_in_one_network'];
    const JOINT = ['company_software_on_devices', 'software_with_one_key', 'two_who_agreed'];
    expect(of({})).toEqual(OPEN);
    expect(of({ forgedAtReflector: false })).toEqual([...OPEN, SITE]);
    expect(of({ decision: 'interference', reason: 'different_owners' })).toEqual(JOINT);
    expect(of({ decision: 'interference', reason: 'different_owners', forgedAtReflector: false })).toEqual([
      ...JOINT,
      SITE,
    ]);
    expect(of({ decision: 'local', reason: 'device_says_local', forgedAtReflector: false })).toEqual([
      'interceptor_in_one_network',
    ]);
    const known = { decision: 'interference', reason: 'known_authority', forgedAtReflector: false } as const;
    expect(of(known)).toEqual([]);
    expect(of({ ...known, pseudonyms: 1 })).toEqual(['chain_recorded_elsewhere']);
  });
});
