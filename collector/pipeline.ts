/**
 * ingest → archive → observe and judge → publish: the one file that sees all stages. Everything right of the archive is
 * computed from it, at once when a measurement comes, at the next start when a crash came between, and wholly by `rebuild`.
 */
import { createContexts, enforceContext } from './archive/context.ts';
import type { CollectorKeys } from './archive/keys.ts';
import { createLog, isoSeconds } from './archive/log.ts';
import type { Log } from './archive/log.ts';
import { decodeEnvelope, PAYLOAD_TYPES } from '../shared/codec/dsse.ts';
import { REPLY_NONCE_BYTES, sealReply } from '../shared/codec/sealed-reply.ts';
import { hpkeKeyId } from '../shared/codec/sealed.ts';
import type { JudgeContext } from '../shared/judge/index.ts';
import { CollectorError } from './errors.ts';
import { admit, admitPrivatePart } from './ingest/admit.ts';
import type { Admission, Admitted } from './ingest/admit.ts';
import { createInflate } from './ingest/inflate.ts';
import { openBody } from './ingest/open-body.ts';
import type { ControlResponse, Measurement, SignedControlReply } from '../shared/model/index.ts';
import { parseStartTime } from '../shared/schema/document.ts';
import { toDiaryEntry } from './diary/entry.ts';
import { diaryUrl } from './diary/list.ts';
import { createInterceptionDetector } from './detect/interception.ts';
import { deriveEntry } from './judging.ts';
import { createWitnesses } from './witnesses.ts';
import type { ArchivedEntry, ArchiveStore, DerivedStore, DiaryEntry } from './store/store.ts';
import type { Receipt, Refused } from './web/port.ts';
import { publishedTime } from './published-time.ts';

/** Entries read from the archive at a time while catching up. */
const BATCH_ENTRIES = 64;
/** How far an entry of the control's diary can be from a start that it helps to judge. Milliseconds. */
const DIARY_REACH_MS = 2 * 3600 * 1000;
/** What joining may take of an upload's time; the rest is done in pieces of it, with pauses. Milliseconds. */
const JOIN_MS = 50;
const JOIN_PAUSE_MS = 250;
/** Measurements judged again at once for one that came; the rest with pauses. */
const MAX_JUDGED_AGAIN = 4;

export interface PipelineOptions {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  readonly keys: CollectorKeys;
  readonly nowMs: () => number;
  /** `n` random bytes. */
  readonly random: (n: number) => Uint8Array;
  /** A measurement is archived, but what follows from it is not; it will be at the next start. */
  readonly onFault: (error: unknown, what: string) => void;
}

export interface Pipeline {
  readonly log: Log;
  /** Judges what comes from now on with this context. Must be called before the first `submit`. */
  enforce(context: JudgeContext): void;
  submit(
    body: Uint8Array,
    options: { readonly sealed: boolean; readonly gzip: boolean },
  ): Promise<Receipt | Refused>;
  /** Archives an entry of the control's diary and judges again what waited for it. */
  recordDiary(entry: { readonly reply: ControlResponse; readonly signed: SignedControlReply }): Promise<void>;
  /** Private parts were erased: what rests on regions is joined again without them. */
  forgetRegions(): Promise<void>;
  /** Waits for what is being derived; nothing more is joined by itself. */
  close(): Promise<void>;
  /** Derives whatever is missing; how many. */
  catchUp(signal?: AbortSignal): Promise<number>;
  /** Throws away what is derived and derives it again, each entry in the context of its arrival, or all in the newest. */
  rebuild(options: { readonly latest: boolean; readonly signal?: AbortSignal }): Promise<number>;
}

