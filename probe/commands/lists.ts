/** `kuager lists [NAME]`: what would be measured, before it is. */
import { KNOWN_LISTS, readAsset } from '../assets.ts';
import { EXIT, ProbeError } from '../errors.ts';
import { isRisky, readTargetCsv } from '../plan/targets.ts';
import type { World } from './world.ts';

export function listsCommand(name: string | undefined, world: World): number {
  const entries = Object.entries(KNOWN_LISTS);
  if (name === undefined) {
    for (const [list, path] of entries) {
      const { targets } = readTargetCsv(readAsset(path));
      const risky = targets.filter(isRisky).length;
      world.out(
        `${list}  ${targets.length} targets${risky > 0 ? `, ${risky} risky (left out unless --risky)` : ''}`,
      );
    }
    return EXIT.ok;
  }
  const found = entries.find(([list]) => list === name);
  if (found === undefined)
    throw new ProbeError(
      'LIST_UNREADABLE',
      `there is no list "${name}"; known: ${entries.map(([list]) => list).join(', ')}`,
    );
  // A form that --input-file takes back, rows taken out or added.
  for (const target of readTargetCsv(readAsset(found[1])).targets)
    world.out(`${target.url} # ${target.categoryCode}${isRisky(target) ? ' risky' : ''}`);
  return EXIT.ok;
}
