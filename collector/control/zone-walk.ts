/**
 * The word of the zone above a name, asked without a cache: from the servers of the top-level domain down, following
 * referrals (RFC 1034 section 5.3.3), never with recursion. It tells a name that its registry took off from one that somebody's
 * resolver denies. What it can't show: who is right when a zone's own servers disagree with each other for long.
 */
import { parseIp } from '../../shared/codec/ip.ts';
import type { ControlParent } from '../../shared/model/index.ts';
import { isDnsName, plainName, RCODE } from './dns-message.ts';
import type { DnsOutgoing } from './dns-outgoing.ts';
import { locateServers, serversOfTopLevel } from './name-servers.ts';
import type { ServerSet } from './name-servers.ts';
import { DEADLINE, failureOfAbort } from './socket-failure.ts';
import { addressesOf, zoneWord } from './zone-word.ts';
import type { ZoneWord } from './zone-word.ts';

/** For the whole walk; it runs beside the rest of a measurement, which takes longer when anything is wrong. */
const WALK_BUDGET_MS = 4_000;
/** Zones between the top-level domain and the name. */
const MAX_ZONES = 8;
/** Questions of one walk, to whomever: a zone that leads on and on can't make more of one request. */
const MAX_QUESTIONS = 32;
/** A server that has not answered by then gets company. */
const NEXT_SERVER_AFTER_MS = 400;
/** Servers of a zone that have to agree before a name counts as denied, if it has as many. */
const AGREEING_SERVERS = 2;
const TLD_CACHE_MS = 3_600_000;
/** Top-level domains whose servers are remembered; there are about 1500, volunteers' lists have some dozens. */
const TLD_CACHE_ENTRIES = 256;

export interface Walked {
  readonly parent: ControlParent;
  /** Of the zone's own servers; null: not learned, empty: there are none. */
  readonly v4: readonly string[] | null;
  readonly v6: readonly string[] | null;
}
export interface ZoneWalk {
  /** Never rejects; ends within the budget. `host` as the URL parser gives it. */
  walk(host: string, signal: AbortSignal): Promise<Walked>;
}

interface Heard {
  readonly word: ZoneWord;
  /** The server's address. */
  readonly by: string;
}

const unknown = (zone: string, failure: string | null): Walked => ({
  parent: { zone, status: 'unknown', failure },
  v4: null,
  v6: null,
});

/** At most so many questions go out through it. */
function bounded(outgoing: DnsOutgoing): DnsOutgoing {
  let left = MAX_QUESTIONS;
  const spent = { failure: 'dns_server_misbehaving' };
  return {
    serverRefusal: (address) => outgoing.serverRefusal(address),
    askServer: async (address, question, signal) =>
      left-- > 0 ? outgoing.askServer(address, question, signal) : spent,
    askResolver: async (question, signal) => (left-- > 0 ? outgoing.askResolver(question, signal) : spent),
  };
}

/** Existence needs one server of the zone, denial two: a single one may be behind, or not be the zone's at all. */
function decided(heard: readonly Heard[], needed: number): Heard | null {
  const positive = heard.find(({ word }) => word.kind === 'exists' || word.kind === 'referral');
  if (positive !== undefined) return positive;
  const denials = heard.filter(({ word }) => word.kind === 'denied');
  return denials.length >= needed ? (denials[0] ?? null) : null;
}

const pause = (ms: number): Promise<null> =>
  new Promise((resolve) => void setTimeout(() => resolve(null), ms).unref());

interface Question {
  readonly name: string;
  readonly zone: string;
  readonly asker: DnsOutgoing;
  readonly signal: AbortSignal;
}

async function askOne(by: string, { name, zone, asker, signal }: Question): Promise<Heard> {
  const exchange = await asker.askServer(by, { name, type: 'A' }, signal);
  if ('failure' in exchange) return { word: { kind: 'useless', failure: exchange.failure }, by };
  return { word: zoneWord(exchange.message, name, zone), by };
}

