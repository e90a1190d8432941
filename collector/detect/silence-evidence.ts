/** What journals and outside sources say of a silence → its state and its onset. They come when it is over, and later. */
import type { JournalCounts, SilenceEvent } from '../../shared/model/index.ts';
import { groupKey, groupsOf } from '../member-groups.ts';
import type { BeatStore } from '../store/beats.ts';
import { correctOnset, countJournals } from './silence/journal-state.ts';
import type { ReceivedJournal } from './silence/journal-state.ts';
import { stateOf } from './silence/state.ts';
import { EVIDENCE_KEPT_MS, type SilenceEntry } from './silence-book.ts';

/**
 * Journals of one member that are looked at, the newest: a shutdown with windows makes one in each, and those of later stretches must not
 * push out what was said of the first. Of all members, those that came first.
 */
const PER_MEMBER = 10;
const MAX_JOURNALS = 5_000;

export const NO_JOURNALS: JournalCounts = {
  members: 0,
  cut: 0,
  foreignCut: 0,
  collectorBlocked: 0,
  local: 0,
  fine: 0,
};

export interface EvidenceSources {
  readonly beats: BeatStore;
  /** Of an ASN at a moment; null: not on record. */
  readonly ownerOf: (asn: number, atMs: number) => string | null;
  /** Names of outside sources that show an outage of that place and time. */
  readonly outsideFor: (event: SilenceEvent) => readonly string[];
}

/** Of members that were there before: a key that turned up afterwards has nothing to say. */
function journalsOf(
  { event, basis }: SilenceEntry,
  { beats, ownerOf }: EvidenceSources,
): readonly ReceivedJournal[] {
  const { after, before } = basis.heardOnset;
  const key = groupKey(event.group);
  return beats
    .journalsOfMembers({ since: after, knownBefore: before, perMember: PER_MEMBER, limit: MAX_JOURNALS })
    .filter(({ journal }) => {
      const line = beats.member(journal.x_key)?.line;
      if (line === undefined) return false;
      const asn = Number(line.asn.slice(2));
      return groupsOf(line, asn === 0 ? null : ownerOf(asn, before)).some((g) => groupKey(g) === key);
    });
}

export interface Evidence {
  /** A journal was kept. */
  journalArrived(): void;
  /** With what is known by now; the same entry when that is nothing new, or when what single members said is erased already. */
  applyTo(entry: SilenceEntry, now: number): SilenceEntry;
}

interface Heard {
  /** What the journals were asked, and how many had come by then. */
  readonly asked: string;
  readonly counts: JournalCounts;
  readonly onset: SilenceEvent['onset'];
}

export function createEvidence(sources: EvidenceSources): Evidence {
  let arrived = 0;
  /** By event: journals are many, and read again only when there is another one, or another question. */
  const heard = new Map<string, Heard>();

  const listen = (entry: SilenceEntry): Heard => {
    const { event, basis } = entry;
    const times = { onset: basis.heardOnset, openedAt: event.openedAt, endedAt: event.endedAt };
    const asked = JSON.stringify([arrived, event.group, times]);
    const known = heard.get(event.id);
    if (known?.asked === asked) return known;
    const journals = journalsOf(entry, sources);
    const found = { asked, counts: countJournals(journals, times), onset: correctOnset(journals, times) };
    heard.set(event.id, found);
    return found;
  };

  return {
    journalArrived() {
      arrived += 1;
    },
    applyTo(entry, now) {
      const { event, basis } = entry;
      if (event.partOf !== undefined || now - event.openedAt > EVIDENCE_KEPT_MS) {
        heard.delete(event.id);
        return entry;
      }
      const { counts, onset } = listen(entry);
      const outside = sources.outsideFor(event);
      const state = stateOf(counts, { outside, otherRoute: basis.otherRoute });
      const found = { state, onset, journals: counts, outside };
      const known = {
        state: event.state,
        onset: event.onset,
        journals: event.journals,
        outside: event.outside,
      };
      if (JSON.stringify(found) === JSON.stringify(known)) return entry;
      return { event: { ...event, ...found }, basis: { ...basis, journals: counts, outside } };
    },
  };
}
