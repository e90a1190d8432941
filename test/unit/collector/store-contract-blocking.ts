/** What every Store must do with votes and blocking events. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlockingEvent, Vote } from '../../../shared/model/index.ts';
import { blockedVote, HOUR, T0, vote } from '../judge/votes.ts';
import { ASN } from '../judge/sightings.ts';
import { listingOf, type StoreUnderTest } from './store-contract.ts';

const FIXED = { asn: ASN.fixed, access: 'fixed' } as const;
export const blockingEvent = (id: string, more: Partial<BlockingEvent> = {}): BlockingEvent => ({
  id: id.repeat(64),
  domain: 'news.example',
  state: 'open',
  basis: 'interfered',
  onset: { after: T0, before: T0 + HOUR },
  restored: null,
  episodes: [
    {
      network: FIXED,
      onset: { after: T0, before: T0 + HOUR },
      restored: null,
      openedAt: T0 + HOUR,
      closedAt: null,
      basis: 'interfered',
      methods: [],
      blocked: 2,
      voters: 2,
      logRatio: 5,
      measurements: [],
      measurementCount: 2,
      recurrent: false,
    },
  ],
  owners: ['Alpha'],
  methods: [],
  simultaneous: false,
  alternatives: [],
  expectedFalse: 0.001,
  ...more,
});

export function blockingContract(name: string, open: () => StoreUnderTest): void {
  describe(`${name} keeps what Store promises of blocking`, () => {
    let store: StoreUnderTest;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    const put = (index: number, of: Vote | null) => store.derived.put(listingOf(index), [], { vote: of });
    const all = { domain: 'news.example', since: 0, until: T0 * 2 } as const;
    const due = () => store.derived.dueDomains(100);

    it('replaces an entry’s vote, and gives votes back as they came, in order', async () => {
      const { derived } = store;
      const [late, early] = [
        blockedVote({ at: T0 + HOUR }),
        vote({ at: T0, cause: 'site_down', outcome: 'down' }),
      ];
      await put(0, late);
      await put(1, early);
      expect(await derived.votes(all, 10)).toEqual([early, late]);
      expect(await derived.votes(all, 1)).toEqual([late]);
      const changed: Vote = { ...late, outcome: 'accessible', method: null, evidence: null };
      await put(0, changed);
      expect(await derived.votes(all, 10)).toEqual([early, changed]);
      await put(0, null);
      expect(await derived.votes(all, 10)).toEqual([early]);
    });

    it('filters votes by network, by time of measuring, and by when they were received', async () => {
      const { derived } = store;
      const votes = [
        vote({ at: T0 }),
        vote({ at: T0, receivedAt: T0 + 10 * HOUR }),
        vote({ at: T0 + HOUR }),
        vote({ at: T0, network: { asn: ASN.fixed, access: 'unknown' } }),
        vote({ at: T0, domain: 'other.example' }),
      ];
      for (const [index, of] of votes.entries()) await put(index, of);
      expect(await derived.votes({ ...all, network: FIXED }, 10)).toEqual(votes.slice(0, 3));
      expect(await derived.votes({ ...all, since: T0 + 1 }, 10)).toEqual([votes[2]]);
      expect(await derived.votes({ ...all, until: T0 + HOUR, network: FIXED, asOf: T0 }, 10)).toEqual([
        votes[0],
      ]);
      expect(await derived.newestReceipt('news.example')).toBe(T0 + 10 * HOUR);
      expect(await derived.newestReceipt('news.example', T0 + HOUR - 1)).toBe(T0);
      expect(await derived.newestReceipt('news.example', T0 - 1)).toBeNull();
    });

    it('thins what decides and what is counted, so that a flood is a few votes', async () => {
      const { derived } = store;
      for (let index = 0; index < 300; index++)
        await put(index, blockedVote({ at: T0 + index * 20_000, pseudonym: 'loud' }));
      await put(300, vote({ at: T0, pseudonym: 'quiet' }));
      await put(301, vote({ at: T0, pseudonym: 'quiet', outcome: 'down' }));
      expect((await derived.decidingVotes(all)).map((v) => v.pseudonym).sort()).toEqual([
        'loud',
        'loud',
        'quiet',
      ]);
      expect(await derived.hourlyVotes(all, 100)).toHaveLength(4);
      expect(await derived.hourlyVotes(all, 1)).toMatchObject([{ pseudonym: 'loud' }]);
    });

    it('makes a domain due when more than one key calls it blocked, or it has an event', async () => {
      const { derived } = store;
      await put(0, vote({}));
      await put(1, blockedVote({ pseudonym: 'a' }));
      await put(2, blockedVote({ pseudonym: 'a', at: T0 + HOUR }));
      expect(await due()).toEqual([]);
      await put(3, blockedVote({ pseudonym: 'b', outcome: 'suspected' }));
      expect(await due()).toEqual(['news.example']);
      await derived.putBlocking('news.example', [], 'c');
      expect(await due()).toEqual([]);
      await put(4, vote({ pseudonym: 'c' }));
      expect(await due()).toEqual(['news.example']);
      await derived.putBlocking('news.example', [], 'c');
      // What was said before no longer is: it may have been what carried the event.
      await put(3, null);
      expect(await due()).toEqual(['news.example']);
      await derived.putBlocking('news.example', [blockingEvent('a')], 'c');
      await put(5, vote({ pseudonym: 'd' }));
      expect(await due()).toEqual(['news.example']);
    });

    it('does not make due what was derived again and is the same; what waits longest comes first', async () => {
      const { derived } = store;
      const said = blockedVote({ pseudonym: 'b' });
      await put(0, blockedVote({ pseudonym: 'a' }));
      await put(1, said);
      await derived.putBlocking('news.example', [], 'c');
      await put(1, said);
      expect(await due()).toEqual([]);
      await derived.markDomainsDue(['z.example', 'a.example', 'z.example']);
      expect(await due()).toEqual(['z.example', 'a.example']);
      expect(await derived.dueDomains(1)).toEqual(['z.example']);
    });

    it('keeps events in place of those before, open ones first, and finds them', async () => {
      const { derived } = store;
      const [old, now] = [
        blockingEvent('a', { state: 'restored', restored: { after: T0 + 2 * HOUR, before: T0 + 3 * HOUR } }),
        blockingEvent('b', { onset: { after: null, before: T0 + 9 * HOUR }, basis: 'suspected' }),
      ];
      const other = blockingEvent('c', {
        domain: 'other.example',
        onset: { after: T0 + 20 * HOUR, before: null },
      });
      await derived.putBlocking('news.example', [old, now], 'one');
      await derived.putBlocking('other.example', [other], 'two');
      const page = { offset: 0, limit: 10 };
      const ids = async (filter: Parameters<typeof derived.blockingEvents>[0]) => {
        const found = await derived.blockingEvents(filter, page);
        expect(await derived.blockingEventCount(filter)).toBe(found.length);
        return found.map((event) => event.id[0]);
      };
      expect(await ids({})).toEqual(['c', 'b', 'a']);
      expect(await ids({ state: 'restored' })).toEqual(['a']);
      expect(await ids({ basis: 'suspected' })).toEqual(['b']);
      expect(await ids({ domain: 'other.example' })).toEqual(['c']);
      expect(await ids({ asn: ASN.fixed })).toEqual(['c', 'b', 'a']);
      expect(await ids({ asn: ASN.other })).toEqual([]);
      expect(await ids({ since: T0 + 4 * HOUR })).toEqual(['c', 'b']);
      expect(await ids({ until: T0 + 9 * HOUR })).toEqual(['a']);
      expect((await derived.blockingEvents({}, { offset: 1, limit: 1 })).map((e) => e.id[0])).toEqual(['b']);
      expect(await derived.blockingEvent(old.id)).toEqual(old);
      expect(await derived.blockingEvent('f'.repeat(64))).toBeNull();
      await derived.makeBlockingDue('one');
      expect(await due()).toEqual(['other.example']);
      await derived.putBlocking('news.example', [now], 'one');
      expect(await derived.blockingEvent(old.id)).toBeNull();
    });

    it('forgets votes and events when everything is thrown away, and says what is missing', async () => {
      const { derived } = store;
      await put(0, blockedVote({}));
      await derived.putBlocking('news.example', [blockingEvent('a')], 'c');
      await derived.reset();
      expect([await derived.votes(all, 10), await derived.blockingEventCount({}), await due()]).toEqual([
        [],
        0,
        [],
      ]);
      expect(await derived.missing(1, 10)).toEqual([0]);
    });

    it('finds what was announced of a domain, now and by a moment', () => {
      const { archive } = store;
      const say = (
        subject: string,
        state: 'opened' | 'ended' | 'withdrawn',
        at: string,
        domain = 'news.example',
      ) =>
        archive.appendAlert({
          kind: 'blocking',
          subject,
          state,
          at,
          inputs: JSON.stringify({ domain }),
          words: '{}',
        });
      archive.appendAlert({
        kind: 'silence',
        subject: 's',
        state: 'opened',
        at: '1',
        inputs: 'not json',
        words: '{}',
      });
      say('a', 'opened', '2026-01-01T00:00:00Z');
      say('b', 'opened', '2026-01-02T00:00:00Z');
      say('a', 'ended', '2026-01-03T00:00:00Z');
      say('c', 'opened', '2026-01-03T00:00:00Z', 'other.example');
      say('c', 'withdrawn', '2026-01-04T00:00:00Z', 'other.example');
      const of = (domain: string, limit: number, asOf?: string) =>
        archive.latestAboutDomain(domain, limit, asOf).map((alert) => `${alert.subject} ${alert.state}`);
      expect(of('news.example', 10)).toEqual(['a ended', 'b opened']);
      expect(of('news.example', 1)).toEqual(['a ended']);
      expect(of('news.example', 10, '2026-01-02T23:59:59Z')).toEqual(['b opened', 'a opened']);
      expect(of('news', 10)).toEqual([]);
      expect(archive.standingDomains()).toEqual(['news.example']);
    });
  });
}
