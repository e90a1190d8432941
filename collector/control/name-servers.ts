/** Which servers of a zone are asked, and at which addresses. */
import { randomInt } from 'node:crypto';
import { failureOfRefusal } from './destination.ts';
import { failureOfRcode, isDnsName, RCODE } from './dns-message.ts';
import type { DnsOutgoing } from './dns-outgoing.ts';
import { glueOf } from './zone-word.ts';
import type { NameServer } from './zone-word.ts';

/** Servers of one zone that are asked at most. */
const MAX_SERVERS_ASKED = 3;
/** A denial needs two servers; with so many addresses in hand no further names are looked up. */
const ENOUGH_SERVERS = 2;

export interface ServerSet {
  /** One for each server, different, all of them allowed. */
  readonly addresses: readonly string[];
  /** How many servers the zone has, as far as can be told: those that may not be asked count. */
  readonly count: number;
  /** Why there is no address. */
  readonly failure: string | null;
}

/** So that not the same server gets every question. */
function shuffled<T>(items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

type Located = { readonly address: string } | { readonly failure: string };

function firstAllowed(addresses: readonly string[], asker: DnsOutgoing): Located {
  let failure = 'dns_no_answer';
  for (const address of addresses) {
    const refusal = asker.serverRefusal(address);
    if (refusal === null) return { address };
    failure = failureOfRefusal(refusal);
  }
  return { failure };
}

/** IPv6 only when there is no IPv4: not every control has it. */
async function lookUp(name: string, asker: DnsOutgoing, signal: AbortSignal): Promise<Located> {
  if (!isDnsName(name)) return { failure: 'dns_server_misbehaving' };
  for (const type of ['A', 'AAAA'] as const) {
    const exchange = await asker.askResolver({ name, type }, signal);
    if ('failure' in exchange) return exchange;
    const { answers, rcode } = exchange.message;
    const found = answers.filter((record) => record.type === type).map(({ data }) => data);
    if (found.length > 0) return firstAllowed(found, asker);
    if (rcode !== RCODE.noError) return { failure: failureOfRcode(rcode) };
  }
  return { failure: 'dns_no_answer' };
}

/** Servers whose address came along are taken first: no other zone has to be asked for them. */
export async function locateServers(
  servers: readonly NameServer[],
  asker: DnsOutgoing,
  signal: AbortSignal,
): Promise<ServerSet> {
  const known: Located[] = shuffled(servers.filter(({ addresses }) => addresses.length > 0)).map(
    ({ addresses }) => firstAllowed(addresses, asker),
  );
  const usable = known.filter((located) => 'address' in located).length;
  const unknown = shuffled(servers.filter(({ addresses }) => addresses.length === 0));
  const wanted = usable >= ENOUGH_SERVERS ? 0 : MAX_SERVERS_ASKED - usable;
  const looked = await Promise.all(unknown.slice(0, wanted).map(({ name }) => lookUp(name, asker, signal)));
  const all = [...known, ...looked];
  const addresses = [...new Set(all.flatMap((located) => ('address' in located ? located.address : [])))];
  // Two names for one address are one server.
  const same = all.filter((located) => 'address' in located).length - addresses.length;
  const failure = all.flatMap((located) => ('failure' in located ? located.failure : []))[0];
  return {
    addresses: addresses.slice(0, MAX_SERVERS_ASKED),
    count: servers.length - same,
    failure: addresses.length > 0 ? null : (failure ?? 'dns_no_answer'),
  };
}

/** The servers of a top-level domain, as the system's resolver knows them. */
export async function serversOfTopLevel(
  tld: string,
  asker: DnsOutgoing,
  signal: AbortSignal,
): Promise<ServerSet> {
  const exchange = await asker.askResolver({ name: tld, type: 'NS' }, signal);
  if ('failure' in exchange) return { addresses: [], count: 0, failure: exchange.failure };
  const { message } = exchange;
  const names = message.answers.filter(({ type, name }) => type === 'NS' && name === tld);
  if (names.length === 0) return { addresses: [], count: 0, failure: failureOfRcode(message.rcode) };
  const servers = [...new Set(names.map(({ data }) => data))];
  return locateServers(
    servers.map((name) => ({ name, addresses: glueOf(message, name) })),
    asker,
    signal,
  );
}
