/** Query strings, parsed by hand: nothing is coerced, and every bad parameter is reported, not the first. */
import { EVENT_DECISIONS, METHODS, OUTCOMES, SILENCE_STATES } from '../../shared/model/index.ts';
import { ALERT_KINDS, ALERT_STATES } from '../store/alerts.ts';
import { ORDER_COLUMNS } from '../store/store.ts';
import { LANGS } from './port.ts';
import { ProblemError } from './problems.ts';

const MAX_TEXT_CHARS = 2048;
const MAX_PAGE_ROWS = 1000;
const MAX_OFFSET = 1_000_000;

export type Parsed<T> = { readonly ok: T } | { readonly message: string };
export type Parser<T> = (text: string) => Parsed<T>;

const oneOf =
  <T extends string>(values: readonly T[]): Parser<T> =>
  (text) =>
    values.includes(text as T) ? { ok: text as T } : { message: `must be one of ${values.join(', ')}` };

const matching =
  (pattern: RegExp, shape: string, change: (text: string) => string = (t) => t): Parser<string> =>
  (text) =>
    pattern.test(change(text)) ? { ok: change(text) } : { message: `must be ${shape}` };

const whole =
  (min: number, max: number): Parser<number> =>
  (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? { ok: Number(text) }
      : { message: `must be a whole number from ${min} to ${max}` };

/** A date, or date and time (UTC) with `T` or a space → `YYYY-MM-DD HH:MM:SS`. */
function time(text: string): Parsed<string> {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})Z?)?$/.exec(text);
  const iso = `${match?.[1] ?? ''}T${match?.[2] ?? '00:00:00'}`;
  const ms = match === null ? Number.NaN : Date.parse(`${iso}Z`);
  const valid = !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === iso;
  return valid
    ? { ok: iso.replace('T', ' ') }
    : { message: 'must be YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, in UTC' };
}

function flag(text: string): Parsed<boolean> {
  if (text === 'true' || text === '1') return { ok: true };
  return text === 'false' || text === '0' ? { ok: false } : { message: 'must be true or false' };
}

export const parsers = {
  text: (text: string): Parsed<string> =>
    text !== '' && text.length <= MAX_TEXT_CHARS
      ? { ok: text }
      : { message: `must have 1 to ${MAX_TEXT_CHARS} characters` },
  domain: matching(/^[^\s/:@]{1,253}$/, 'a host name', (text) => text.toLowerCase()),
  country: matching(/^[A-Z]{2}$/, 'two letters', (text) => text.toUpperCase()),
  asn: matching(/^AS\d{1,10}$/, 'AS and a number', (text) =>
    /^\d/.test(text) ? `AS${text}` : text.toUpperCase(),
  ),
  id: matching(/^[0-9a-f]{64}$/, '64 hex digits'),
  outcome: oneOf(OUTCOMES),
  method: oneOf(METHODS),
  decision: oneOf(EVENT_DECISIONS),
  lang: oneOf(LANGS),
  blockingState: oneOf(['open', 'restored'] as const),
  blockingBasis: oneOf(['interfered', 'suspected'] as const),
  silenceState: oneOf(SILENCE_STATES),
  alertKind: oneOf(ALERT_KINDS),
  alertState: oneOf(ALERT_STATES),
  orderBy: oneOf(ORDER_COLUMNS),
  order: oneOf(['asc', 'desc'] as const),
  limit: whole(1, MAX_PAGE_ROWS),
  offset: whole(0, MAX_OFFSET),
  time,
  flag,
} as const;

export type Spec = Readonly<Record<string, Parser<unknown>>>;
type Values<S extends Spec> = {
  readonly [K in keyof S]?: S[K] extends Parser<infer T> ? T : never;
};

/**
 * Throws `bad-query` naming every bad parameter. `unknown: 'ignore'` is for OONI's API, whose clients may send
 * parameters that we have no use for; our own API refuses them, since a filter that is silently not applied misleads.
 */
export function parseQuery<S extends Spec>(query: unknown, spec: S, unknown: 'ignore' | 'refuse'): Values<S> {
  const given = query as Readonly<Record<string, string | string[]>>;
  const problems: { path: string; message: string }[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(given)) {
    const parser = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (parser === undefined) {
      if (unknown === 'refuse')
        problems.push({ path: name.slice(0, 64), message: 'is no parameter of this address' });
      continue;
    }
    if (Array.isArray(raw)) {
      problems.push({ path: name, message: 'stands more than once' });
      continue;
    }
    // OONI's explorer sends empty parameters for "any".
    if (raw === '' && unknown === 'ignore') continue;
    const parsed = parser(raw);
    if ('ok' in parsed) values[name] = parsed.ok;
    else problems.push({ path: name, message: parsed.message });
  }
  if (problems.length > 0) throw new ProblemError('bad-query', { problems });
  return values as Values<S>;
}
