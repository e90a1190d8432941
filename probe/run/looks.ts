/** Which sites of a run are looked at more than once, and at what cost: decision record 008, "Looking again". */
import { interceptedHandshake, type Case } from '../../shared/rules/index.ts';
import type { PlannedPair, PlanWorld } from '../plan/pairs.ts';

/** A run of so few targets looks again at each of them: somebody asked about these. */
const FEW_TARGETS = 5;
/** Sites of a longer run that are looked at again once a forged chain was met in it: about 4 MB. */
const MAX_LOOKED_AT_AGAIN = 200;
/** Intercepted sites of a run of which it is found out what the interceptor reacts to. */
const MAX_MAPPED = 20;

export class Looks {
  readonly #few: boolean;
  #forgedMet = false;
  readonly #again = new Set<string>();
  readonly #mapped = new Set<string>();

  /** `targets`: of the whole run. */
  constructor(targets: number) {
    this.#few = targets <= FEW_TARGETS;
  }

  /** Somebody's forged chain makes the rest of the run more curious. */
  seen(c: Case): void {
    this.#forgedMet ||= c.hops.some((hop) => interceptedHandshake(c, hop) !== null);
  }

  may(host: string): Pick<PlanWorld, 'mayLookAgain' | 'mayMapTrigger'> {
    const again = this.#again.has(host) || this.#again.size < MAX_LOOKED_AT_AGAIN;
    return {
      mayLookAgain: (this.#few || this.#forgedMet) && again,
      mayMapTrigger: this.#mapped.has(host) || this.#mapped.size < MAX_MAPPED,
    };
  }

  /** `host`: of the target that the pair is made for. */
  made(pair: PlannedPair, host: string): void {
    if (pair.kind === 'tls.chain_again' && pair.suspicion === null) this.#again.add(host);
    if (pair.kind === 'tls.chain_without_name') this.#mapped.add(host);
  }
}
