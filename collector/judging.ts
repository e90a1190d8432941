/** An archived entry → what is derived from it. Pure but for the contexts, which come from the archive. */
import { fromUtf8 } from '../shared/codec/base64.ts';
import { sha256Hex } from '../shared/codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES } from '../shared/codec/dsse.ts';
import { judgeMeasurement } from '../shared/judge/index.ts';
import { interceptionFacts } from '../shared/judge/sighting.ts';
import { voteOf, type VoteFacts } from '../shared/judge/vote.ts';
import type { Measurement, Observation, Verdict, Vote, WitnessDocument } from '../shared/model/index.ts';
import type { ReadyContext } from './archive/context.ts';
import { CollectorError } from './errors.ts';
import { isLate } from './ingest/admit.ts';
import type { EntryInterception } from './store/interception.ts';
import type { ArchivedEntry, DiaryEntry, Listing } from './store/store.ts';
import type { EntryPlaces, OnNetwork } from './store/witnesses.ts';
import { parseStartTime } from '../shared/schema/document.ts';

export interface Derived {
  readonly listing: Listing;
  readonly observations: readonly string[];
  readonly interception: EntryInterception;
  readonly places: EntryPlaces;
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
  witnesses: [],
} as const;

function verdictColumns(
  verdict: Verdict,
): Omit<Pick<Listing, keyof typeof NOT_JUDGED>, 'controlSource' | 'diary' | 'witnesses'> {
  const { outcome, layer, method, cause, evidence } = verdict;
  return { outcome, layer, method, cause, evidence, verdict: JSON.stringify(verdict) };
}

interface Judged {
  readonly columns: Pick<Listing, keyof typeof NOT_JUDGED>;
  readonly target: string | null;
  readonly observations: readonly string[];
  readonly interception: EntryInterception;
  readonly places: Omit<EntryPlaces, 'startTime'>;
  readonly vote: Vote | null;
  readonly failure: string | null;
}

const NOTHING_MET: EntryInterception = { sighting: null, clean: [], chains: [] };
const NOWHERE: Omit<EntryPlaces, 'startTime'> = { reached: null, silent: null, given: [] };

const notJudged = (failure: string): Judged => ({
  columns: NOT_JUDGED,
  target: null,
  observations: [],
  interception: NOTHING_MET,
  places: NOWHERE,
  vote: null,
  failure,
});

interface Facts extends VoteFacts {
  /** Its clock was ahead of its own arrival. */
  readonly ahead: boolean;
}

/** What the archive has beside a measurement. */
interface Archived {
  readonly diary: readonly DiaryEntry[];
  readonly witnesses: (silent: OnNetwork) => Promise<readonly WitnessDocument[]>;
}

interface WithWitnesses {
  readonly judged: ReturnType<typeof judgeMeasurement>;
  /** Ids of all that were looked up, sorted. */
  readonly given: readonly string[];
}

/** First without witnesses: most measurements need none, and only those that do are looked up. */
async function withWitnesses(
  facts: Facts,
  context: ReadyContext,
  archived: Archived,
): Promise<WithWitnesses> {
  const diary = archived.diary.map(({ signed }) => signed);
  const alone = judgeMeasurement(facts.document, context.judge, { diary });
  if ('problems' in alone || alone.silent === null) return { judged: alone, given: [] };
  const witnesses = await archived.witnesses(alone.silent);
  const judged =
    witnesses.length === 0 ? alone : judgeMeasurement(facts.document, context.judge, { diary, witnesses });
  return { judged, given: witnesses.map((w) => w.measurementId).sort() };
}

async function judge(facts: Facts, context: ReadyContext, archived: Archived): Promise<Judged> {
  try {
    const { judged, given } = await withWitnesses(facts, context, archived);
    if ('problems' in judged)
      return notJudged(judged.problems.map((problem) => `${problem.path} ${problem.message}`).join('; '));
    const { verdict, controlSource, observations, witnesses } = judged;
    const { diary } = archived;
    const used = judged.diary.flatMap(({ sig }) => diary.find((e) => e.signed.sig === sig)?.id ?? []);
    return {
      columns: {
        ...verdictColumns(verdict),
        controlSource,
        diary: used,
        witnesses: [...new Set(witnesses.map((w) => w.measurementId))].sort(),
      },
      target: verdict.target,
      observations: [...observations, ...witnesses.map((w) => w.handshake)].map(observationJson),
      interception: interceptionFacts(facts, { verdict, observations, ...context.judge }),
      // Started after it was handed in: nobody knows when it really was.
      places: facts.ahead ? NOWHERE : { reached: judged.reached, silent: judged.silent, given },
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

/** From the archive, for one measurement. */
export interface LookUp {
  diary(document: Measurement): readonly DiaryEntry[];
  witnesses(document: Measurement, silent: OnNetwork): Promise<readonly WitnessDocument[]>;
}

/** The same entry, context, diary and witnesses always give the same bytes. Throws DATA_DAMAGED. */
export async function deriveEntry(
  entry: ArchivedEntry,
  context: ReadyContext,
  lookUp: LookUp,
): Promise<Derived> {
  const document = documentOf(entry);
  const { measurementId, receivedAt } = entry;
  const late = isLate(document.measurement_start_time, receivedAt);
  const startedAt = parseStartTime(document.measurement_start_time);
  const ahead = startedAt === null || startedAt > Date.parse(receivedAt);
  const judged = await judge({ measurementId, document, late, receivedAt, ahead }, context, {
    diary: lookUp.diary(document),
    witnesses: (silent) => (ahead ? Promise.resolve([]) : lookUp.witnesses(document, silent)),
  });
  const { columns, target, observations, interception, vote, failure } = judged;
  const places = { ...judged.places, startTime: document.measurement_start_time };
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
  return { listing, observations, interception, places, vote, failure };
}
