/**
 * Votes → blocking events and alerts. A domain is decided again whenever one of its votes has changed, from all of them, so
 * that neither order nor re-delivery matters and a rebuild ends at the same events. An alert is archived before its events
 * are stored: after a crash between the two the same decision finds it there and says nothing twice.
 */
import type { BlockingEvent } from '../../shared/model/index.ts';
import type { Networks } from '../../shared/rules/index.ts';
import type { Alert } from '../store/alerts.ts';
import type { ArchiveStore, DerivedStore } from '../store/store.ts';
import { blockingInputsOf, newBlockingAlert, stateToSay } from './blocking-alert.ts';
import { BLOCKING_WINDOW_MS, decideBlocking, type BlockingQuestion } from './blocking-decide.ts';
import { createWorkOff } from './work-off.ts';

/** Announced events of one domain that are looked at. */
const MAX_EARLIER = 1_000;

export interface BlockingDetectorOptions {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  /** What is in force now: its id, and whose networks are. */
  readonly context: () => { readonly id: string; readonly networks: Networks };
  /** ISO 8601 UTC, whole seconds. */
  readonly now: () => string;
  readonly monotonicMs: () => number;
}

export interface BlockingDetector {
  /** Decides what is due until the time is up; true: nothing is left. */
  run(budgetMs: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Once everything is derived: what was joined in another context is due again; `announced`: also all that stands
   * announced, whether votes speak of it or not.
   */
  recheck(announced: boolean): Promise<void>;
}

interface Known {
  readonly archive: Pick<ArchiveStore, 'latestAboutDomain'>;
  readonly derived: Pick<DerivedStore, 'decidingVotes' | 'newestReceipt'>;
}

/** What has to be decided of a domain, now or as it was known at `asOf` (milliseconds since 1970); null: it has no vote. */
async function questionOf(
  { archive, derived }: Known,
  domain: string,
  networks: Networks,
  asOf?: number,
): Promise<{ readonly question: BlockingQuestion; readonly said: readonly Alert[] } | null> {
  const now = await derived.newestReceipt(domain, asOf);
  const by = asOf === undefined ? undefined : new Date(asOf).toISOString().replace(/\.\d+Z$/, 'Z');
  const said = archive.latestAboutDomain(domain, MAX_EARLIER, by);
  const earlier = said.filter(({ state }) => state !== 'withdrawn').map((a) => blockingInputsOf(a).event);
  if (now === null)
    return said.length === 0 ? null : { question: { domain, votes: [], earlier, networks, now: 0 }, said };
  const since = now - BLOCKING_WINDOW_MS;
  const votes = await derived.decidingVotes({ domain, since, until: now + 1, asOf });
  return { question: { domain, votes, earlier, networks, now }, said };
}

/** The domain's events as they were known at `asOf`, milliseconds since 1970: from votes received, and alerts written, by then. */
export async function blockingAsOf(
  known: Known,
  domain: string,
  networks: Networks,
  asOf: number,
): Promise<readonly BlockingEvent[]> {
  const asked = await questionOf(known, domain, networks, asOf);
  return asked === null ? [] : decideBlocking(asked.question);
}

export function createBlockingDetector(options: BlockingDetectorOptions): BlockingDetector {
  const { archive, derived } = options;

  const announce = (
    events: readonly BlockingEvent[],
    said: readonly Alert[],
    now: number,
    context: string,
  ): void => {
    const last = new Map(said.map((alert) => [alert.subject, alert]));
    const facts = {
      entries: archive.size(),
      diary: archive.diarySize(),
      context,
      now,
      earlier: said.filter(({ state }) => state !== 'withdrawn').map(({ id }) => id),
    };
    const say = (event: BlockingEvent | null, alert: Alert | undefined): void => {
      const before =
        alert === undefined ? null : { state: alert.state, event: blockingInputsOf(alert).event };
      const state = stateToSay(event, before);
      const about = event ?? before?.event;
      if (state === null || about === undefined) return;
      archive.appendAlert(newBlockingAlert(about, state, facts, options.now()));
    };
    for (const event of events) say(event, last.get(event.id));
    const ids = new Set(events.map(({ id }) => id));
    for (const [id, alert] of last) if (!ids.has(id)) say(null, alert);
  };

  const decide = async (domain: string): Promise<void> => {
    const { id, networks } = options.context();
    const asked = await questionOf(options, domain, networks);
    const events = asked === null ? [] : decideBlocking(asked.question);
    if (asked !== null) announce(events, asked.said, asked.question.now, id);
    await derived.putBlocking(domain, events, id);
  };

  return {
    run: createWorkOff({
      due: (limit) => derived.dueDomains(limit),
      work: decide,
      monotonicMs: options.monotonicMs,
    }),
    async recheck(announced) {
      await derived.makeBlockingDue(options.context().id);
      if (!announced) return;
      await derived.markDomainsDue(archive.standingDomains());
    },
  };
}
