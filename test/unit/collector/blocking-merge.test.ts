import { describe, expect, it } from 'vitest';
import { mergeEpisodes } from '../../../collector/detect/blocking/merge-episodes.ts';
import { isMessageId } from '../../../shared/i18n/index.ts';
import type { Episode } from '../../../shared/model/index.ts';
import { readNetworks } from '../../../shared/rules/index.ts';
import { DAY, HOUR, shuffled, START } from './blocking-votes.ts';

const NETWORKS = readNetworks(
  'asn,owner,access,from,to,source\n64500,Alpha,fixed,,,\n64501,Alpha,mobile,,,\n64502,Beta,fixed,,,\n',
);

/** From and to in hours after START; no end: it goes on. */
function episode(asn: number, from: number, to: number | null, more: Partial<Episode> = {}): Episode {
  const [begin, end] = [START + from * HOUR, to === null ? null : START + to * HOUR];
  return {
    network: { asn, access: asn === 64501 ? 'mobile' : 'fixed' },
    onset: { after: begin - HOUR, before: begin },
    restored: end === null ? null : { after: end - HOUR, before: end },
    openedAt: begin + HOUR,
    closedAt: end === null ? null : end + HOUR,
    ...{ basis: 'interfered', methods: [{ method: 'tls.sni_timeout', pseudonyms: 3 }] },
    ...{ blocked: 5, voters: 6, logRatio: 7, measurements: ['m1'], measurementCount: 1, recurrent: false },
    ...more,
  };
}
const merge = (episodes: readonly Episode[], earlier: Parameters<typeof mergeEpisodes>[3] = []) =>
  mergeEpisodes('site.example', episodes, NETWORKS, earlier);

describe('merging episodes', () => {
  it('none make none', () => expect(merge([])).toEqual([]));

  it('joins what overlaps or is less than a day apart, and nothing else', () => {
    const events = merge([
      episode(64500, 0, 10),
      episode(64502, 33, 40),
      episode(64500, 64, 70),
      episode(64502, 66, 68),
    ]);
    expect(events.map((e) => e.episodes.length)).toEqual([2, 2]);
    expect(events.map((e) => e.state)).toEqual(['restored', 'restored']);
    expect(events[1]!.restored).toEqual({ after: START + 69 * HOUR, before: START + 70 * HOUR });
  });

  it('an episode that goes on holds everything after it, and the event open', () => {
    const [event, ...rest] = merge([episode(64500, 0, null), episode(64502, 500, 600)]);
    expect(rest).toEqual([]);
    expect(event).toMatchObject({ state: 'open', restored: null, owners: ['Alpha', 'Beta'] });
  });

  it('one act is suggested by two owners within hours, not by two networks of one owner', () => {
    expect(merge([episode(64500, 0, 90), episode(64502, 3, 90)])[0]!.simultaneous).toBe(true);
    expect(merge([episode(64500, 0, 90), episode(64501, 3, 90)])[0]!.simultaneous).toBe(false);
    expect(merge([episode(64500, 0, 90), episode(64502, 48, 90)])[0]!.simultaneous).toBe(false);
  });

  it('is suspected only if all of it is', () => {
    const suspected = { basis: 'suspected' as const };
    expect(merge([episode(64500, 0, 9, suspected)])[0]!.basis).toBe('suspected');
    expect(merge([episode(64500, 0, 9, suspected), episode(64502, 0, 9)])[0]!.basis).toBe('interfered');
  });

  it('counts pseudonyms of one network once', () => {
    const [event] = merge([episode(64500, 0, 9), episode(64500, 12, 20), episode(64502, 0, 9)]);
    expect(event!.methods).toEqual([{ method: 'tls.sni_timeout', pseudonyms: 6 }]);
    expect(event!.expectedFalse).toBeCloseTo(0.002, 6);
  });

  it('keeps an id that overlaps when late votes move the onset, and gives none away twice', () => {
    const [first] = merge([episode(64500, 100, 200)]);
    const [moved] = merge([episode(64502, 70, 120), episode(64500, 90, 200)], [first!]);
    expect(moved!.id).toBe(first!.id);
    const split = merge([episode(64500, 100, 120), episode(64500, 150, 200)], [first!]);
    expect(split.map((e) => e.id === first!.id)).toEqual([false, true]);
    const other = mergeEpisodes('other.example', [episode(64500, 100, 200)], NETWORKS, [first!]);
    expect(other[0]!.id).not.toBe(first!.id);
  });

  it('does not depend on order', () => {
    const episodes = [0, 20, 60, 62, 100].map((h, i) => episode(64500 + (i % 3), h, h + 10));
    const earlier = merge(episodes.slice(0, 2));
    const events = merge(episodes, earlier);
    for (let seed = 1; seed <= 5; seed += 1)
      expect(merge(shuffled(episodes, seed), shuffled(earlier, seed))).toEqual(events);
  });

  it('says what else it could be, in words that exist', () => {
    const all = (['tls.sni_reset', 'tcp.timeout', 'dns.nxdomain', 'throughput.freeze'] as const).flatMap(
      (method) =>
        merge([
          episode(64500, 0, DAY / HOUR, {
            basis: 'suspected',
            blocked: 2,
            methods: [{ method, pseudonyms: 2 }],
          }),
        ]),
    );
    for (const event of all) {
      expect(event.alternatives.length).toBeGreaterThan(0);
      expect(event.alternatives.filter((id) => !isMessageId(id))).toEqual([]);
    }
  });
});
