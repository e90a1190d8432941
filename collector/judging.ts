/** An archived entry → what is derived from it. Pure but for the contexts, which come from the archive. */
import { fromUtf8 } from '../shared/codec/base64.ts';
import { sha256Hex } from '../shared/codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES } from '../shared/codec/dsse.ts';
import { judgeMeasurement } from '../shared/judge/index.ts';
import { interceptionFacts } from '../shared/judge/sighting.ts';
import { voteOf, type VoteFacts } from '../shared/judge/vote.ts';
import type { Measurement, Observation, Verdict, Vote } from '../shared/model/index.ts';
import type { ReadyContext } from './archive/context.ts';
import { CollectorError } from './errors.ts';
import { isLate } from './ingest/admit.ts';
import type { EntryInterception } from './store/interception.ts';
import type { ArchivedEntry, DiaryEntry, Listing } from './store/store.ts';

export interface Derived {
  readonly listing: Listing;
  readonly observations: readonly string[];
  readonly interception: EntryInterception;
  readonly vote: Vote | null;
  /** Why judging failed; null when it did not. */
  readonly failure: string | null;
}

/** The exact bytes that the probe signed. Throws DATA_DAMAGED when the archived envelope can't be read. */
export function payloadOf(entry: ArchivedEntry): Uint8Array {
  const decoded = decodeEnvelope(entry.envelope, PAYLOAD_TYPES.measurement);
  if ('error' in decoded || sha256Hex(decoded.ok.payload) !== entry.measurementId)
    throw new CollectorError('DATA_DAMAGED', `the archived measurement ${entry.measurementId} can't be read`);
  return decoded.ok.payload;
}

/** Certificates are in the archive already; here each is named by its hash. */
function observationJson(observation: Observation): string {
  return JSON.stringify(observation, (_key, value: unknown) =>
    value instanceof Uint8Array ? sha256Hex(value) : value,
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : '';
}

const NOT_JUDGED = {
  outcome: null,
  layer: null,
  method: null,
  cause: null,
  evidence: null,
  verdict: null,
  controlSource: null,
  diary: [],
} as const;

function verdictColumns(
  verdict: Verdict,
): Omit<Pick<Listing, keyof typeof NOT_JUDGED>, 'controlSource' | 'diary'> {
  const { outcome, layer, method, cause, evidence } = verdict;
  return { outcome, layer, method, cause, evidence, verdict: JSON.stringify(verdict) };
}

interface Judged {
  readonly columns: Pick<Listing, keyof typeof NOT_JUDGED>;
  readonly target: string | null;
  readonly observations: readonly string[];
  readonly interception: EntryInterception;
  readonly vote: Vote | null;
  readonly failure: string | null;
}

const NOTHING_MET: EntryInterception = { sighting: null, clean: [], chains: [] };

const notJudged = (failure: string): Judged => ({
  columns: NOT_JUDGED,
  target: null,
  observations: [],
  interception: NOTHING_MET,
  vote: null,
  failure,
});

function judge(facts: VoteFacts, context: ReadyContext, diary: readonly DiaryEntry[]): Judged {
  const { document } = facts;
  try {
    const judged = judgeMeasurement(
      document,
      context.judge,
      diary.map(({ signed }) => signed),
    );
    if ('problems' in judged)
      return notJudged(judged.problems.map((problem) => `${problem.path} ${problem.message}`).join('; '));
    const { verdict, controlSource, observations } = judged;
    const used = judged.diary.flatMap(({ sig }) => diary.find((e) => e.signed.sig === sig)?.id ?? []);
    return {
      columns: { ...verdictColumns(verdict), controlSource, diary: used },
      target: verdict.target,
      observations: observations.map(observationJson),
      interception: interceptionFacts(facts, { verdict, observations, ...context.judge }),
      vote: voteOf(facts, verdict, context.judge),
      failure: null,
    };
  } catch (error) {
    // A fault in a rule must not cost the measurement, which is archived and can be judged again.
    return notJudged(error instanceof Error ? error.message : String(error));
  }
}

/** The archived document. Throws DATA_DAMAGED. */
export function documentOf(entry: ArchivedEntry): Measurement {
  // Admitted once, so the schema held when it came.
  return JSON.parse(fromUtf8(payloadOf(entry)) ?? '') as Measurement;
}

/** The same entry, context and diary always give the same bytes. Throws DATA_DAMAGED. */
export function deriveEntry(
  entry: ArchivedEntry,
  context: ReadyContext,
  diaryFor: (document: Measurement) => readonly DiaryEntry[],
): Derived {
  const document = documentOf(entry);
  const { measurementId, receivedAt } = entry;
  const late = isLate(document.measurement_start_time, receivedAt);
  const judged = judge({ measurementId, document, late, receivedAt }, context, diaryFor(document));
  const { columns, target, observations, interception, vote, failure } = judged;
  const input = document.input;
  const listing: Listing = {
    index: entry.index,
    measurementId,
    receivedAt,
    startTime: document.measurement_start_time,
    late,
    input,
    target: target ?? input ?? '',
    domain: hostOf(input ?? ''),
    reportId: document.report_id,
    testName: document.test_name,
    probeCc: document.probe_cc,
    probeAsn: document.probe_asn,
    networkName: document.probe_network_name,
    context: context.id,
    status: columns.verdict === null ? 'judge_failed' : 'judged',
    ...columns,
  };
  return { listing, observations, interception, vote, failure };
}
