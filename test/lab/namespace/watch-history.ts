/**
 * Runs before the collector: writes what a week of watching would have left. Members have been known for a week and said goodbye, so that
 * nobody is missed before it has started; each group's usual hours are learnt. What comes after that is real.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyUsual, foldHour, type UsualTable } from '../../../collector/detect/silence/usual.ts';
import { groupKey, groupsOf } from '../../../collector/member-groups.ts';
import type { Member } from '../../../collector/store/beats.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import { openIdentities } from '../../../probe/report/identity.ts';
import { toBase64 } from '../../../shared/codec/base64.ts';
import type { LineOfMember } from '../../../shared/model/index.ts';
import { homeName, LAB_COUNTRY, type WatchedNetwork, type WatchPlan } from './watch-plan.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_HOURS = 7 * 24;
const PRIVATE_FOLDER = 0o700;

/** A member now and then was late. */
function aWeek(until: number, active: number): UsualTable {
  const end = Math.floor(until / HOUR_MS) * HOUR_MS;
  let table = emptyUsual();
  for (let hour = end - WEEK_HOURS * HOUR_MS; hour < end; hour += HOUR_MS) {
    const counts = Array.from({ length: 60 }, (_, i) => {
      const minute = hour + i * MINUTE_MS;
      return { minute, active, overdue: i % 20 === 0 ? 1 : 0, observed: true };
    });
    table = foldHour(table, hour, counts, []);
  }
  return table;
}

const lineOf = ({ asn, access }: WatchedNetwork): LineOfMember => ({
  cc: LAB_COUNTRY,
  asn: `AS${asn}`,
  access,
  region: null,
});

/** Its key is made as it would make it itself; and it has measured just now. */
async function knownMember(home: string, network: WatchedNetwork, now: number): Promise<Member> {
  mkdirSync(join(home, 'watch'), { recursive: true, mode: PRIVATE_FOLDER });
  writeFileSync(join(home, 'watch/times.json'), JSON.stringify({ lastRunAt: now, lastRoomAt: null }));
  const line = lineOf(network);
  const identities = await openIdentities(join(home, 'identity'));
  const { publicKey } = await identities.keyFor({ ...line, now });
  return {
    pseudonym: toBase64(publicKey),
    line,
    firstHeard: now - WEEK_HOURS * HOUR_MS,
    lastHeard: now - HOUR_MS,
    periodS: 60,
    sequence: -1,
    leaving: true,
  };
}

async function main(folder: string): Promise<void> {
  const { networks } = JSON.parse(readFileSync(join(folder, 'watch.json'), 'utf8')) as WatchPlan;
  const now = Date.now();
  const data = join(folder, 'collector');
  mkdirSync(data, { recursive: true, mode: PRIVATE_FOLDER });
  const members: Member[] = [];
  for (const network of networks)
    for (let member = 0; member < network.members; member++)
      members.push(await knownMember(join(folder, homeName(network, member)), network, now));
  const active = new Map<string, number>();
  for (const network of networks)
    for (const group of groupsOf(lineOf(network), network.owner)) {
      const key = groupKey(group);
      active.set(key, (active.get(key) ?? 0) + network.members);
    }
  const store = openBeats({ folder: data });
  store.saveMembers(members, []);
  store.putLearnt([...active].map(([key, n]) => ({ key, learnt: JSON.stringify(aWeek(now, n)) })));
  store.close();
  process.stdout.write(`${members.length} members known\n`);
}

await main(process.argv[2] ?? '.');
