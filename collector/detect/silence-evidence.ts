/** What journals and outside sources say of a silence → its state and its onset. They come when it is over, and later. */
import type { JournalCounts, SilenceEvent } from '../../shared/model/index.ts';
import { groupKey, groupsOf } from '../member-groups.ts';
import type { BeatStore } from '../store/beats.ts';
import { correctOnset, countJournals } from './silence/journal-state.ts';
import type { ReceivedJournal } from './silence/journal-state.ts';
import { stateOf } from './silence/state.ts';
import { EVIDENCE_KEPT_MS, type SilenceEntry } from './silence-book.ts';

/** Journals of one member that are looked at, the newest; of all members, those that came first. */
const PER_MEMBER = 3;
const MAX_JOURNALS = 2_000;

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

/** With what is known by now; the same entry when that is nothing new, or when what single members said is erased already. */
export function withEvidence(entry: SilenceEntry, sources: EvidenceSources, now: number): SilenceEntry {
  const { event, basis } = entry;
  if (now - event.openedAt > EVIDENCE_KEPT_MS) return entry;
  const journals = journalsOf(entry, sources);
  const times = { onset: basis.heardOnset, openedAt: event.openedAt, endedAt: event.endedAt };
  const counts = countJournals(journals, times);
  const outside = sources.outsideFor(event);
  const { otherRoute } = basis;
  const found = {
    state: stateOf(counts, { outside, otherRoute }),
    onset: correctOnset(journals, times),
    journals: counts,
    outside,
  };
  const { state, onset } = event;
  const known = { state, onset, journals: event.journals, outside: event.outside };
  if (JSON.stringify(found) === JSON.stringify(known)) return entry;
  return { event: { ...event, ...found }, basis: { ...basis, journals: counts, outside } };
}