/** One server after the other; the next when one is slow, useless or says no. */
async function consult(servers: ServerSet, question: Question): Promise<Heard> {
  const needed = Math.min(AGREEING_SERVERS, servers.count);
  const enough = new AbortController();
  const signal = AbortSignal.any([question.signal, enough.signal]);
  const waiting = [...servers.addresses];
  const pending = new Map<string, Promise<Heard>>();
  const heard: Heard[] = [];
  for (;;) {
    const next = waiting.shift();
    if (next !== undefined) pending.set(next, askOne(next, { ...question, signal }));
    if (pending.size === 0) break;
    const first = await Promise.race([
      ...pending.values(),
      ...(waiting.length > 0 ? [pause(NEXT_SERVER_AFTER_MS)] : []),
    ]);
    if (first === null) continue;
    pending.delete(first.by);
    heard.push(first);
    const result = decided(heard, needed);
    if (result !== null) {
      enough.abort();
      return result;
    }
  }
  const failure = heard.flatMap(({ word }) => (word.kind === 'useless' ? word.failure : []))[0];
  return {
    word: { kind: 'useless', failure: failure ?? servers.failure ?? 'dns_server_misbehaving' },
    by: '',
  };
}

async function existing(heard: Heard, question: Question): Promise<Walked> {
  const { name, zone, asker, signal } = question;
  const parent: ControlParent = { zone, status: 'delegated', failure: null };
  if (heard.word.kind !== 'exists') return { parent, v4: null, v6: null };
  const v4 = addressesOf(heard.word.message, name, zone, 'A');
  // An alias that leads out of the zone does so for both families.
  if (v4 === null) return { parent, v4, v6: null };
  const other = await asker.askServer(heard.by, { name, type: 'AAAA' }, signal);
  const usable = 'message' in other && other.message.authoritative && other.message.rcode === RCODE.noError;
  return { parent, v4, v6: usable ? addressesOf(other.message, name, zone, 'AAAA') : null };
}

/** @param now monotonic milliseconds. */
export function createZoneWalk(outgoing: DnsOutgoing, now: () => number): ZoneWalk {
  const topLevels = new Map<string, { readonly servers: ServerSet; readonly until: number }>();

  const topLevel = async (tld: string, asker: DnsOutgoing, signal: AbortSignal): Promise<ServerSet> => {
    const known = topLevels.get(tld);
    if (known !== undefined && known.until > now()) return known.servers;
    topLevels.delete(tld);
    const servers = await serversOfTopLevel(tld, asker, signal);
    if (servers.addresses.length === 0) return servers;
    if (topLevels.size >= TLD_CACHE_ENTRIES) topLevels.delete(topLevels.keys().next().value ?? '');
    topLevels.set(tld, { servers, until: now() + TLD_CACHE_MS });
    return servers;
  };

  const descend = async (name: string, signal: AbortSignal): Promise<Walked> => {
    const asker = bounded(outgoing);
    const tld = name.slice(name.lastIndexOf('.') + 1);
    let zone = tld;
    let above = '';
    let servers = await topLevel(tld, asker, signal);
    for (let zones = 0; zones <= MAX_ZONES; zones++) {
      const question = { name, zone, asker, signal };
      const heard = await consult(servers, question);
      const { word } = heard;
      if (word.kind === 'exists') return existing(heard, question);
      if (word.kind === 'denied')
        return { ...unknown('', null), parent: { zone: word.zone, status: 'denied', failure: null } };
      if (word.kind === 'useless') {
        // Servers that are remembered may have moved.
        if (zone === tld) topLevels.delete(tld);
        // The zone above has named it; that its own servers don't answer is no denial.
        return zone === name ? existing(heard, { ...question, zone: above }) : unknown(above, word.failure);
      }
      above = zone;
      zone = word.zone;
      servers = await locateServers(word.servers, asker, signal);
    }
    return unknown(above, 'dns_server_misbehaving');
  };

  return {
    async walk(host, signal) {
      const name = plainName(host);
      if (parseIp(name) !== null || !name.includes('.')) return unknown('', null);
      if (!isDnsName(name)) return unknown('', 'invalid_argument');
      const budget = new AbortController();
      const timer = setTimeout(() => budget.abort(DEADLINE), WALK_BUDGET_MS);
      const both = AbortSignal.any([budget.signal, signal]);
      try {
        const walked = await descend(name, both);
        const cut = both.aborted && walked.parent.status === 'unknown';
        return cut ? unknown(walked.parent.zone, failureOfAbort(both)) : walked;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
