/**
 * One target from first query to last pair: measure, look, make the pairs that the suspicion calls for, look again; what
 * no pair repeats is measured a second time. What is judged on the way decides only what to do next; the verdict is made
 * from the sealed document.
 */
import { judgeCase, type JudgeContext } from '../../shared/judge/index.ts';
import type { Verdict, WebConnectivityTestKeys } from '../../shared/model/index.ts';
import type { Case } from '../../shared/rules/index.ts';
import type { MeasureTools } from '../experiments/tools.ts';
import { webConnectivity } from '../experiments/web-connectivity.ts';
import type { Endpoint } from '../net/net.ts';
import { planAttempt } from '../plan/attempts.ts';
import { namesAtReflector, planPairs, waitsInVain, type PlannedPair, type PlanWorld } from '../plan/pairs.ts';
import type { Contacts } from './contacts.ts';
import { utcText } from './document.ts';
import type { EndpointLocks } from './endpoint-locks.ts';
import type { Line } from './line.ts';
import type { Looks } from './looks.ts';
import { innocuousStep, makeStep } from './make-step.ts';
import type { ReflectorPlaces } from './reflector-places.ts';
import { LAST_PAIR_AFTER_S } from './run-at-reflector.ts';
import { runPair, type PairRoom } from './run-pair.ts';
import type { Slot } from './slots.ts';

/** Rounds of looking and pairing for one target: reflector first, then the site's own address, repeats, scope. */
const MAX_PAIR_ROUNDS = 8;
/** Names that one run may say to reflectors. */
const MAX_NAMES_AT_REFLECTORS = 20;
/** Targets of one run whose speed is compared: where more are slow, the line is. */
const MAX_SPEED_COMPARISONS = 6;
/** Operations that belong to no pair: is the line back? */
const LINE_TAGS: readonly string[] = ['x:cf:line'];

export interface TargetInput {
  readonly url: string;
  /** Risky categories are never named to a reflector. */
  readonly risky: boolean;
}

/** Shared by all targets of a run. */
export interface RunShared {
  /** Its net is that of `contacts`. */
  readonly tools: Omit<MeasureTools, 'startedAt'>;
  readonly contacts: Contacts;
  readonly onPause: PairRoom['onPause'];
  readonly judgeContext: JudgeContext;
  /** Another network's measurements can confirm what fails in this one. */
  readonly othersMayConfirm: boolean;
  readonly places: ReflectorPlaces;
  readonly line: Line;
  readonly locks: EndpointLocks;
  readonly namesSaid: Set<string>;
  /** Hosts whose speed was compared. */
  readonly speedCompared: Set<string>;
  readonly looks: Looks;
  /** A label for a name that nobody has ever asked for: letters and digits, random. */
  readonly randomLabel: () => string;
}

export interface TargetResult {
  readonly testKeys: WebConnectivityTestKeys;
  readonly runtimeSeconds: number;
}

/** As much of the document as judging on the way needs. */
function looksLike(input: string, startedAt: number, testKeys: WebConnectivityTestKeys): unknown {
  return {
    software_name: 'kuager',
    test_name: 'web_connectivity',
    input,
    measurement_start_time: utcText(startedAt),
    test_keys: testKeys,
  };
}

/** The path punishes this client: what is measured now would say nothing of the target. */
async function untilLineIsBack({ places, session, slot }: PairRoom): Promise<void> {
  while (places.clientWide && places.punishing && !session.signal.aborted) {
    const held = await slot.yield(() => places.acquire('tls', session.signal));
    if (held === null) return;
    try {
      if (!held.probation) continue;
      const begun = session.recorder.elapsed();
      const patience = places.lookTimeoutMs(held.place);
      const look = await makeStep(session, held.place, innocuousStep(held.place), LINE_TAGS, patience);
      if (look.died === null) places.alive(held.place, session.recorder.elapsed() - begun);
      else places.died(held.place);
    } finally {
      held.release();
    }
  }
}

type Look = { readonly case: Case; readonly verdict: Verdict };

/** All of this measurement ended in silence, and reflectors were given up: more of the same would say nothing new. */
function deadLine(c: Case, places: ReflectorPlaces): boolean {
  const operations = c.observations.filter(
    (o) => o.vantage === 'probe' && (o.kind !== 'dns' || o.path === 'second'),
  );
  const silent = (failure: string | null): boolean =>
    failure === 'generic_timeout_error' || failure === 'interrupted';
  return places.lost && c.controlSource !== 'live' && operations.every((o) => silent(o.failure));
}

