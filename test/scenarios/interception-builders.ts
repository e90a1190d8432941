/** What scenarios of interception are made of: one site, one interceptor, what is different this time. */
import { by, httpsSite } from './builders.ts';
import { frontPage } from './pages.ts';
import type { Expectation, Intercept, Scenario, SniRule } from './scenario.ts';

export type How = Partial<Intercept> & Pick<Intercept, 'authority'>;
export const interceptBy = (how: How): Intercept => ({ kind: 'intercept', copies: 'origin', ...how });

/** One site at 11.114.n.10, whose name is intercepted; `rule` and `rest` say what is other than that. */
export function intercepted(
  n: number,
  name: string,
  title: string,
  how: How,
  rest: Pick<Scenario, 'expect'> & Partial<Scenario> & { readonly rule?: Partial<SniRule> },
): Scenario {
  const host = `${name}.example`;
  const { rule, ...more } = rest;
  return {
    name,
    truth: 'interference',
    title,
    target: `https://${host}/`,
    sites: [httpsSite(host, `11.114.${n}.10`, frontPage(host))],
    censor: [{ on: 'sni', match: host, action: interceptBy(how), ...rule }],
    ...more,
  };
}

/** What a verdict says beside the authority. */
type Seen = Pick<Expectation, 'trigger' | 'sparesUntrusted'>;
/** One probe by itself: an authority on record accuses, any other is only suspected. */
export const forgedBy = (authority: NonNullable<Expectation['authority']>, seen: Seen = {}): Expectation =>
  by(authority.startsWith('known') ? 'interfered' : 'suspected', 'tls.interception', { authority, ...seen });
export const BY_STRANGER = forgedBy('unknown');
/** Whatever name is said. */
export const EVERYTHING: Partial<SniRule> = { match: '*' };
