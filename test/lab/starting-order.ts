/** Which scenarios of a run begin when: what it takes in all is decided by those that are begun too late. */
import type { Scenario } from '../scenarios/index.ts';

/** An address that another network may speak for is tried again after a pause of three minutes. */
const ROUNDS_OF_PAUSE = 20;

/** How many rounds of time-outs a scenario is likely to take. */
function rounds({ censor, line, sites, probes = 1, sideBySide }: Scenario): number {
  const silent = censor.filter((rule) =>
    ['drop', 'silence', 'throttle', 'freeze'].includes(rule.action.kind),
  );
  const everything = silent.filter((rule) => rule.match === '*').length;
  const punished = censor.filter((rule) => 'residual' in rule && rule.residual !== undefined).length;
  const dead = sites.filter((site) => [site.state, site.to?.client?.state].includes('silent')).length;
  const before = (line?.penalisedSeconds === undefined ? 0 : 4) + (line?.ipv6 === 'silent' ? 1 : 0);
  const pause = sideBySide === true ? ROUNDS_OF_PAUSE : 0;
  const turns = sideBySide === true ? 1 : probes;
  return pause + turns * (Math.min(silent.length, 2) + 3 * everything + 2 * punished + before + dead);
}

/** What is found by comparing rates: a busy processor would be one more slow line. */
const measuresSpeed = ({ censor, sites }: Scenario): boolean =>
  censor.some((rule) => rule.action.kind === 'throttle') ||
  sites.some((site) => site.bytesPerSecond !== undefined);

/** Those that wait longest first, so that none of them is left for the end; those that compare rates last. */
export function startingOrder(scenarios: readonly Scenario[]): readonly Scenario[] {
  const rank = (scenario: Scenario): number => (measuresSpeed(scenario) ? -1 : rounds(scenario));
  return [...scenarios].sort((a, b) => rank(b) - rank(a));
}

/** Several at a time, each started when another has ended, the first of the list first. */
export async function inTurn<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>) {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

/** Of those that work all the time, side by side with those that wait: one for so many of them. */
const WORKING_SHARE = 3;

/**
 * All of them. Those that only wait hold up nobody: they have turns of their own. So those that compare rates, which take
 * their time too, begin as soon as the quick ones are over and the processor has little else to do.
 */
export async function inLanes(
  scenarios: readonly Scenario[],
  atATime: number,
  work: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const order = startingOrder(scenarios);
  const waits = (scenario: Scenario): boolean => !measuresSpeed(scenario) && rounds(scenario) > 0;
  const working = order.filter((scenario) => !waits(scenario));
  await Promise.all([
    inTurn(order.filter(waits), atATime, work),
    inTurn(working, Math.ceil(atATime / WORKING_SHARE), work),
  ]);
}