/** One piece of work after the other, whatever became of those before. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Throws DATA_DAMAGED or KEYS_DAMAGED when the archive contradicts its own checkpoints. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { archive, derived, keys, nowMs } = options;
  const log = createLog(options);
  const now = (): string => isoSeconds(nowMs());
  const contextOf = createContexts(archive, now);
  const tools = {
    inflate: createInflate(),
    hpkeKeys: new Map([[hpkeKeyId(keys.hpke.publicKey), keys.hpke.privateKey]]),
  };

  // One derivation at a time: an entry of the diary that comes between judging and storing would have no influence.
  const deriving = createTurns();
  const applying = createTurns();

  /** All entries that could bracket this start, whether they do is for the judge. Only the archive decides. */
  const diaryFor = (document: Measurement, receivedAt: string): readonly DiaryEntry[] => {
    const url = diaryUrl(document.input ?? '');
    const startedAt = parseStartTime(document.measurement_start_time);
    // Started after it was handed in: nobody knows when it really was.
    if (url === null || startedAt === null || startedAt > Date.parse(receivedAt)) return [];
    const at = (ms: number): string => new Date(startedAt + ms).toISOString();
    return archive.diaryOf(url.href, at(-DIARY_REACH_MS), at(DIARY_REACH_MS));
  };

  const derive = (entry: ArchivedEntry, contextId: string): Promise<void> =>
    deriving(async () => {
      const context = contextOf(contextId);
      const { listing, observations, interception, places, failure } = await deriveEntry(entry, context, {
        diary: (document) => diaryFor(document, entry.receivedAt),
        witnesses: (document, silent) => witnesses.lookUp(document, silent, context.judge.networks),
      });
      if (failure !== null) options.onFault(new Error(failure), `judging ${entry.measurementId}`);
      await derived.put(listing, observations, interception, places);
    });

  const networksOf = (id: string): JudgeContext['networks'] => contextOf(id).judge.networks;
  const witnesses = createWitnesses({ archive, derived, derive, networksOf });
  const judgingAgain = createTurns();
  const judgeAllAgain = async (signal?: AbortSignal): Promise<void> => {
    while (signal?.aborted !== true && !(await judgingAgain(() => witnesses.judgeAgain(MAX_JUDGED_AGAIN))))
      // Requests are served in between.
      await new Promise(setImmediate);
  };

  const detector = createInterceptionDetector({
    archive,
    derived,
    now,
    monotonicMs: () => performance.now(),
    context() {
      const id = archive.currentContext();
      if (id === null) throw new Error('no judge context is in force');
      return { id, networks: contextOf(id).judge.networks };
    },
  });

  let stopped = false;
  let joiningLater: NodeJS.Timeout | null = null;
  /** A little at once, so that what was just handed in shows; a flood of authorities is worked off beside other work. */
  const joinSome = async (): Promise<void> => {
    try {
      const judged = await judgingAgain(() => witnesses.judgeAgain(MAX_JUDGED_AGAIN));
      const joined = await deriving(() => detector.run(JOIN_MS));
      if ((judged && joined) || stopped || joiningLater !== null) return;
      joiningLater = setTimeout(() => {
        joiningLater = null;
        void joinSome();
      }, JOIN_PAUSE_MS).unref();
    } catch (error) {
      // Still due: the next upload, or the next start, joins it.
      options.onFault(error, 'joining what was seen');
    }
  };

  /** Judges again what an entry of the diary can have an influence on: the same host, no live control, near in time. */
  const applyEntry = async ({ host, madeAt }: DiaryEntry): Promise<void> => {
    const at = (ms: number): string =>
      new Date(Date.parse(madeAt) + ms).toISOString().slice(0, 19).replace('T', ' ');
    const indexes = await deriving(() =>
      derived.withoutLiveControl(host, at(-DIARY_REACH_MS), at(DIARY_REACH_MS)),
    );
    for (const index of indexes) {
      const [entry] = archive.entriesFrom(index, 1);
      const listing = entry === undefined ? null : await derived.listing(entry.measurementId);
      if (entry === undefined || listing === null) continue;
      await derive(entry, listing.context);
      // Requests are served in between.
      await new Promise(setImmediate);
    }
  };

  /** From where it was left, so that nothing is passed over after a crash or a fault. */
  const applyDiary = async (signal?: AbortSignal): Promise<void> => {
    for (;;) {
      const entries = archive.diaryAfter(await derived.diaryCursor(), BATCH_ENTRIES);
      if (entries.length === 0) return;
      for (const entry of entries) {
        if (signal?.aborted === true) return;
        await applyEntry(entry);
        await derived.setDiaryCursor(entry.id);
      }
    }
  };

  /** What is derived from now on is derived with the whole diary. */
  const skipDiary = (): Promise<void> => derived.setDiaryCursor(archive.diarySize());

  const archiveAdmitted = async (admitted: Admitted): Promise<Receipt> => {
    const context = archive.currentContext();
    if (context === null) throw new Error('no judge context is in force');
    const decoded = decodeEnvelope(admitted.envelope, PAYLOAD_TYPES.measurement);
    if ('error' in decoded) throw new Error('an admitted envelope can be decoded');
    const { measurementId, envelope, privatePart } = admitted;
    const { payload } = decoded.ok;
    const { entry, existed } = log.append({ measurementId, payload, envelope, privatePart, context });
    if (!existed) {
      try {
        await derive(entry, entry.context);
        await joinSome();
      } catch (error) {
        // The bytes are safe, and that is what a receipt says.
        options.onFault(error, `deriving ${measurementId}`);
      }
    }
    return { measurementId, receivedAt: publishedTime(entry.receivedAt), receipt: entry.receipt };
  };

  /** Sealed where the submission says with which key. */
  const answer = (receipt: Receipt, key: Uint8Array | null): Receipt =>
    key === null
      ? receipt
      : {
          ...receipt,
          sealed: sealReply({ key, nonce: options.random(REPLY_NONCE_BYTES), text: receipt.receipt }),
        };

  const deriveAll = async (
    contextOfEntry: (entry: ArchivedEntry) => string,
    signal?: AbortSignal,
  ): Promise<number> => {
    let done = 0;
    for (;;) {
      const missing = await derived.missing(archive.size(), BATCH_ENTRIES);
      if (missing.length === 0) return done;
      for (const index of missing) {
        if (signal?.aborted === true) return done;
        const entry = archive.entriesFrom(index, 1)[0];
        if (entry?.index !== index)
          throw new CollectorError('DATA_DAMAGED', `archive.db lacks the entry ${index}`);
        await derive(entry, contextOfEntry(entry));
        done += 1;
      }
      // Requests are served in between.
      await new Promise(setImmediate);
    }
  };

  return {
    log,
    enforce(context) {
      enforceContext(archive, context, now());
    },
    async submit(body, how) {
      const opened = await openBody(body, how, tools);
      if ('error' in opened)
        return {
          problem: opened.error,
          ...(opened.detail === undefined ? {} : { details: { detail: opened.detail } }),
        };
      const { envelope, privatePart, replyKey } = opened.ok;
      let admission: Admission = admit(envelope, nowMs());
      if ('ok' in admission && privatePart !== null) admission = admitPrivatePart(admission.ok, privatePart);
      if ('ok' in admission) return answer(await archiveAdmitted(admission.ok), replyKey);
      const { code, detail, problems } = admission.refusal;
      return { problem: code, details: { detail, ...(problems === undefined ? {} : { problems }) } };
    },
    async recordDiary({ reply, signed }) {
      archive.appendDiary(toDiaryEntry(reply, signed, now()));
      try {
        await applying(() => applyDiary());
        await joinSome();
      } catch (error) {
        // It is archived; the next entry, or the next start, goes on where this ended.
        options.onFault(error, 'judging again with the diary');
      }
    },
    async forgetRegions() {
      await derived.makeRegionalDue();
      await joinSome();
    },
    async close() {
      stopped = true;
      if (joiningLater !== null) clearTimeout(joiningLater);
      // What runs now still needs the databases.
      await deriving(async () => undefined);
    },
    async catchUp(signal) {
      if ((await derived.count({})) === 0) await skipDiary();
      const done = await deriveAll((entry) => entry.context, signal);
      await applying(() => applyDiary(signal));
      await judgeAllAgain(signal);
      if (archive.currentContext() !== null) await deriving(() => detector.settle(signal));
      return done;
    },
    async rebuild({ latest, signal }) {
      const newest = archive.currentContext();
      await derived.reset();
      await skipDiary();
      const done = await deriveAll((entry) => (latest && newest !== null ? newest : entry.context), signal);
      await judgeAllAgain(signal);
      // Half of what is derived would take alerts back that all of it upholds.
      if (newest !== null && signal?.aborted !== true) await deriving(() => detector.settle());
      return done;
    },
  };
}
