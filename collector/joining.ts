/** When what follows from many measurements is worked out: a little with each upload, the rest beside other work. */
import type { BlockingDetector } from './detect/blocking-events.ts';
import type { InterceptionDetector } from './detect/interception.ts';

/** What joining may take of an upload's time; the rest is done in pieces of it, with pauses. Milliseconds. */
const JOIN_MS = 50;
const JOIN_PAUSE_MS = 250;
/** What a start waits for; what is left then is done beside other work. Milliseconds. */
const START_MS = 1_000;

export interface JoiningParts {
  readonly interception: InterceptionDetector;
  readonly blocking: BlockingDetector;
  /** One after the other with whatever changes what is joined. */
  readonly deriving: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onFault: (error: unknown, what: string) => void;
}

export interface Joining {
  /** After something was derived. Who intercepts shows at once; what is blocked a moment later. */
  some(): Promise<void>;
  /** At a start, once nothing is missing: half of what is derived would take back what all of it upholds. */
  start(how: { readonly fromNothing: boolean; readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** After everything was derived anew: until nothing is left. */
  all(): Promise<void>;
  /** Nothing more is joined by itself. */
  stop(): void;
}

export function createJoining(parts: JoiningParts): Joining {
  const { interception, blocking, deriving } = parts;
  /** Nothing is missing of what votes follow from. */
  let complete = false;
  let stopped = false;
  let busy = false;
  let again = false;
  let timer: NodeJS.Timeout | null = null;

  const piece = async (): Promise<boolean> => {
    // Two turns, so that an upload gets in between.
    const first = await deriving(() => interception.run(JOIN_MS));
    // Whoever stops waits for the turn that runs, and for no other.
    if (stopped) return true;
    const second = !complete || (await deriving(() => blocking.run(JOIN_MS)));
    return first && second;
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
      try {
        await deriving(() => interception.run(JOIN_MS));
      } catch (error) {
        parts.onFault(error, 'joining what was seen of interception');
      }
      later();
    },
    async start({ fromNothing, signal }) {
      await deriving(() => interception.settle(signal));
      if (signal?.aborted === true) return;
      await deriving(() => blocking.recheck(fromNothing));
      complete = true;
      await deriving(() => blocking.run(START_MS, signal));
      later();
    },
    async all() {
      await deriving(() => interception.settle());
      await deriving(() => blocking.recheck(true));
      await deriving(() => blocking.run(Number.POSITIVE_INFINITY));
      complete = true;
    },
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
