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
import type { Refusing } from './ingest/signed.ts';
import { createInflate } from './ingest/inflate.ts';
import { openBody } from './ingest/open-body.ts';
import type { ControlResponse, SignedControlReply } from '../shared/model/index.ts';
import { toDiaryEntry } from './diary/entry.ts';
import { DIARY_REACH_MS, diaryAround } from './diary-around.ts';
import { createBlockingDetector } from './detect/blocking-events.ts';
import { createInterceptionDetector } from './detect/interception.ts';
import { createJoining } from './joining.ts';
import { deriveEntry } from './judging.ts';
import { createTurns } from './turns.ts';
import { createWitnesses } from './witnesses.ts';
import type { ArchivedEntry, ArchiveStore, DerivedStore, DiaryEntry } from './store/store.ts';
import type { Receipt, Refused } from './web/port.ts';
import { receiveNote, type TakeNote } from './notes.ts';
import { publishedTime } from './published-time.ts';

/** Entries read from the archive at a time while catching up. */
const BATCH_ENTRIES = 64;

export interface PipelineOptions {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  readonly keys: CollectorKeys;
  readonly nowMs: () => number;
  /** `n` random bytes. */
  readonly random: (n: number) => Uint8Array;
  /** Heartbeats and journals; absent: none are taken. */
  readonly takeNote?: TakeNote;
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

  const diaryFor = diaryAround(archive);

  const derive = (entry: ArchivedEntry, contextId: string): Promise<void> =>
    deriving(async () => {
      const context = contextOf(contextId);
      const { listing, observations, failure, ...beside } = await deriveEntry(entry, context, {
        diary: (document) => diaryFor(document, entry.receivedAt),
        witnesses: (document, silent) => witnesses.lookUp(document, silent, context.judge.networks),
      });
      if (failure !== null) options.onFault(new Error(failure), `judging ${entry.measurementId}`);
      await derived.put(listing, observations, beside);
    });

  const networksOf = (id: string): JudgeContext['networks'] => contextOf(id).judge.networks;
  const witnesses = createWitnesses({ archive, derived, derive, networksOf });

  const known = {
    archive,
    derived,
    now,
    monotonicMs: () => performance.now(),
    context() {
      const id = archive.currentContext();
      if (id === null) throw new Error('no judge context is in force');
      return { id, networks: contextOf(id).judge.networks };
    },
  };
  const joining = createJoining({
    witnesses,
    interception: createInterceptionDetector(known),
    blocking: createBlockingDetector(known),
    deriving,
    onFault: options.onFault,
  });

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
        await joining.some();
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
        // Of an earlier version's verdict votes or places are missing: it is not judged with other files for that.
        const before = await derived.listing(entry.measurementId);
        await derive(entry, before?.context ?? contextOfEntry(entry));
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
      let admission: Admission | Refusing = admit(envelope, nowMs());
      if ('refusal' in admission && admission.refusal.code === 'envelope-invalid') {
        const travel = { sealed: how.sealed, privatePart: privatePart !== null, replyKey: replyKey !== null };
        const note = receiveNote(envelope, travel, nowMs(), {
          seed: keys.collector.seed,
          take: options.takeNote,
        });
        if (note !== null && 'ok' in note) return answer(note.ok, replyKey);
        if (note !== null) admission = note;
      }
      if ('ok' in admission && privatePart !== null) admission = admitPrivatePart(admission.ok, privatePart);
      if ('ok' in admission) return answer(await archiveAdmitted(admission.ok), replyKey);
      const { code, detail, problems } = admission.refusal;
      return { problem: code, details: { detail, ...(problems === undefined ? {} : { problems }) } };
    },
    async recordDiary({ reply, signed }) {
      archive.appendDiary(toDiaryEntry(reply, signed, now()));
      try {
        await applying(() => applyDiary());
        await joining.some();
      } catch (error) {
        // It is archived; the next entry, or the next start, goes on where this ended.
        options.onFault(error, 'judging again with the diary');
      }
    },
    async forgetRegions() {
      await derived.makeRegionalDue();
      await joining.some();
    },
    async close() {
      await joining.stop();
      // What runs now still needs the databases.
      await deriving(async () => undefined);
    },
    async catchUp(signal) {
      const fromNothing = (await derived.count({})) === 0;
      if (fromNothing) await skipDiary();
      const done = await deriveAll((entry) => entry.context, signal);
      await applying(() => applyDiary(signal));
      if (archive.currentContext() !== null) await joining.start({ fromNothing, signal });
      return done;
    },
    async rebuild({ latest, signal }) {
      const newest = archive.currentContext();
      await derived.reset();
      await skipDiary();
      const done = await deriveAll((entry) => (latest && newest !== null ? newest : entry.context), signal);
      // Half of what is derived would take alerts back that all of it upholds.
      if (newest !== null && signal?.aborted !== true) await joining.all(signal);
      return done;
    },
  };
}
