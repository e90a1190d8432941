/**
 * The silent address once more, after a pause in which this run sends it nothing: a punishment is over by then, an address
 * that is cut off is not. The wait is nobody's slot's; what can't be made in time is recorded without steps, and proves nothing.
 */
import { formatEndpoint } from '../../shared/codec/ip.ts';
import { CLOSED_PORT } from '../../shared/model/index.ts';
import { PAUSE_S } from '../../shared/rules/index.ts';
import type { Endpoint } from '../net/net.ts';
import type { PlannedPair, PlannedStep } from '../plan/pairs.ts';
import { makeStep, type MadeStep } from './make-step.ts';
import { newDraft, recordPair, tagsOf, type Draft } from './pair-record.ts';
import { LAST_PAIR_AFTER_S } from './run-at-reflector.ts';
import type { PairRoom } from './run-pair.ts';

/** More than the pause, so that it is more on any clock. Seconds. */
const PAUSE_AND_MORE_S = PAUSE_S + 1;
const MS_PER_SECOND = 1000;
/** One connect: its beginning and its end. */
const NOTES_OF_ONE = 2;

/** Whether there was a pause before it was too late for the pair. Other targets at that address begin it anew. */
async function untilQuiet(address: string, planned: PlannedPair, room: PairRoom): Promise<boolean> {
  const { session, contacts, waiting } = room;
  const { net } = session.tools;
  const since = planned.suspectedAt ?? session.recorder.elapsed();
  while (!waiting.aborted) {
    const seconds = contacts.lastAt(address) + PAUSE_AND_MORE_S - net.now();
    if (seconds <= 0) return true;
    if (session.recorder.elapsed() + seconds - since > LAST_PAIR_AFTER_S) return false;
    room.onPause(seconds);
    await net.sleep(seconds * MS_PER_SECOND, waiting);
  }
  return false;
}

/** The late connect; null where something else was sent there before it or meanwhile. */
async function late(
  draft: Draft,
  step: PlannedStep,
  site: Endpoint,
  room: PairRoom,
): Promise<MadeStep | null> {
  const { contacts, session } = room;
  const quiet = session.tools.net.now() - contacts.lastAt(site.address);
  const times = contacts.times(site.address);
  if (quiet <= PAUSE_S) return null;
  const made = await makeStep(session, draft.pair, step, tagsOf(draft));
  if (contacts.times(site.address) !== times + NOTES_OF_ONE) return null;
  draft.quietSeconds = Math.floor(quiet);
  return made;
}

async function make(draft: Draft, site: Endpoint, room: PairRoom): Promise<void> {
  const { session } = room;
  draft.begun = session.recorder.elapsed();
  for (const [i, step] of draft.pair.steps.entries()) {
    if (session.signal.aborted) return;
    const made =
      i === 1
        ? await late(draft, step, site, room)
        : await makeStep(session, draft.pair, step, tagsOf(draft));
    if (made === null) return;
    draft.steps.push(made);
    // Our own server is silent, or the address is not: there is nothing left to show.
    const expected = i % 2 === 0 ? made.died === null || made.died === 'refused' : made.died !== null;
    if (!expected) return;
  }
}

async function afterPause(draft: Draft, site: Endpoint, room: PairRoom): Promise<void> {
  const { session, places, line, locks } = room;
  const closed = { address: site.address, port: CLOSED_PORT };
  if (!(await untilQuiet(site.address, draft.pair, room))) return;
  if (!(await room.askControlAgain([site, closed]))) return;
  const release = await locks.acquire(formatEndpoint(site.address, site.port), session.signal);
  try {
    const work = (): Promise<void> => make(draft, site, room);
    await (places.clientWide ? line.alone(work) : work());
  } finally {
    release();
  }
}

export async function runAfterPause(planned: PlannedPair, room: PairRoom): Promise<void> {
  const [, second] = planned.steps;
  const draft = newDraft(room.nextId(), planned);
  try {
    if (second?.protocol !== 'tcp') return;
    const site = second.endpoint;
    // Waiting and a few connects: other targets need not stand in line behind them.
    await room.slot.yield(() => afterPause(draft, site, room));
  } finally {
    recordPair(room.session.recorder, draft, false);
  }
}
