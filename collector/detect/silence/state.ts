/** What members' journals and others' signals come to: the state whose words are used. */
import type { MessageId } from '../../../shared/i18n/index.ts';
import type { JournalCounts, SilenceEvent, SilenceState } from '../../../shared/model/index.ts';

/** Members that must say it, and by how many they must outnumber those who say otherwise. */
const MIN_MEMBERS = 3;
const MIN_LEAD = 2;
/** Fewer members may well share one roof. */
const ONE_ROOF = 10;

export interface StateEvidence {
  /** Names of outside sources that show an outage at that time. */
  readonly outside: readonly string[];
  /** Distinct members of the group of whom something came in another way during the silence. */
  readonly otherRoute: number;
}

/** The most said, with enough members and lead; null: nothing is. */
function majority(counts: JournalCounts, otherRoute: number): SilenceState | null {
  const { cut, foreignCut, local, fine } = counts;
  // Both say that the world abroad was gone: they don't speak against each other.
  const cutOff: SilenceState = cut >= foreignCut ? 'shutdown_confirmed' : 'foreign_cut';
  const said: readonly { readonly state: SilenceState; readonly members: number; readonly sure: number }[] = [
    { state: cutOff, members: cut + foreignCut, sure: Math.max(cut, foreignCut) },
    { state: 'collector_blocked', members: Math.max(counts.collectorBlocked, otherRoute), sure: Infinity },
    { state: 'local_power_or_access', members: local, sure: Infinity },
    { state: 'withdrawn', members: fine, sure: Infinity },
  ];
  const [first, second] = said.toSorted((a, b) => b.members - a.members);
  const isEnough = Math.min(first!.members, first!.sure) >= MIN_MEMBERS;
  return isEnough && first!.members - second!.members >= MIN_LEAD ? first!.state : null;
}

/** Outside sources see a power cut too: they confirm only where members don't say otherwise. */
export function stateOf(counts: JournalCounts, { outside, otherRoute }: StateEvidence): SilenceState {
  const found = majority(counts, otherRoute);
  if (found !== null) return found;
  const others = Math.max(counts.collectorBlocked, otherRoute, counts.local, counts.fine);
  const isAgreed = counts.cut + counts.foreignCut >= others;
  return outside.length > 0 && isAgreed ? 'shutdown_confirmed' : 'silence';
}

const BY_STATE: Readonly<Record<SilenceState, readonly MessageId[]>> = {
  silence: [
    'alternative.silence.power_cut',
    'alternative.silence.provider_fault',
    'alternative.silence.only_collector',
    'alternative.silence.switched_off_together',
  ],
  collector_blocked: ['alternative.silence.collector_fault'],
  local_power_or_access: ['alternative.silence.hidden_by_power_cut'],
  foreign_cut: ['alternative.silence.cable_fault', 'alternative.two_who_agreed'],
  shutdown_confirmed: ['alternative.silence.provider_fault', 'alternative.two_who_agreed'],
  withdrawn: [],
};

/** What else it could be, as message ids. */
export function alternativesOf(
  state: SilenceState,
  event: Pick<SilenceEvent, 'active' | 'journals'>,
): readonly MessageId[] {
  const { members, cut, foreignCut, collectorBlocked, local, fine } = event.journals;
  const most = Math.max(cut + foreignCut, collectorBlocked, local, fine);
  return [
    ...BY_STATE[state],
    ...(state === 'silence' && event.active < ONE_ROOF ? (['alternative.silence.one_roof'] as const) : []),
    ...(members > most ? (['alternative.silence.journals_differ'] as const) : []),
  ];
}
