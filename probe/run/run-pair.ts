/**
 * Makes one planned pair: control, suspicion, control, each over a new connection (a new source port), and records
 * it. At most one suspicious name is in flight per reflector endpoint, or two targets would spoil each other's pair.
 */
import type { CounterfactualRecord } from '../../shared/model/index.ts';
import { isReflectorAnswer } from '../../shared/rules/index.ts';
import { connect, endpointText, fetchOver, handshake, type Session } from '../experiments/operations.ts';
import type { PlannedPair } from '../plan/pairs.ts';
import type { EndpointLocks } from './endpoint-locks.ts';

/** Endings of a connection that was never made. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'generic_timeout_error',
  'connection_refused',
  'host_unreachable',
  'network_unreachable',
]);

interface Step {
  readonly transaction: number;
  /** Coarse: how it ended. Two steps differ when these differ. */
  readonly ending: string;
}

async function tlsStep(
  session: Session,
  pair: PlannedPair,
  name: string,
  tags: readonly string[],
): Promise<Step> {
  const validFor = pair.reflector?.name ?? name;
  const split = pair.kind === 'tls.split_client_hello';
  const wishes = { serverName: name, alpn: ['h2', 'http/1.1'], validFor, split };
  const outcome = await handshake(session, pair.endpoint, wishes, tags);
  outcome.usable?.connection.close();
  return { transaction: outcome.transaction, ending: outcome.failure ?? 'ok' };
}

async function httpStep(
  session: Session,
  pair: PlannedPair,
  name: string,
  tags: readonly string[],
): Promise<Step> {
  const { usable, failure, transaction } = await connect(session, pair.endpoint, tags);
  if (usable === null) return { transaction, ending: failure ?? 'ok' };
  const port = pair.endpoint.port === 80 ? '' : `:${pair.endpoint.port}`;
  const result = await fetchOver(session, usable, `http://${name}${port}${pair.path}`);
  const status = result.response?.status ?? null;
  const headers = (result.response?.headers ?? []).map(([n, v]) => [n.toLowerCase(), v] as const);
  const genuine = isReflectorAnswer({ status, headers }, pair.reflector?.name);
  return { transaction, ending: result.failure ?? (genuine ? 'ok' : `answer ${status ?? 0}`) };
}

function outcomeOf(steps: readonly Step[]): CounterfactualRecord['outcome'] {
  const [before, suspect, after] = steps;
  if (before === undefined || suspect === undefined || after === undefined) return 'inconclusive';
  if (before.ending !== after.ending) return 'inconclusive';
  return before.ending === suspect.ending ? 'same' : 'differs';
}

/** `index` makes the pair's id unique within its measurement. */
export async function runPair(
  session: Session,
  pair: PlannedPair,
  index: number,
  locks: EndpointLocks,
): Promise<void> {
  const id = `p${index}`;
  const { recorder, signal } = session;
  // The hop's depth would mix these operations with the target's own.
  const tags = [`x:cf:${id}`];
  const step = pair.protocol === 'tls' ? tlsStep : httpStep;
  const names = pair.single ? [pair.suspect] : [pair.innocuous, pair.suspect, pair.innocuous];
  const steps: Step[] = [];
  const release = await locks.acquire(endpointText(pair.endpoint), signal);
  const distance = pair.suspectedAt === null ? 0 : recorder.elapsed() - pair.suspectedAt;
  try {
    for (const name of names) {
      if (signal.aborted) break;
      const made = await step(session, pair, name, tags);
      steps.push(made);
      // Without the first control there is nothing to compare with: no need to say the suspicious name.
      if (!pair.single && steps.length === 1 && UNREACHABLE.has(made.ending)) break;
    }
  } finally {
    release();
  }
  if (pair.reflector !== null) {
    const { name, addresses, spkiSha256 } = pair.reflector;
    recorder.reflector({ name, addresses, spki_sha256: spkiSha256 });
  }
  recorder.pair({
    id,
    kind: pair.kind,
    suspicion: pair.suspicion,
    where: pair.where,
    ...(pair.reflector === null ? {} : { reflector: pair.reflector.name }),
    innocuous: pair.innocuous,
    suspect: pair.suspect,
    steps: steps.map((s) => s.transaction),
    distance_s: Math.round(distance * 1000) / 1000,
    outcome: outcomeOf(steps),
  });
}
