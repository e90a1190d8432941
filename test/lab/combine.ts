import type { LabScenario } from './loopback/lab.ts';

/**
 * Several scenarios as the network of one client: all sites, all rules, in order. For a run over a list of targets.
 * A scenario with a rule for everything (`*`) hides those after it, so it does not belong in here: throws.
 */
export function combineScenarios(name: string, scenarios: readonly LabScenario[]): LabScenario {
  const greedy = scenarios.find((scenario) => scenario.censor.some((rule) => rule.match === '*'));
  if (greedy !== undefined) throw new Error(`${greedy.name} has a rule for everything and can't be combined`);
  const hostsFile = Object.assign({}, ...scenarios.map((scenario) => scenario.line?.hostsFile ?? {}));
  return {
    name,
    title: scenarios.map((scenario) => scenario.name).join(', '),
    sites: scenarios.flatMap((scenario) => scenario.sites),
    censor: scenarios.flatMap((scenario) => scenario.censor),
    line: { hostsFile },
    secondOpinion: scenarios.flatMap((scenario) => scenario.secondOpinion ?? []),
    outsideNames: scenarios.flatMap((scenario) => scenario.outsideNames ?? []),
  };
}
