import { ACCESSIBLE } from './builders.ts';
import type { CensorRule, Expectation, Intercept, ProbePlace, Scenario } from './scenario.ts';

/** All that the probe is asked to measure in one run, in order. */
export const targetsOf = ({
  target,
  others = [],
}: Pick<Scenario, 'target' | 'others'>): readonly string[] => [
  target,
  ...others.map((other) => other.target),
];

/** Where the nth probe is, from 0; null: where the first is. */
export function placeOf({ elsewhere = [] }: Pick<Scenario, 'elsewhere'>, nth: number): ProbePlace | null {
  return nth === 0 ? null : (elsewhere[(nth - 1) % elsewhere.length] ?? null);
}

/** What the nth probe should say of the target. */
export function expectedOf(scenario: Scenario, nth: number): Expectation {
  const place = placeOf(scenario, nth);
  return place?.free === true ? ACCESSIBLE : (place?.expect ?? scenario.expect);
}

/** Which device the nth probe runs on. */
export const deviceOf = ({ oneDevice }: Pick<Scenario, 'oneDevice'>, nth: number): number =>
  oneDevice === true ? 0 : nth;

/** Whose root the devices of a scenario trust; null: nobody's but the distribution's. */
export function deviceRootOf({
  line,
  censor,
}: Pick<Scenario, 'line' | 'censor'>): Pick<Intercept, 'authority' | 'key'> | null {
  const authority = line?.deviceTrusts;
  if (authority === undefined) return null;
  return interceptorsOf(censor).find((own) => own.authority === authority) ?? { authority };
}

/** What the collector says of the nth probe's measurement once it has them all; null: the same as the probe. */
export function expectedTogether(scenario: Scenario, nth: number): Expectation | null {
  return placeOf(scenario, nth)?.free === true ? null : (scenario.expectTogether ?? null);
}

/** The interceptors that have a key of their own. */
export const interceptorsOf = (rules: readonly CensorRule[]): readonly Intercept[] =>
  rules.flatMap(({ action }) => (action.kind === 'intercept' && action.key !== undefined ? [action] : []));
