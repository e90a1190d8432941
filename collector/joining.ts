/** When what follows from many measurements is worked out: a little with each upload, the rest beside other work. */
import type { BlockingDetector } from './detect/blocking-events.ts';
import type { InterceptionDetector } from './detect/interception.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Witnesses } from './witnesses.ts';

/** What joining may take of an upload's time; the rest is done in pieces of it, with pauses. Milliseconds. */
const JOIN_MS = 50;
const JOIN_PAUSE_MS = 250;
/** Measurements judged again at once for one that came; the rest with pauses. */
const MAX_JUDGED_AGAIN = 4;
/** What a start waits for; what is left then is done beside other work. Milliseconds. */
const START_MS = 1_000;

export interface JoiningParts {
  readonly witnesses: Pick<Witnesses, 'judgeAgain'>;
  readonly interception: InterceptionDetector;
  readonly blocking: BlockingDetector;
  /** One after the other with whatever changes what is joined. */
  readonly deriving: Turns;
  readonly onFault: (error: unknown, what: string) => void;
}

export interface Joining {
  /** After something was derived. What a witness changes and who intercepts shows at once; what is blocked a moment later. */
  some(): Promise<void>;
  /** At a start, once nothing is missing: half of what is derived would take back what all of it upholds. */
  start(how: { readonly fromNothing: boolean; readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** After everything was derived anew: until nothing is left. */
  all(signal?: AbortSignal): Promise<void>;
  /** Nothing more is joined by itself; waits for what is being judged again. */
  stop(): Promise<void>;
}

export function createJoining(parts: JoiningParts): Joining {
  const { witnesses, interception, blocking, deriving } = parts;
  const judgingAgain = createTurns();
  /** Nothing is missing of what votes follow from. */
  let complete = false;
  let stopped = false;
  let busy = false;
  let again = false;
  let timer: NodeJS.Timeout | null = null;

  /** A few; true: none is left that could be judged now. */
  const judgeSome = async (): Promise<boolean> => {
    try {
      return await judgingAgain(async () => stopped || (await witnesses.judgeAgain(MAX_JUDGED_AGAIN)));
    } catch (error) {
      // Still due: the next upload, or the next start, goes on there. The rest does not wait for it.
      parts.onFault(error, 'judging again with witnesses');
      return true;
    }
  };

  /** Before anything is joined from everything: what is said of one rests on the others. */
  const judgeAll = async (signal?: AbortSignal): Promise<void> => {
    while (
      !stopped &&
      signal?.aborted !== true &&
      !(await judgingAgain(() => witnesses.judgeAgain(MAX_JUDGED_AGAIN)))
    )
      // Requests are served in between.
      await new Promise(setImmediate);
  };

  const piece = async (): Promise<boolean> => {
    const judged = await judgeSome();
    if (stopped) return true;
    // Two turns, so that an upload gets in between.
    const first = await deriving(() => interception.run(JOIN_MS));
    // Whoever stops waits for the turn that runs, and for no other.
    if (stopped) return true;
    const second = !complete || (await deriving(() => blocking.run(JOIN_MS)));
    return judged && first && second;
  };

  const later = (): void => {
    again = true;
    if (stopped || busy) return;
    busy = true;
    timer = setTimeout(() => void workOff(), JOIN_PAUSE_MS).unref();
  };

  const workOff = async (): Promise<void> => {
    let left = false;
    again = false;
    try {
      left = !(await piece());
    } catch (error) {
      // Still due: the next upload, or the next start, joins it.
      parts.onFault(error, 'joining what measurements say together');
    }
    busy = false;
    if (left || again) later();
  };

  return {
    async some() {
      await judgeSome();
      try {
        await deriving(() => interception.run(JOIN_MS));
      } catch (error) {
        parts.onFault(error, 'joining what was seen of interception');
      }
      later();
    },
    async start({ fromNothing, signal }) {
      await judgeAll(signal);
      await deriving(() => interception.settle(signal));
      if (signal?.aborted === true) return;
      await deriving(() => blocking.recheck(fromNothing));
      complete = true;
      await deriving(() => blocking.run(START_MS, signal));
      later();
    },
    async all(signal) {
      await judgeAll(signal);
      if (signal?.aborted === true) return;
      await deriving(() => interception.settle());
      await deriving(() => blocking.recheck(true));
      await deriving(() => blocking.run(Number.POSITIVE_INFINITY));
      complete = true;
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await judgingAgain(async () => undefined);
    },
  };
}
