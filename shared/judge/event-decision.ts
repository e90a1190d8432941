/**
 * Whose is an authority that several measurements met? A known one is told by its key. An unknown one is somebody's on
 * the way only where strangers meet it: first keys of two devices, in networks of different owners, in different regions,
 * or on mobile lines. Companies and products follow their own people, and others beside them get genuine chains. And a site
 * can show visitors from here an authority of its own making: so it has to answer for others' names too.
 */
import { registrableName } from '../codec/registrable.ts';
import type { Apart, EventDecision, EventReason, InterceptionEvent, Sighting } from '../model/index.ts';
import type { Networks } from '../rules/index.ts';
import { timeOf, type CleanChains } from './clean-chains.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Two who meet one authority longer apart than this may be one company's staff over the years. Days. */
const VOTE_WINDOW_DAYS = 90;
/** One of them could be the same device under its key of last month. */
const MIN_CLEAN_OTHERS = 2;
/** Names of unrelated owners, unless a reflector's was among those forged. */
const ENOUGH_NAMES = 2;
/** Owners, or regions, that are compared; Kazakhstan has fewer of both. */
const MAX_GROUPS = 64;

export interface Decision {
  readonly decision: EventDecision;
  readonly reason: EventReason;
  readonly witnesses: readonly string[];
  readonly apart: readonly Apart[];
}

/** One measurement of a device's first key, on a line of an operator. */
interface Vote {
  readonly sighting: Sighting;
  readonly at: number;
  readonly owner: string | null;
  readonly mobile: boolean;
}

/**
 * On a line of an operator; a hosting company's or an organisation's own network is nobody's way to the Internet. A chain
 * that was shown and not gone on with may be an old one shown again, by a single site to all its visitors.
 */
function voteOf(sighting: Sighting, networks: Networks): Vote | null {
  const { asn, startTime, finished } = sighting;
  const at = timeOf(startTime);
  if (!finished || asn === null || !networks.isOperator(asn, at)) return null;
  const access = networks.accessOf(asn, at);
  const mobile = access === 'mobile' || (access === 'unknown' && sighting.line === 'mobile');
  return { sighting, at, owner: networks.ownerOf(asn, at), mobile };
}

/** The first two strangers in the order of time, of different groups or of any; of each group the last two will do. */
function findPair(
  votes: readonly Vote[],
  keyOf: (vote: Vote) => string | null,
  groups: 'different' | 'any',
  windowMs: number,
): readonly [Vote, Vote] | null {
  const last = new Map<string, readonly Vote[]>();
  for (const vote of votes) {
    const key = keyOf(vote);
    if (key === null) continue;
    for (const [other, recent] of last) {
      if (groups === 'different' && other === key) continue;
      const found = recent.find(
        (v) => v.sighting.pseudonym !== vote.sighting.pseudonym && vote.at - v.at <= windowMs,
      );
      if (found !== undefined) return [found, vote];
    }
    const mine = last.get(key) ?? [];
    if (!last.has(key) && last.size >= MAX_GROUPS) continue;
    const { pseudonym } = vote.sighting;
    last.set(key, [vote, ...mine.filter((v) => v.sighting.pseudonym !== pseudonym)].slice(0, 2));
  }
  return null;
}

/** Told apart by their regions now, or when an alert was opened about it. */
function apartPair(votes: readonly Vote[], apart: readonly Apart[]): readonly [Vote, Vote] | null {
  const byId = new Map(votes.map((vote) => [vote.sighting.measurementId, vote]));
  for (const [a, b] of apart) {
    const [x, y] = [byId.get(a), byId.get(b)];
    if (x !== undefined && y !== undefined && x.sighting.pseudonym !== y.sighting.pseudonym) return [x, y];
  }
  return findPair(votes, (v) => v.sighting.region, 'different', VOTE_WINDOW_DAYS * DAY_MS);
}

type Pair = readonly [Vote, Vote];
const idsOf = (pair: Pair): Apart => [pair[0].sighting.measurementId, pair[1].sighting.measurementId];

interface Strangers {
  readonly reason: EventReason;
  readonly pair: Pair;
  readonly apart: readonly Apart[];
}

function strangers(votes: readonly Vote[], apart: readonly Apart[]): Strangers | null {
  const windowMs = VOTE_WINDOW_DAYS * DAY_MS;
  const found = (pair: Pair, reason: EventReason): Strangers => ({
    reason,
    pair,
    apart: reason === 'different_regions' ? [idsOf(pair)] : [],
  });
  const byOwner = findPair(votes, (v) => v.owner, 'different', windowMs);
  if (byOwner !== null) return found(byOwner, 'different_owners');
  const mobile = findPair(votes, (v) => (v.mobile ? 'mobile' : null), 'any', windowMs);
  if (mobile !== null) return found(mobile, 'several_on_mobile');
  const byRegion = apartPair(votes, apart);
  return byRegion === null ? null : found(byRegion, 'different_regions');
}

