/** An alert about an interceptor, made again: its witnesses judged in its context, and joined. */
import { joinSightings } from '../shared/judge/authorities.ts';
import { judgeMeasurement } from '../shared/judge/index.ts';
import { interceptionFacts } from '../shared/judge/sighting.ts';
import type { InterceptionEvent, Sighting } from '../shared/model/index.ts';
import { apartOf, inputsOf } from './detect/alert.ts';
import { cleanBeside } from './detect/interception.ts';
import { differencesOf } from './differences.ts';
import { contextNotes, type Explanation, type ExplainTools } from './explain-tools.ts';
import { documentOf } from './judging.ts';
import type { Alert } from './store/alerts.ts';

/** As the detector joins them. */
const MAX_OF_PSEUDONYM = 100;
const MAX_SIGHTINGS = 20_000;

interface Witnesses {
  readonly sightings: readonly Sighting[];
  readonly problems: readonly string[];
}

function witnessesOf(
  ids: readonly string[],
  context: string,
  { archive, contextOf }: ExplainTools,
): Witnesses {
  const { judge } = contextOf(context);
  const sightings: Sighting[] = [];
  const problems: string[] = [];
  for (const measurementId of ids) {
    const entry = archive.find(measurementId);
    if (entry === null) {
      problems.push(`measurement ${measurementId} is no longer in the archive`);
      continue;
    }
    const document = documentOf(entry);
    const judged = judgeMeasurement(document, judge);
    if ('problems' in judged) {
      problems.push(`measurement ${measurementId} can’t be judged`);
      continue;
    }
    const { sighting } = interceptionFacts({ measurementId, document, late: false }, { ...judged, ...judge });
    if (sighting === null) problems.push(`measurement ${measurementId} met nobody`);
    else sightings.push(sighting);
  }
  return { sightings, problems };
}

/** Everything that speaks of the authority and had been received by then, as it is derived now. */
async function allKnown(key: string, alert: Alert, tools: ExplainTools): Promise<InterceptionEvent | null> {
  const { archive, derived, contextOf } = tools;
  const isEarlier = ({ measurementId }: { readonly measurementId: string }): boolean => {
    const entry = archive.find(measurementId);
    return entry !== null && entry.receivedAt <= alert.at;
  };
  const sightings = (await derived.sightingsOf(key, MAX_OF_PSEUDONYM, MAX_SIGHTINGS)).filter(isEarlier);
  if (sightings.length === 0) return null;
  const clean = (await cleanBeside(derived, sightings)).filter(isEarlier);
  const { networks } = contextOf(inputsOf(alert).context).judge;
  return joinSightings(sightings, clean, networks, apartOf(alert)).find((event) => event.key === key) ?? null;
}

export async function explainInterceptionAlert(alert: Alert, tools: ExplainTools): Promise<Explanation> {
  const { measurements, context, key, decision, reason } = inputsOf(alert);
  const ready = tools.contextOf(context);
  const { sightings, problems } = witnessesOf(measurements, context, tools);
  const from = [`${measurements.length} measurement(s), judged in the context ${context}`];
  const notes = contextNotes(context, ready);
  const joined = joinSightings(sightings, [], ready.judge.networks, apartOf(alert));
  const event = joined.find((each) => each.key === key) ?? null;
  const found = { decision: event?.decision ?? 'none', reason: event?.reason ?? 'none' };
  if (alert.state === 'opened')
    return { from, notes, differences: [...problems, ...differencesOf({ decision, reason }, found)] };
  // Taken back: those alone no longer say it, or others speak against them.
  if (found.decision !== 'interference') return { from, notes, differences: [] };
  const all = await allKnown(key, alert, tools);
  const differences =
    all?.decision === 'interference'
      ? [`announced ${decision} (${reason}), now interference (${all.reason})`]
      : [];
  return {
    from: [...from, 'and all that is derived of this authority, received by then'],
    notes,
    differences,
  };
}