/** `controlSaid`: null when the control has nothing more to say. */
async function makePairs(
  target: TargetInput,
  look: () => Look | null,
  controlSaid: () => Promise<void> | null,
  shared: RunShared,
  room: PairRoom,
): Promise<void> {
  const { recorder, signal } = room.session;
  const begun = recorder.elapsed();
  const host = new URL(target.url).hostname;
  const mayName = (): boolean =>
    !target.risky && (shared.namesSaid.has(host) || shared.namesSaid.size < MAX_NAMES_AT_REFLECTORS);
  const world = (): PlanWorld => ({
    places: shared.places.inOrder(),
    mayNameAtReflector: mayName(),
    mayCompareSpeed: shared.speedCompared.has(host) || shared.speedCompared.size < MAX_SPEED_COMPARISONS,
    ...shared.looks.may(host),
    mayContact: shared.tools.mayContact,
    othersMayConfirm: shared.othersMayConfirm,
    hasSecondOpinion: shared.tools.dohUrl !== null,
    made: recorder.testKeys().x_counterfactuals,
    label: shared.randomLabel,
  });
  for (let round = 0; round < MAX_PAIR_ROUNDS && !signal.aborted; round++) {
    const now = look();
    if (now === null || recorder.elapsed() - begun > LAST_PAIR_AFTER_S) return;
    if (deadLine(now.case, shared.places)) return;
    shared.looks.seen(now.case);
    const next = planPairs(now.case, now.verdict, world());
    if (next.length === 0) {
      const waiting = controlSaid();
      if (waiting === null) return;
      await waiting;
      continue;
    }
    for (const pair of next) {
      if (namesAtReflector(pair)) shared.namesSaid.add(pair.suspect);
      if (pair.kind.startsWith('throughput.')) shared.speedCompared.add(host);
      shared.looks.made(pair, host);
    }
    let underWay = next.length;
    const vain = new AbortController();
    const waiting = AbortSignal.any([signal, vain.signal]);
    const reconsider = (): void => {
      // The control's word may be what shows a way past a log-in page.
      const seen = underWay > 0 && controlSaid() === null ? look() : null;
      if (seen !== null && waitsInVain(seen.case, seen.verdict, world())) vain.abort();
    };
    // What goes wrong comes out at the next look; an error that nobody awaits would end the process.
    controlSaid()
      ?.then(reconsider)
      .catch(() => undefined);
    const run = async (pair: PlannedPair): Promise<void> => {
      await runPair(pair, { ...room, waiting });
      underWay--;
      reconsider();
    };
    await Promise.all(next.map(run));
  }
}

/** `startedAt`: milliseconds since 1970, rounded down (see `roundStart`). `slot` is lent to others while this one waits. */
export async function measureTarget(
  target: TargetInput,
  startedAt: number,
  shared: RunShared,
  signal: AbortSignal,
  slot: Slot,
): Promise<TargetResult> {
  const tools = { ...shared.tools, startedAt };
  const { recorder, measure, repeat, controlPending, controlSaid, askAgain } = webConnectivity(
    target.url,
    tools,
  );
  const { places, line, locks, contacts, onPause } = shared;
  let lastPair = 0;
  const nextId = (): string => `p${++lastPair}`;
  const session = { tools, recorder, signal };
  const askControlAgain = (endpoints: readonly Endpoint[]): Promise<boolean> => askAgain(endpoints, signal);
  const shares = { places, line, locks, contacts, onPause, slot };
  const room: PairRoom = { session, ...shares, nextId, askControlAgain, waiting: signal };
  const look = (): Look | null => {
    const judged = judgeCase(looksLike(target.url, startedAt, recorder.testKeys()), shared.judgeContext);
    return 'problems' in judged ? null : judged;
  };
  await line.measure(() => measure(signal));
  for (let attempt = 2; ; attempt++) {
    await makePairs(target, look, () => (controlPending() ? controlSaid() : null), shared, room);
    const now = look();
    const over = now === null || signal.aborted || deadLine(now.case, places);
    const again = over ? null : planAttempt(now.case, now.verdict, attempt);
    if (again === null) break;
    await untilLineIsBack(room);
    await line.measure(() => repeat(again, attempt, signal));
  }
  await controlSaid();
  return { testKeys: recorder.testKeys(), runtimeSeconds: Math.round(recorder.elapsed() * 1000) / 1000 };
}
