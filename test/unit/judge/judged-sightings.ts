/** Documents of one handshake and more, judged and read for sightings as the collector does. */
import { judgeMeasurement } from '../../../shared/judge/index.ts';
import { interceptionFacts, type InterceptionFacts } from '../../../shared/judge/sighting.ts';
import type { Measurement } from '../../../shared/model/index.ts';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import { GOLDEN_CONTEXT } from '../../golden/context.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, names } from '../../golden/scenes.ts';

export const UNTRUSTED = 'ssl_unknown_authority';
export const ID = 'ab'.repeat(32);

/** Judged as the collector does; `change`: the document, `alter`: the verdict's part on the interception. */
export function factsOf(
  d: Draft,
  change: Partial<Measurement> = {},
  alter: object = {},
  context = GOLDEN_CONTEXT,
): InterceptionFacts {
  const document = { ...d.document(), x_key: 'key', ...change } as unknown as Measurement;
  const judged = judgeMeasurement(document, context);
  if ('problems' in judged) throw new Error(JSON.stringify(judged.problems));
  const { interception } = judged.verdict;
  const verdict = {
    ...judged.verdict,
    interception: interception === null ? null : { ...interception, ...alter },
  };
  return interceptionFacts({ measurementId: ID, document, late: false }, { ...judged, verdict, ...context });
}

export function shown(says: TlsSays, then: (d: Draft) => void = () => undefined): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(says);
  then(d);
  d.control(CONTROL_GETS_ALL);
  return d;
}
