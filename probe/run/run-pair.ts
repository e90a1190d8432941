/**
 * Makes one planned pair and records it. A pair at a reflector that is control, suspicion, control goes through
 * `runAtReflector`, which knows what to do when the path punishes the innocuous name too; every other is made as planned.
 */
import { endpointText, type Session } from '../experiments/operations.ts';
import type { Endpoint } from '../net/net.ts';
import { movePair, type PlannedPair, type PlannedStep } from '../plan/pairs.ts';
import type { Contacts } from './contacts.ts';
import type { EndpointLocks } from './endpoint-locks.ts';
import type { Line } from './line.ts';
import { makeStep } from './make-step.ts';
import { newDraft, recordPair, tagsOf, type Draft } from './pair-record.ts';
import type { ReflectorPlaces } from './reflector-places.ts';
import { runAfterPause } from './run-after-pause.ts';
import { runAtReflector } from './run-at-reflector.ts';
import type { Slot } from './slots.ts';

/** What all pairs of a run share, and this target's own. */
export interface PairRoom {
  readonly session: Session;
  readonly places: ReflectorPlaces;
  readonly line: Line;
  /** One holder per address of a site: two targets behind one address would spoil each other's pair. */
  readonly locks: EndpointLocks;
  readonly contacts: Contacts;
  /** A silent address is left alone for so many seconds. */
  readonly onPause: (seconds: number) => void;
  readonly slot: Slot;
  /** Unique within the measurement. */
  readonly nextId: () => string;
  /** Asks the control once more; true: it is live, and still connects to the first of these. */
  readonly askControlAgain: (endpoints: readonly Endpoint[]) => Promise<boolean>;
  /** Ends the waiting of a pair that was begun: with the run, and when its outcome would change nothing any more. */
  readonly waiting: AbortSignal;
}

async function make(draft: Draft, session: Session): Promise<void> {
  const { pair } = draft;
  const one = async (step: PlannedStep): Promise<void> => {
    draft.steps.push(await makeStep(session, pair, step, tagsOf(draft)));
  };
  draft.begun = session.recorder.elapsed();
  if (pair.order === 'at_once') {
    await Promise.all(pair.steps.map(one));
    // In the order in which they were begun, whichever ended first.
    draft.steps.sort((a, b) => a.transaction - b.transaction);
    return;
  }
  for (const [i, step] of pair.steps.entries()) {
    if (session.signal.aborted) return;
    await one(step);
    // Without the first control there is nothing to compare with: no need to say the suspicious name.
    const compares =
      pair.kind === 'tcp.between_reflector' ||
      (pair.steps.length > 1 && step.protocol !== 'dns' && step.protocol !== 'tcp');
    if (compares && i === 0 && cannotCompare(draft)) return;
  }
}

/** Nothing is there to talk to; a server that cuts off an unknown name may still answer the one it knows. */
function cannotCompare({ steps: [first] }: Draft): boolean {
  return first?.died === 'timeout' || first?.died === 'refused' || first?.died === 'unreachable';
}

/** The place of the site; connects alone to a reflector disturb nobody there. */
function lockOf(pair: PlannedPair): string | null {
  const endpoints = pair.steps.flatMap((s) => (s.protocol === 'dns' ? [] : [s.endpoint]));
  const site = pair.kind === 'tcp.between_reflector' ? endpoints[1] : endpoints.at(-1);
  return site === undefined ? null : endpointText(site);
}

async function runAtSite(planned: PlannedPair, room: PairRoom): Promise<void> {
  const { session, line, places } = room;
  const draft = newDraft(room.nextId(), planned);
  const key = lockOf(planned);
  const release = key === null ? null : await room.slot.yield(() => room.locks.acquire(key, session.signal));
  try {
    const work = (): Promise<void> => make(draft, session);
    await (places.clientWide ? line.alone(work) : work());
  } finally {
    release?.();
    recordPair(session.recorder, draft, false);
  }
}

/** Several downloads, or one look: made as planned at whichever place is free. */
async function runAtAnyPlace(planned: PlannedPair, room: PairRoom): Promise<void> {
  const { session, places, line } = room;
  const service = planned.place!.service;
  const held = await room.slot.yield(() => places.acquire(service, session.signal));
  const draft = newDraft(room.nextId(), held === null ? planned : movePair(planned, held.place));
  try {
    const work = (): Promise<void> => make(draft, session);
    if (held !== null) await (places.clientWide ? line.alone(work) : work());
  } finally {
    held?.release();
    recordPair(session.recorder, draft, false);
  }
}

export async function runPair(planned: PlannedPair, room: PairRoom): Promise<void> {
  if (planned.kind === 'tcp.after_pause') return runAfterPause(planned, room);
  if (planned.place === null) return runAtSite(planned, room);
  if (planned.kind.startsWith('throughput.')) return runAtAnyPlace(planned, room);
  return runAtReflector(planned, room);
}
