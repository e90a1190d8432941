/**
 * Process 1 of a watched world: in namespaces of its own (network, mounts, processes) it builds the networks, starts the collector, and does
 * what it is told line by line, by a test or by a person. The kernel ends everything else with it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import os, { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lineOf, startProgram } from './start-program.ts';
import { FAST_CLOCK, startClock, type LabClock } from './watch-clock.ts';
import { collectorOf } from './watch-collector.ts';
import { HELP, obey, type WatchLabInside } from './watch-commands.ts';
import { createMembers } from './watch-members.ts';
import { buildWatchNetwork, type WatchNetwork } from './watch-network.ts';
import { anchorsText, PLACES, WATCH_ONLY, type Place, type WatchPlan } from './watch-plan.ts';

/** The collector's first one is not a whole one: with many members in it nothing would open for 25 minutes. */
const FIRST_MINUTE_MS = 60_000;

const folder = process.argv[2] ?? '.';
const plan = JSON.parse(readFileSync(join(folder, 'watch.json'), 'utf8')) as WatchPlan;

async function startPlaces(network: WatchNetwork): Promise<void> {
  const places = (Object.keys(PLACES) as Place[]).map((place) => {
    const started = startProgram([...network.enter(place), ...plan.programs.world, folder, place], {});
    void started.ended.then((code) => {
      process.stderr.write(
        `lab: the ${place} services ended (exit ${code}): ${started.err.slice(-5).join(' | ')}\n`,
      );
      process.exit(1);
    });
    return lineOf(started, `the ${place} services`, 'stands');
  });
  await Promise.all(places);
}

async function writeHistory(network: WatchNetwork, clock: LabClock): Promise<void> {
  const history = startProgram(
    [...network.enter('collector'), ...plan.programs.history, folder],
    clock.environment,
  );
  await lineOf(history, 'the history', 'members known');
  await history.ended;
}

const tried = (
  line: string,
  lab: WatchLabInside,
): Promise<{ readonly ok: unknown } | { readonly error: string }> =>
  obey(line, lab).then(
    (ok) => ({ ok }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  );

/** For a test: a line of JSON for each line. */
async function serveLines(lab: WatchLabInside): Promise<void> {
  const say = (reply: unknown): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);
  // Whoever wanted it is gone, whatever it does just now.
  process.stdin.once('end', () => process.exit(1));
  say({ ok: 'stands' });
  for await (const line of createInterface({ input: process.stdin })) say(await tried(line, lab));
}

/** For a person, who finds everybody at home. */
async function talk(lab: WatchLabInside): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  for (const { name, asn, access, members } of lab.plan.networks)
    say(`  ${name.padEnd(10)} AS${asn}, ${access}, ${members} members`);
  say(`  an hour takes ${(60 / lab.plan.speed).toFixed(1)} minutes; members start`);
  await new Promise((resolve) => setTimeout(resolve, FIRST_MINUTE_MS / lab.plan.speed));
  await Promise.all(lab.plan.networks.map((_, i) => lab.members.start(i)));
  HELP.forEach((line) => say(`  ${line}`));
  const prompt = (): void => void process.stdout.write('watch> ');
  prompt();
  // No line editing: it would need the terminal for itself.
  for await (const line of createInterface({ input: process.stdin, terminal: false })) {
    if (line.trim() === 'exit') return;
    if (line.trim() !== '') {
      const answer = await tried(line, lab);
      if ('error' in answer) say(answer.error);
      else say(typeof answer.ok === 'string' ? answer.ok : JSON.stringify(answer.ok, null, 2));
    }
    prompt();
  }
}

async function main(): Promise<void> {
  if (Object.keys(networkInterfaces()).length > 0) throw new Error('this is not a namespace of its own');
  const network = await buildWatchNetwork(folder, plan.networks);
  await startPlaces(network);
  writeFileSync(join(folder, 'anchors.csv'), anchorsText());
  const clockFile = join(folder, 'fast-clock.mjs');
  writeFileSync(clockFile, FAST_CLOCK);
  const clock = startClock(clockFile, plan.speed, { now: Date.now, uptime: os.uptime });
  await writeHistory(network, clock);
  const environment = { KUAGER_ONLY: WATCH_ONLY, LANG: 'C', ...clock.environment };
  const collector = collectorOf({ folder, plan, network, environment });
  await collector.start();
  const members = createMembers({ folder, plan, network, environment });
  const lab: WatchLabInside = { plan, folder, network, collector, members, clock };
  await (process.stdin.isTTY ? talk(lab) : serveLines(lab));
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
