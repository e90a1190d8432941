/** An alert about a silence, made again from the counts of groups that it has: single heartbeats and journals are gone by then. */
import type { SilenceEvent } from '../shared/model/index.ts';
import { questionOf, silenceInputsOf, SILENCE_VERSION, toAnnounce } from './detect/silence-alert.ts';
import type { SilenceInputs } from './detect/silence-alert.ts';
import { decideSilence } from './detect/silence/decide.ts';
import { isSameGroup, joinGroups, liesWithin } from './detect/silence/extent.ts';
import { stateOf } from './detect/silence/state.ts';
import { differencesOf } from './differences.ts';
import type { Explanation, ExplainTools } from './explain-tools.ts';
import type { Alert } from './store/alerts.ts';

/** Whether the group fell silent, and if that opened the event, since when. */
function opening({ opening: kept, event, heardOnset }: SilenceInputs): readonly string[] {
  const step = decideSilence(questionOf(kept));
  // A wider group took the place of one that was silent before, and was itself silent already.
  if (step.kind === 'goes_on' && kept.open !== null) return [];
  if (step.kind !== 'opens') return [`opening: announced as fallen silent, now ${step.kind}`];
  if (step.openedAt !== event.openedAt) return [];
  return differencesOf(heardOnset, step.onset, 'onset');
}

function ending({ ending: kept, event }: SilenceInputs): readonly string[] {
  if (kept === null || event.endedAt === null) return [];
  const step = decideSilence(questionOf(kept));
  return step.kind === 'ends'
    ? differencesOf(event.endedAt, step.endedAt, 'end')
    : [`end: announced as heard again, now ${step.kind}`];
}

function extent({ groups, event }: SilenceInputs): readonly string[] {
  const { partOf } = event;
  if (partOf !== undefined) {
    const isPart = liesWithin(event.group, partOf.group);
    const isSilent = joinGroups(groups).some(({ group }) => isSameGroup(group, partOf.group));
    return isPart && isSilent ? [] : ['extent: it was no part of the group that took its place'];
  }
  const found = joinGroups(groups).find(({ group }) => isSameGroup(group, event.group));
  return found === undefined
    ? ['extent: the group is not silent as a whole in the counts of that minute']
    : differencesOf(event.extent, found.extent, 'extent');
}

function said(alert: Alert, event: SilenceEvent, before: Alert | null): readonly string[] {
  const last =
    before === null
      ? null
      : { state: before.state, event: silenceInputsOf(before).event, at: Date.parse(before.at) };
  const state = toAnnounce(event, last);
  return state === alert.state ? [] : [`state: announced ${alert.state}, now ${state ?? 'nothing to say'}`];
}

export function explainSilenceAlert(alert: Alert, { archive }: Pick<ExplainTools, 'archive'>): Explanation {
  const inputs = silenceInputsOf(alert);
  const { event, journals, outside, otherRoute, version } = inputs;
  const state = event.partOf === undefined ? stateOf(journals, { outside, otherRoute }) : 'withdrawn';
  return {
    from: [
      `counts of ${inputs.opening.counts.length} minute(s) of the group, and of ${inputs.groups.length} group(s) beside it`,
      `records of ${journals.members} member(s), ${outside.length} outside source(s)`,
    ],
    notes: version === SILENCE_VERSION ? [] : ['another version of the detector decided then'],
    differences: [
      ...opening(inputs),
      ...ending(inputs),
      ...extent(inputs),
      ...differencesOf(event.state, state, 'state of the event'),
      ...said(alert, event, archive.alertBefore(alert)),
    ],
  };
}