/** These two and, of the others, those without whom it could be one site's doing; null: it could be so with all of them. */
function acrossNames(pair: readonly Vote[], votes: readonly Vote[]): readonly Vote[] | null {
  const chosen: Vote[] = [];
  const names = new Set<string>();
  let atReflector = false;
  for (const vote of [...pair, ...votes]) {
    const { hosts, forgedAtReflector } = vote.sighting;
    const more = hosts.map(registrableName).filter((name) => !names.has(name));
    if (chosen.length >= pair.length && !forgedAtReflector && more.length === 0) continue;
    chosen.push(vote);
    more.forEach((name) => names.add(name));
    atReflector ||= forgedAtReflector;
    if (chosen.length >= pair.length && (atReflector || names.size >= ENOUGH_NAMES)) return chosen;
  }
  return null;
}

/** It reads everything of this device's while its neighbours are left alone: so do a company's programs on its devices. */
function followsDevice(vote: Vote, clean: CleanChains): boolean {
  const { asn, keyed } = vote.sighting;
  return keyed === 'everything' && asn !== null && clean.others(asn, [vote.at]) >= MIN_CLEAN_OTHERS;
}

/** One fixed line's network in which others are left alone. */
function isOneNetworks(sightings: readonly Sighting[], clean: CleanChains, networks: Networks): boolean {
  const asns = new Set(sightings.map((s) => s.asn));
  const [asn] = asns;
  if (asns.size !== 1 || asn === null || asn === undefined) return false;
  const times = sightings.map((s) => timeOf(s.startTime));
  return (
    times.every((at) => networks.accessOf(asn, at) === 'fixed') &&
    clean.others(asn, times) >= MIN_CLEAN_OTHERS
  );
}

const decided = (decision: EventDecision, reason: EventReason): Decision => ({
  decision,
  reason,
  witnesses: [],
  apart: [],
});

/** `sightings` are of one authority, in the order of time; `clean` leaves out those who met it. */
export function decideEvent(
  sightings: readonly Sighting[],
  clean: CleanChains,
  networks: Networks,
  apart: readonly Apart[],
): Decision {
  const proof = sightings.find((s) => s.proven && isKnown(s));
  if (proof !== undefined)
    return { ...decided('interference', 'known_authority'), witnesses: [proof.measurementId] };
  const named = sightings.some(isKnown);
  // A name without a key is anybody's: it joins nothing.
  if (!named && sightings.every((s) => s.spki === null)) return decided('open', 'no_key_shown');
  const met = new Set(sightings.map((s) => s.pseudonym));
  const all = sightings.filter((s) => s.firstMet).flatMap((s) => voteOf(s, networks) ?? []);
  const votes = all.filter((vote) => !followsDevice(vote, clean));
  const interference = strangers(votes, apart);
  const across = interference === null ? null : acrossNames(interference.pair, votes);
  if (interference !== null && across !== null) {
    const { reason, apart: told } = interference;
    const witnesses = across.map(({ sighting }) => sighting.measurementId);
    return { decision: 'interference', reason, witnesses, apart: told };
  }
  const voters = new Set(sightings.filter((s) => s.firstMet).map((s) => s.pseudonym));
  if (voters.size <= 1 && sightings.every((s) => s.local)) return decided('local', 'device_says_local');
  if (isOneNetworks(sightings, clean, networks)) return decided('local', 'one_network_others_clean');
  if (named) return decided('open', 'not_proven');
  if (!sightings.some((s) => s.finished)) return decided('open', 'not_finished');
  if (interference !== null) return decided('open', 'one_name');
  if (met.size <= 1) return decided('open', 'one_pseudonym');
  if (voters.size <= 1) return decided('open', 'one_device_possible');
  if (strangers(all, apart) !== null) return decided('open', 'follows_devices');
  const owners = findPair(votes, (v) => v.owner, 'different', Number.POSITIVE_INFINITY);
  return decided('open', owners === null ? 'one_owner' : 'not_at_one_time');
}

/** Neither a stranger nor somebody under a borrowed name. */
export const isKnown = (s: Pick<Sighting, 'authority'>): boolean =>
  s.authority !== 'unknown' && !s.authority.startsWith('imitates:');

/** What else an event's measurements could come from, as message ids. */
export function alternativesOf(
  event: Pick<InterceptionEvent, 'decision' | 'reason' | 'pseudonyms' | 'forgedAtReflector'>,
): readonly string[] {
  const byServers = event.forgedAtReflector ? [] : ['servers_own_authority_here'];
  if (event.reason === 'known_authority') return event.pseudonyms === 1 ? ['chain_recorded_elsewhere'] : [];
  if (event.decision === 'interference')
    return ['company_software_on_devices', 'software_with_one_key', 'two_who_agreed', ...byServers];
  if (event.decision === 'local') return ['interceptor_in_one_network'];
  return ['local_security_product', 'company_proxy', 'interceptor_in_one_network', ...byServers];
}
