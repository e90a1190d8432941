/** An event as it is published and as it is said: what is left out, and what a reader needs. */
import { describe, expect, it } from 'vitest';
import { joinSightings } from '../../../shared/judge/authorities.ts';
import { authorityName, eventAlternatives, explainEvent } from '../../../shared/judge/event-words.ts';
import { publicEvent } from '../../../shared/judge/public-event.ts';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { EVENT_REASONS, type InterceptionEvent, type Sighting } from '../../../shared/model/index.ts';
import { ASN, met, NETWORKS, SPKI } from './sightings.ts';

function eventOf(...list: readonly Partial<Sighting>[]): InterceptionEvent {
  const [event, ...rest] = joinSightings(
    list.map((each) => met(each)),
    [],
    NETWORKS,
  );
  expect(rest).toEqual([]);
  return event!;
}
const strangers = [{}, { pseudonym: 'p2', asn: ASN.other }] as const;
/** Three keys of what may be one device. */
const oneDevice = [
  {},
  { pseudonym: 'p2', asn: ASN.other, firstMet: false },
  { pseudonym: 'p3', asn: ASN.mobile, firstMet: false },
] as const;

describe('an event as it is published', () => {
  it('says everything of strangers', () => {
    const event = eventOf(...strangers);
    expect(publicEvent(event)).toEqual({
      id: event.id,
      authority: { id: 'unknown', spki_sha256: SPKI, name: 'CN=Gateway' },
      decision: 'interference',
      reason: 'different_owners',
      names: ['a.example'],
      name_count: 1,
      networks: [
        { asn: ASN.fixed, owner: 'Alpha', access: 'fixed', pseudonyms: 1, clean: 0 },
        { asn: ASN.other, owner: 'Beta', access: 'fixed', pseudonyms: 1, clean: 0 },
      ],
      owners: ['Alpha', 'Beta'],
      regions: [],
      since: '2026-11-20T10:00:00Z',
      until: '2026-11-20T10:00:00Z',
      pseudonyms: 2,
      first_met: 2,
      forged_at_reflector: true,
      measurements: event.measurements,
      measurement_count: 2,
      alternatives: event.alternatives,
      kept_back: false,
    });
    expect(event.measurements).toHaveLength(2);
  });

  it('says nothing that joins the keys of what may be one device, and how much that is', () => {
    expect(publicEvent(eventOf(...oneDevice))).toMatchObject({
      names: [],
      name_count: 1,
      networks: [],
      owners: [],
      measurements: [],
      measurement_count: 3,
      pseudonyms: 3,
      first_met: 1,
      kept_back: true,
    });
  });
});

describe('an event in words', () => {
  it('is its reason, where, over which names, and what else it could be', () => {
    expect(explainEvent(eventOf({ hosts: ['b.example', 'a.example'] }, strangers[1]), 'en')).toEqual([
      'Devices unrelated to each other met this authority, which nobody has on record, in networks of different owners: consistent with somebody on the way who reads TLS.',
      'Keys of volunteers that met it: 2, of them the first of their device: 2. Networks: 2, owners: 2.',
      'Names (2): a.example, b.example.',
      'It took the place of our own server’s certificate, too.',
      'Not excluded: a company’s software on its own devices, wherever they are.',
      'Not excluded: a program that brings the same key to every device.',
      'Not excluded: volunteers who agreed on what to hand in.',
    ]);
  });

  it('without names and reflector says neither', () => {
    const event = eventOf({ forgedAtReflector: false, hosts: [] });
    const lines = explainEvent(event, 'en');
    expect(lines.join(' ')).not.toMatch(/Names|our own server’s certificate/);
    expect(lines[0]).toBe('So far one volunteer’s key has met it.');
  });

  it('keeps back where it was met, and says that it does', () => {
    const lines = explainEvent(eventOf(...oneDevice), 'en');
    expect(lines).toContain('Where it was met is not published: it could link the keys of one volunteer.');
    expect(lines.join(' ')).not.toMatch(/Names|a\.example/);
  });

  it('writes out five names and counts them all', () => {
    const hosts = Array.from({ length: 6 }, (_, i) => `n${i}.example`);
    expect(explainEvent(eventOf({ hosts }), 'en')).toContain(
      'Names (6): n0.example, n1.example, n2.example, n3.example, n4.example.',
    );
  });

  it('names whose name is borrowed', () => {
    const lines = explainEvent(eventOf({ authority: 'imitates:state-root' }), 'en');
    expect(lines).toContain('It bears the name of an authority on record (state-root) and has another key.');
    expect(explainEvent(eventOf({}), 'en').join(' ')).not.toContain('another key');
  });

  it('calls an authority by its id, its name, or the start of its key', () => {
    const called = (more: Partial<Sighting>): string => authorityName(eventOf(more), 'en');
    expect(called({ authority: 'state-root' })).toBe('state-root');
    expect(called({})).toBe('CN=Gateway');
    expect(called({ name: null })).toBe(`an authority without a name (key ${SPKI.slice(0, 16)}…)`);
    expect(called({ name: null, spki: null })).toBe('an authority without a name (key …)');
  });

  it('has words for each alternative; one of a later version stays an id', () => {
    const event = eventOf(...strangers);
    for (const text of eventAlternatives(event, 'en')) expect(text).toContain(' ');
    expect(eventAlternatives({ alternatives: ['of_a_later_version'] }, 'en')).toEqual(['of_a_later_version']);
    expect(explainEvent(event, 'en')).toContain(`Not excluded: ${eventAlternatives(event, 'en')[0]}.`);
  });

  it.each(LANGUAGES)('has a sentence for every reason in %s', (language) => {
    const said = EVENT_REASONS.map((reason) => explainEvent({ ...eventOf({}), reason }, language)[0]!);
    expect(new Set(said).size).toBe(EVENT_REASONS.length);
    for (const line of said) expect(line).toMatch(/^[^{}]+\.$/);
  });
});
