/**
 * `npm run lab -- SCENARIO [--shell]`: a censored network of real packets, and the probe in it once; or a shell on the
 * client's device. `-- --list`: which scenarios there are. `-- watch`: unattended probes in several networks, told line by line what happens.
 */
import { explain } from '../shared/judge/index.ts';
import { differences } from '../test/lab/compare.ts';
import {
  CLIENT,
  COLLECTOR_ADDRESS,
  COLLECTOR_PORT,
  DOH_ADDRESS,
  REFLECTOR,
  REFLECTOR_PORTS,
  resolverAddress,
  SELF_SIGNED_PORT,
} from '../test/lab/namespace/layout.ts';
import { missingForNamespaces } from '../test/lab/namespace/requirements.ts';
import { runInNamespaces, shellInNamespaces } from '../test/lab/namespace/run.ts';
import { watchShell } from '../test/lab/namespace/watch-lab.ts';
import { USUAL_SPEED, USUAL_WORLD } from '../test/lab/namespace/watch-plan.ts';
import { ALL_SCENARIOS, type Scenario } from '../test/scenarios/index.ts';

const USAGE = [
  'usage: npm run lab -- SCENARIO [--shell] [--seed N] [--source]',
  '       npm run lab -- --list',
  '       npm run lab -- watch [--speed N]',
].join('\n');
const NAME_WIDTH = 44;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function printNetwork(scenario: Scenario): void {
  say(`${scenario.name}: ${scenario.title}`);
  say('');
  say(`  client     ${CLIENT[4]}, ${CLIENT[6]}; resolver ${resolverAddress(scenario)}`);
  say(
    `  path       ${scenario.censor.length} rule(s)${scenario.line === undefined ? '' : ', a line of its own'}`,
  );
  for (const rule of scenario.censor) say(`               ${JSON.stringify(rule).slice(0, 110)}`);
  for (const site of scenario.sites) say(`  site       ${site.host} at ${site.addresses.join(', ')}`);
  say(`  DoH        https://${DOH_ADDRESS}/dns-query`);
  say(`  collector  http://${COLLECTOR_ADDRESS}:${COLLECTOR_PORT}, control with it`);
  say(
    `  reflector  ${REFLECTOR[4]}, ${REFLECTOR[6]} ports ${REFLECTOR_PORTS.join(', ')}; self-signed ${SELF_SIGNED_PORT}`,
  );
  say('');
}

async function watch(args: readonly string[]): Promise<number> {
  const speedAt = args.indexOf('--speed');
  const speed = speedAt < 0 ? USUAL_SPEED : Number(args[speedAt + 1]);
  const missing = missingForNamespaces();
  if (missing !== null || !(speed >= 1 && speed <= 10)) {
    const why = missing === null ? '--speed takes a number from 1 to 10' : `it can’t run here: ${missing}`;
    process.stderr.write(`the namespace lab: ${why}\n`);
    return missing === null ? 2 : 1;
  }
  return watchShell(USUAL_WORLD, speed);
}

async function lab(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    say(USAGE);
    return 0;
  }
  if (args.includes('--list')) {
    for (const { name, title } of ALL_SCENARIOS) say(`${name.padEnd(NAME_WIDTH)} ${title}`);
    return 0;
  }
  if (args[0] === 'watch') return watch(args);
  const seedAt = args.indexOf('--seed');
  const [seed, valueAt] = seedAt < 0 ? [1, -1] : [Number(args[seedAt + 1]), seedAt + 1];
  const name = args.find((arg, i) => !arg.startsWith('--') && i !== valueAt);
  const scenario = ALL_SCENARIOS.find((s) => s.name === name);
  if (scenario === undefined || !Number.isInteger(seed)) {
    process.stderr.write(`${name === undefined ? '' : `no scenario ${name}\n`}${USAGE}\n`);
    return 2;
  }
  const missing = missingForNamespaces();
  if (missing !== null) {
    process.stderr.write(`the namespace lab can’t run here: ${missing}\n`);
    return 1;
  }
  const programs = args.includes('--source') ? 'source' : 'built';
  printNetwork(scenario);
  if (args.includes('--shell')) return shellInNamespaces(scenario, { seed, programs });
  const result = await runInNamespaces(scenario, { seed, programs });
  for (const line of result.messages) say(`  ${line}`);
  const { verdict } = result;
  const differs = differences(verdict, scenario.expect);
  say(
    verdict === null
      ? 'no verdict'
      : `${verdict.outcome} ${verdict.method ?? verdict.cause ?? ''}: ${explain(verdict, 'en')}`,
  );
  say(`collector  ${result.collectorVerdict?.outcome ?? 'nothing delivered'}`);
  say(
    `set up in ${result.setUpSeconds.toFixed(1)} s, measured in ${result.seconds.toFixed(1)} s, ${result.packets} packets`,
  );
  say(
    differs.length === 0 ? 'as the scenario expects' : `not as the scenario expects: ${differs.join('; ')}`,
  );
  return differs.length === 0 ? 0 : 1;
}

process.exitCode = await lab(process.argv.slice(2));
