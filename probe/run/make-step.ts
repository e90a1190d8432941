/** Makes one step of a pair over a connection of its own (a new source port) and says how it ended. */
import { endingOf, isReflectorAnswer, type Ending } from '../../shared/rules/index.ts';
import {
  ask,
  connect,
  fetchOver,
  handshake,
  type FetchWishes,
  type Session,
} from '../experiments/operations.ts';
import type { PlannedPair, PlannedStep } from '../plan/pairs.ts';

const ALPN = ['h2', 'http/1.1'] as const;
/** Bytes of a download that are kept: its length and time are what counts. */
const NOTHING_KEPT: FetchWishes = { bodyCap: 0 };

export interface MadeStep {
  readonly transaction: number;
  /** Coarse: two steps differ when these differ. */
  readonly ending: string;
  /** How the exchange died; null when something answered, if only with an alert or a foreign page. */
  readonly died: Exclude<Ending, 'alert'> | null;
}

function made(transaction: number, failure: string | null, answer = 'ok'): MadeStep {
  const ending = endingOf(failure);
  return { transaction, ending: failure ?? answer, died: ending === 'alert' ? null : ending };
}

const authority = (scheme: 'http' | 'https', host: string, port: number): string =>
  port === (scheme === 'http' ? 80 : 443) ? host : `${host}:${port}`;

/** `timeoutMs`: of each part of it, instead of the drivers' own; for looks, never for a step that proves. */
export async function makeStep(
  session: Session,
  pair: Pick<PlannedPair, 'reflector'>,
  step: PlannedStep,
  tags: readonly string[],
  timeoutMs?: number,
): Promise<MadeStep> {
  switch (step.protocol) {
    case 'dns': {
      const { transaction, failure } = await ask(session, step, tags);
      return made(transaction, failure);
    }
    case 'tcp': {
      const { usable, transaction, failure } = await connect(session, step.endpoint, tags, timeoutMs);
      usable?.connection.close();
      return made(transaction, failure);
    }
    case 'tls': {
      const { name: serverName, validFor, split } = step;
      const wishes = { serverName, alpn: step.alpn ?? ALPN, validFor, split, timeoutMs };
      const { usable, transaction, failure } = await handshake(session, step.endpoint, wishes, tags);
      usable?.connection.close();
      return made(transaction, failure);
    }
    case 'http': {
      const { usable, transaction, failure } = await connect(session, step.endpoint, tags, timeoutMs);
      if (usable === null) return made(transaction, failure);
      const url = `http://${authority('http', step.name, step.endpoint.port)}${step.path}`;
      const wishes = { splitHost: step.split, timeoutMs, ...(step.download ? NOTHING_KEPT : {}) };
      const result = await fetchOver(session, usable, url, undefined, wishes);
      const status = result.response?.status ?? null;
      const headers = (result.response?.headers ?? []).map(([n, v]) => [n.toLowerCase(), v] as const);
      const genuine = isReflectorAnswer({ status, headers }, pair.reflector?.name);
      return made(transaction, result.failure, genuine ? 'ok' : `answer ${status ?? 0}`);
    }
    case 'https': {
      const wishes = { serverName: step.name, alpn: ALPN, validFor: step.validFor };
      const { usable, transaction, failure } = await handshake(session, step.endpoint, wishes, tags);
      if (usable === null) return made(transaction, failure);
      const url = `https://${authority('https', step.host, step.endpoint.port)}${step.path}`;
      const result = await fetchOver(session, usable, url, undefined, step.download ? NOTHING_KEPT : {});
      return made(transaction, result.failure ?? result.response?.bodyFailure ?? null);
    }
  }
}

/** One innocuous exchange at a reflector: is anything answered there? */
export function innocuousStep({
  reflector,
  endpoint,
  service,
}: NonNullable<PlannedPair['place']>): PlannedStep {
  const { name } = reflector;
  return service === 'http'
    ? { protocol: 'http', name, endpoint, path: '/', split: false, download: false }
    : { protocol: 'tls', name, endpoint, validFor: name, split: false };
}
