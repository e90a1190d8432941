/** Which groups a member counts in: its own line first, then ever wider ones. A group's key is its identity everywhere. */
import type { LineOfMember, MemberGroup } from '../shared/model/index.ts';
import { asnOf } from '../shared/rules/index.ts';

/** ISO 3166 leaves it to users; the data format says it where the country is not known. */
const UNKNOWN_COUNTRY = 'ZZ';

/** Fields in a fixed order, `*` where the group does not look: equal for equal groups, and never ambiguous as JSON. */
export function groupKey({ cc, owner, asn, access, region }: MemberGroup): string {
  return JSON.stringify([cc, owner, asn, access, region]);
}

/**
 * `owner`: of the network on that day; null: not on record. The country is always the last. Nobody is counted whose country is not
 * known, and a region of another country than the line's is none.
 */
export function groupsOf(line: LineOfMember, owner: string | null): readonly MemberGroup[] {
  const { cc, access } = line;
  if (cc === UNKNOWN_COUNTRY) return [];
  const asn = asnOf(line.asn);
  const region = line.region?.startsWith(`${cc}-`) === true ? line.region : null;
  const wide: MemberGroup = { cc, owner: null, asn: null, access: null, region: null };
  const groups: MemberGroup[] = [];
  if (asn !== null) {
    if (region !== null) groups.push({ ...wide, owner, asn, access, region });
    groups.push({ ...wide, owner, asn, access });
  }
  if (owner !== null) groups.push({ ...wide, owner, access }, { ...wide, owner });
  if (region !== null) groups.push({ ...wide, access, region }, { ...wide, region });
  groups.push({ ...wide, access }, wide);
  return groups;
}

/** The group of a key that `groupKey` made. */
export function groupOfKey(key: string): MemberGroup {
  const [cc, owner, asn, access, region] = JSON.parse(key) as [
    string,
    string | null,
    number | null,
    MemberGroup['access'],
    string | null,
  ];
  return { cc, owner, asn, access, region };
}

/** The next wider group; null for a country. What is learnt of a group is drawn towards these, and they are judged where it is too small. */
export function parentOf(group: MemberGroup): MemberGroup | null {
  const { owner, asn, access, region } = group;
  if (region !== null && (asn !== null || access !== null)) return { ...group, region: null };
  if (asn !== null) return { ...group, asn: null };
  if (access !== null) return { ...group, access: null };
  if (owner !== null || region !== null) return { ...group, owner: null, region: null };
  return null;
}

/** Narrowest first, the country last. */
export function parentsOf(group: MemberGroup): readonly MemberGroup[] {
  const parent = parentOf(group);
  return parent === null ? [] : [parent, ...parentsOf(parent)];
}
