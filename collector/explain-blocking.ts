/** An alert about a blocked domain, made again: the votes of as much of the archive and the diary as there was then. */
import { thinVotes } from '../shared/judge/thin-votes.ts';
import type { BlockingEvent, Vote } from '../shared/model/index.ts';
import { blockingInputsOf, stateToSay, type BlockingInputs } from './detect/blocking-alert.ts';
import { BLOCKING_WINDOW_MS, decideBlocking } from './detect/blocking-decide.ts';
import { BLOCKING_VERSION } from './detect/blocking/settings.ts';
import { diaryAround } from './diary-around.ts';
import { differencesOf } from './differences.ts';
import { contextNotes, type Explanation, type ExplainTools } from './explain-tools.ts';
import { deriveEntry } from './judging.ts';
import type { Alert } from './store/alerts.ts';
import type { ArchivedEntry } from './store/store.ts';
import { witnessesFor } from './witnesses.ts';

/** Listings read at a time. */
const PAGE_ROWS = 1_000;

/** Which entries are about the domain: derived.db knows, and what an entry says is read from the archive. */
async function entriesAbout(inputs: BlockingInputs, { archive, derived }: ExplainTools) {
  const found: ArchivedEntry[] = [];
  // A host name may be written with a final dot.
  for (const domain of [inputs.domain, `${inputs.domain}.`])
    for (let offset = 0; ; offset += PAGE_ROWS) {
      const page = { orderBy: 'measurement_start_time', order: 'asc', offset, limit: PAGE_ROWS } as const;
      const rows = await derived.list({ domain }, page);
      for (const { index, measurementId } of rows) {
        const entry = index < inputs.entries ? archive.find(measurementId) : null;
        if (entry !== null) found.push(entry);
      }
      if (rows.length < PAGE_ROWS) break;
    }
  return found;
}

interface Judged {
  readonly votes: readonly Vote[];
  /** Votes judged with measurements of other networks. */
  readonly witnessed: number;
}

/**
 * As they were judged with what was there then: so much of the diary, witnesses among so many entries. `context`: all with
 * these files, as after `rebuild --latest`; null: with those of their arrival.
 */
async function votesOf(
  entries: readonly ArchivedEntry[],
  inputs: BlockingInputs,
  tools: ExplainTools,
  context: string | null,
): Promise<Judged> {
  const around = diaryAround(tools.archive);
  const votes: Vote[] = [];
  let witnessed = 0;
  for (const entry of entries) {
    const ready = tools.contextOf(context ?? entry.context);
    const { vote, places } = await deriveEntry(entry, ready, {
      diary: (document) => around(document, entry.receivedAt).filter(({ id }) => id <= inputs.diary),
      witnesses: (document, silent) =>
        witnessesFor(tools, document, silent, ready.judge.networks, inputs.entries),
    });
    const isKnown =
      vote !== null &&
      vote.domain === inputs.domain &&
      vote.receivedAt <= inputs.now &&
      vote.at >= inputs.now - BLOCKING_WINDOW_MS;
    if (!isKnown) continue;
    votes.push(vote);
    if (places.given.length > 0) witnessed++;
  }
  return { votes, witnessed };
}

/** A witness is archived first, and those that waited for it are judged again one by one. */
const witnessNotes = (witnessed: number): readonly string[] =>
  witnessed === 0
    ? []
    : [
        `${witnessed} vote(s) judged with witnesses received by then; whether each had been judged again by then is not kept`,
      ];

function decide(
  votes: readonly Vote[],
  inputs: BlockingInputs,
  tools: ExplainTools,
): readonly BlockingEvent[] {
  const earlier = inputs.earlier.flatMap((id) => {
    const alert = tools.archive.alert(id);
    return alert === null ? [] : [blockingInputsOf(alert).event];
  });
  const { networks } = tools.contextOf(inputs.context).judge;
  const { domain, now } = inputs;
  return decideBlocking({ domain, votes: thinVotes(votes), earlier, networks, now });
}

/** What would be said of it now, and of what event. */
function differences(
  events: readonly BlockingEvent[],
  alert: Alert,
  inputs: BlockingInputs,
  before: Alert | null,
): readonly string[] {
  const event = events.find(({ id }) => id === inputs.event_id) ?? null;
  const last = before === null ? null : { state: before.state, event: blockingInputsOf(before).event };
  const state = stateToSay(event, last);
  const said =
    state === alert.state ? [] : [`state: announced ${alert.state}, now ${state ?? 'nothing to say'}`];
  // What was taken back is announced as it stood.
  return event === null || alert.state === 'withdrawn'
    ? said
    : [...said, ...differencesOf(inputs.event, event)];
}

export async function explainBlockingAlert(alert: Alert, tools: ExplainTools): Promise<Explanation> {
  const inputs = blockingInputsOf(alert);
  const entries = await entriesAbout(inputs, tools);
  const before = tools.archive.alertBefore(alert);
  const other = inputs.detector === BLOCKING_VERSION ? [] : ['another version of the detector decided then'];
  const notes = [...contextNotes(inputs.context, tools.contextOf(inputs.context)), ...other];
  const attempt = async (context: string | null) => {
    const { votes, witnessed } = await votesOf(entries, inputs, tools, context);
    const from = [
      `${votes.length} vote(s) on ${inputs.domain}, of the first ${inputs.entries} measurements and ${inputs.diary} entries of the control’s diary`,
      `${context === null ? 'the files of each arrival' : `the files of the context ${context}`}, and ${inputs.earlier.length} event(s) announced before`,
    ];
    return {
      from,
      notes: [...notes, ...witnessNotes(witnessed)],
      differences: differences(decide(votes, inputs, tools), alert, inputs, before),
    };
  };
  const asTheyCame = await attempt(null);
  if (asTheyCame.differences.length === 0) return asTheyCame;
  const anew = await attempt(inputs.context);
  return anew.differences.length === 0 ? anew : asTheyCame;
}
