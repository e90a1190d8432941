/**
 * Control, suspicion, control at a reflector. When the innocuous name dies too, the path goes on punishing for the name
 * that was said, here or before: the pair moves to a place that is free, or waits, and begins anew. Each beginning is a
 * record of its own (decision record 008).
 */
import { within } from '../experiments/deadline.ts';
import { movePair, type PlannedPair, type PlannedStep, type ReflectorPlace } from '../plan/pairs.ts';
import { innocuousStep, makeStep, type MadeStep } from './make-step.ts';
import { newDraft, recordPair, tagsOf, type Draft } from './pair-record.ts';
import type { PairRoom } from './run-pair.ts';
import type { HeldPlace } from './reflector-places.ts';

/** No pair is begun, and no name said, so long after the suspicion. Seconds. */
export const LAST_PAIR_AFTER_S = 600;
/** Beginnings of one pair; more would say nothing new. */
const MAX_BEGINNINGS = 6;
/** Further looks at a place where the innocuous name was cut off at once: a line that flaps answers one of them. */
const LOOKS_AFTER_A_CUT = 2;
/** An innocuous name that is not answered so soon may never be: another place is looked at beside it. Milliseconds. */
const LOOK_BESIDE_AFTER_MS = 1_500;
/** How often the innocuous name has to die right after the target's: TCP repeats what silence swallowed, and nothing else. */
const DEATHS_SILENT = 2;
const DEATHS_AT_ONCE = 3;

type End = 'done' | 'again';

/** Another place, and what an innocuous name came to there. */
interface Beside {
  readonly place: ReflectorPlace;
  readonly look: MadeStep;
}
interface Innocuous {
  readonly step: MadeStep;
  /** When it was begun, in seconds of the measurement. */
  readonly begun: number;
  /** Null: it was answered, or cut off, before there was a reason to look elsewhere, or there is no other place. */
  readonly beside: Beside | null;
}

class Attempt {
  readonly #room: PairRoom;
  readonly #planned: PlannedPair;
  readonly drafts: Draft[] = [];
  /** Times that the innocuous name died after the target's, the site's own handshake among them. */
  #deaths = 0;

  constructor(planned: PlannedPair, room: PairRoom) {
    this.#planned = planned;
    this.#room = room;
  }

