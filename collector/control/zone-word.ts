/** What a reply of a zone's server amounts to. Pure. A lame server, a cache or a forgery is never taken for the zone's word. */
import { failureOfRcode, isWithin, RCODE } from './dns-message.ts';
import type { DnsMessage, DnsRecord } from './dns-message.ts';

/** Name servers of one zone that are looked at. */
const MAX_NAME_SERVERS = 16;

export interface NameServer {
  readonly name: string;
  /** As far as they came along with the name. */
  readonly addresses: readonly string[];
}
export type ZoneWord =
  /** The name exists here, be it as an alias, or without addresses (an empty non-terminal too). */
  | { readonly kind: 'exists'; readonly message: DnsMessage }
  | { readonly kind: 'referral'; readonly zone: string; readonly servers: readonly NameServer[] }
  /** `zone`: the lowest one that the server speaks for. */
  | { readonly kind: 'denied'; readonly zone: string }
  | { readonly kind: 'useless'; readonly failure: string };

const MISBEHAVING: ZoneWord = { kind: 'useless', failure: 'dns_server_misbehaving' };

const isAliasOf = (name: string, { type, name: owner }: DnsRecord): boolean =>
  (type === 'CNAME' && owner === name) || (type === 'DNAME' && owner !== name && isWithin(name, owner));

/** Glue is believed only for servers inside the zone that speaks; of others it knows nothing. */
function referralOf(message: DnsMessage, name: string, zone: string): ZoneWord | null {
  const down = message.authorities.find(
    (record) =>
      record.type === 'NS' &&
      record.name !== zone &&
      isWithin(record.name, zone) &&
      isWithin(name, record.name),
  );
  if (down === undefined) return null;
  const names = message.authorities.filter(({ type, name: owner }) => type === 'NS' && owner === down.name);
  const servers = [...new Set(names.map(({ data }) => data))].slice(0, MAX_NAME_SERVERS).map((server) => ({
    name: server,
    addresses: isWithin(server, zone) ? glueOf(message, server) : [],
  }));
  return { kind: 'referral', zone: down.name, servers };
}

/** Addresses of a server among a reply's additional records, IPv4 first. */
export function glueOf(message: DnsMessage, server: string): string[] {
  return (['A', 'AAAA'] as const).flatMap((wanted) =>
    message.additionals
      .filter(({ type, name }) => type === wanted && name === server)
      .map(({ data }) => data),
  );
}

/** @param zone the zone whose servers were asked for `name`, which lies in it. */
export function zoneWord(message: DnsMessage, name: string, zone: string): ZoneWord {
  const { rcode, authoritative, answers, authorities } = message;
  if (rcode !== RCODE.noError && rcode !== RCODE.nxDomain)
    return { kind: 'useless', failure: failureOfRcode(rcode) };
  // With an alias the code is about its target (RFC 6604): the name itself exists.
  if (authoritative && answers.some((record) => isAliasOf(name, record))) return { kind: 'exists', message };
  const start = authorities.find(({ type }) => type === 'SOA')?.name;
  // Servers that were never told about a zone like to answer from one above it, or from none of ours.
  const elsewhere = start !== undefined && !(isWithin(start, zone) && isWithin(name, start));
  if (rcode === RCODE.nxDomain) {
    // A zone can't deny its own apex.
    if (!authoritative || elsewhere || answers.length > 0 || (start ?? zone) === name) return MISBEHAVING;
    return { kind: 'denied', zone: start ?? zone };
  }
  if (answers.length === 0 && start === undefined) {
    const referral = referralOf(message, name, zone);
    if (referral !== null) return referral;
  }
  const about = answers.length === 0 || answers.some((record) => record.name === name);
  return authoritative && !elsewhere && about ? { kind: 'exists', message } : MISBEHAVING;
}

/**
 * Addresses of one family in an authoritative reply, over aliases that stay in the zone. Null: this server can't know them,
 * because an alias leads elsewhere.
 */
export function addressesOf(
  message: DnsMessage,
  name: string,
  zone: string,
  type: 'A' | 'AAAA',
): string[] | null {
  let owner = name;
  let aliased = false;
  // As many aliases as there are records: a loop ends.
  for (let hops = 0; hops <= message.answers.length; hops++) {
    const found = message.answers.filter((record) => record.type === type && record.name === owner);
    if (found.length > 0) return found.map(({ data }) => data);
    const alias = message.answers.find((record) => record.type === 'CNAME' && record.name === owner);
    if (alias === undefined) break;
    aliased = true;
    owner = alias.data;
    if (!isWithin(owner, zone)) return null;
  }
  const dname = message.answers.some((record) => record.type === 'DNAME');
  return aliased || dname ? null : [];
}