  get #single(): boolean {
    return this.#planned.steps.length === 1;
  }

  begin(held: HeldPlace): Draft {
    const draft = newDraft(this.#room.nextId(), movePair(this.#planned, held.place));
    this.drafts.push(draft);
    return draft;
  }

  #step(draft: Draft, step: PlannedStep, timeoutMs?: number): Promise<MadeStep> {
    draft.begun ??= this.#room.session.recorder.elapsed();
    return makeStep(this.#room.session, draft.pair, step, tagsOf(draft), timeoutMs);
  }

  /** One innocuous exchange at another place than this one. */
  async #lookBeside(draft: Draft, held: HeldPlace): Promise<Beside | null> {
    const { places, session } = this.#room;
    const place = places.besides(held.place);
    if (place === null) return null;
    const step = innocuousStep(place);
    const { reflector } = place;
    return {
      place,
      look: await makeStep(session, { reflector }, step, tagsOf(draft), places.lookTimeoutMs(place)),
    };
  }

  /** A step with the innocuous name; where it stays unanswered, the other place's silence passes beside its own. */
  async #innocuous(draft: Draft, held: HeldPlace, step: PlannedStep): Promise<Innocuous> {
    const { places, session } = this.#room;
    const { recorder, signal } = session;
    const begun = recorder.elapsed();
    const made = this.#step(draft, step);
    const late = (await within(LOOK_BESIDE_AFTER_MS, made, signal)) === null;
    const looked = late && !signal.aborted ? this.#lookBeside(draft, held) : Promise.resolve(null);
    const [result, beside] = await Promise.all([made, looked]);
    if (result.died === null) places.alive(held.place, recorder.elapsed() - begun);
    return { step: result, begun, beside };
  }

  /** The punished place once more: alive ends the punishment of the record that it began with. */
  async lookAgain(held: HeldPlace): Promise<{ alive: boolean; completes: boolean }> {
    const { places, session } = this.#room;
    const before = this.drafts.findLast(
      (d) => d.diedAt !== null && d.pair.place?.endpoint === held.place.endpoint,
    );
    const draft = before ?? this.begin(held);
    const begun = session.recorder.elapsed();
    const look = await this.#step(draft, innocuousStep(held.place), places.lookTimeoutMs(held.place));
    if (look.died !== null) {
      draft.dead.push(look);
      draft.scope ??= places.clientWide ? 'client' : 'endpoint';
      draft.diedAt ??= session.recorder.elapsed();
      places.died(held.place);
      return { alive: false, completes: false };
    }
    places.alive(held.place, session.recorder.elapsed() - begun);
    draft.recovered = { step: look, at: session.recorder.elapsed() };
    return { alive: true, completes: before?.scope === 'endpoint' && before.steps.length === 2 };
  }

  /** Control, suspicion, control at a place that was alive when last seen. */
  async make(held: HeldPlace): Promise<End> {
    const draft = this.begin(held);
    const [first, suspect, last] = draft.pair.steps;
    const before = await this.#innocuous(draft, held, first!);
    const told = before.step.died === null ? null : await this.#examine(draft, held, before);
    if (told === 'punished') {
      // The site's own handshake has said the name.
      this.#deaths = Math.max(this.#deaths, 1);
      return 'again';
    }
    draft.steps.push(before.step);
    if (suspect === undefined || last === undefined) return 'done';
    const said = await this.#step(draft, suspect);
    draft.steps.push(said);
    const after = await this.#innocuous(draft, held, last);
    if (after.step.died === null || (await this.#examine(draft, held, after)) === 'flaps') {
      draft.steps.push(after.step);
      return 'done';
    }
    if (said.died === null) return 'again';
    this.#deaths++;
    const silent = said.died === 'timeout';
    const enough = silent ? DEATHS_SILENT : DEATHS_AT_ONCE;
    if (silent && this.drafts.some((d) => this.#completes(d))) return 'done';
    return draft.pair.kind === 'tls.sni_at_reflector' && this.#deaths >= enough ? 'done' : 'again';
  }

  /** The innocuous name died: does the line flap, is this place punished, or everything of this client? */
  async #examine(draft: Draft, held: HeldPlace, tried: Innocuous): Promise<'flaps' | 'punished'> {
    const { places, session } = this.#room;
    const { recorder, tools } = session;
    const dead = tried.step;
    const died = recorder.elapsed();
    const mark: MadeStep[] = [dead];
    for (let i = 0; dead.died !== 'timeout' && i < LOOKS_AFTER_A_CUT; i++) {
      const look = await this.#step(draft, innocuousStep(held.place));
      if (look.died === null) return 'flaps';
      mark.push(look);
    }
    const other = tried.beside ?? (await this.#lookBeside(draft, held));
    const sameKind =
      other?.place.reflector.name === draft.pair.reflector?.name &&
      other?.place.service === held.place.service;
    if (other !== null && other.look.died !== null && sameKind) mark.push(other.look);
    draft.diedAt = died;
    draft.dead.push(...mark);
    draft.scope = other !== null && other.look.died === null ? 'endpoint' : 'client';
    // What is waited out began when the name was said, not when this step gave up.
    const since = tools.net.now() - (recorder.elapsed() - tried.begun);
    if (draft.scope === 'client') places.diedEverywhere(held.place, since);
    else places.died(held.place, since);
    return 'punished';
  }

  /** Where to go on: where the client was shut out, and where a record only needs the end of a punishment. */
  goesOnAt(): Draft | null {
    const last = this.drafts.at(-1);
    if (last === undefined || this.#single) return null;
    const plain = this.#planned.place!.service === 'http' && last.steps.length === 2;
    return last.scope === 'client' || (last.scope === 'endpoint' && plain) ? last : null;
  }

  /** A client that was shut out altogether may have been so by accident: then the name has to die once more. */
  #completes(draft: Draft): boolean {
    if (draft.steps.length !== 2 || draft.recovered === null) return false;
    const later = this.drafts.slice(this.drafts.indexOf(draft) + 1);
    return draft.scope === 'endpoint' || later.some((d) => d.steps[1]?.died != null);
  }

  record(): void {
    for (const draft of this.drafts) recordPair(this.#room.session.recorder, draft, this.#completes(draft));
  }
}

export async function runAtReflector(planned: PlannedPair, room: PairRoom): Promise<void> {
  const { session, places, line, slot, waiting } = room;
  const attempt = new Attempt(planned, room);
  const tooLate = (): boolean =>
    planned.suspectedAt !== null && session.recorder.elapsed() - planned.suspectedAt > LAST_PAIR_AFTER_S;
  try {
    for (let i = 0; i < MAX_BEGINNINGS && !session.signal.aborted; i++) {
      const only = attempt.goesOnAt()?.pair.place ?? undefined;
      // One beginning at least: it may show that an innocuous name is answered.
      const patience = i === 0 ? session.signal : waiting;
      const held = await slot.yield(() => places.acquire(planned.place!.service, patience, only));
      if (held === null || tooLate()) {
        held?.release();
        break;
      }
      try {
        if (held.probation) {
          const look = await attempt.lookAgain(held);
          if (look.completes) break;
          if (!look.alive) continue;
        }
        const make = (): Promise<End> => attempt.make(held);
        if ((await (places.clientWide ? line.alone(make) : make())) === 'done') break;
      } finally {
        held.release();
      }
    }
  } finally {
    // Also a pair that found no place at all: it was tried, and is not asked for again.
    if (attempt.drafts.length === 0) recordPair(session.recorder, newDraft(room.nextId(), planned), false);
    attempt.record();
  }
}
