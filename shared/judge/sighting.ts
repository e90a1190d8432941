/** A judged measurement → what it adds to the question who intercepts: a sighting, or genuine chains, and chains to keep. */
import { parseIp } from '../codec/ip.ts';
import type {
  CleanSighting,
  KnownReflector,
  Measurement,
  Observation,
  Sighting,
  TlsObservation,
  Verdict,
} from '../model/index.ts';
import { readStatement } from '../observe/index.ts';
import type { Fingerprints } from '../rules/index.ts';
import { isProof, keyWasProven, matchKnownAuthority } from '../rules/known-authority.ts';
import { asnOf } from '../rules/networks.ts';
import { timeOf } from './clean-chains.ts';

/** Names of one measurement that count: the target, its redirects, reflectors. */
const MAX_HOSTS = 16;
const MAX_NAME_CHARS = 200;
/** Different chains of an interceptor that are kept of one measurement, and bytes of all of them. */
const MAX_CHAINS = 4;
const MAX_CHAIN_CERTIFICATES = 16;
const MAX_CHAIN_BYTES = 128 * 1024;
/** Regions of Kazakhstan; any other word from outside is none. */
const REGION = /^KZ-[A-Z0-9]{1,3}$/;
const HOST = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const KEY = /^[0-9a-f]{64}$/;

export interface MeasurementFacts {
  readonly measurementId: string;
  readonly document: Measurement;
  readonly late: boolean;
}

export interface JudgedFacts {
  readonly verdict: Verdict;
  readonly observations: readonly Observation[];
  readonly fingerprints: Fingerprints;
  readonly reflectors: readonly KnownReflector[];
}

export interface InterceptionFacts {
  readonly sighting: Sighting | null;
  readonly clean: readonly CleanSighting[];
  /** DER, wire order, leaf first: forged chains, each once. */
  readonly chains: readonly (readonly Uint8Array[])[];
}

const isHost = (text: string): boolean => HOST.test(text) || parseIp(text) !== null;
const hostsOf = (names: readonly string[]): readonly string[] =>
  [...new Set(names.map((name) => name.toLowerCase()).filter(isHost))].sort().slice(0, MAX_HOSTS);

/** What is shown of a name that anybody could write. */
const shownName = (name: string | null): string | null =>
  name === null ? null : name.replace(/\p{C}/gu, '\ufffd').slice(0, MAX_NAME_CHARS);

/** The document's network, unless a known reflector has signed another. */
export function networkOf(
  document: Measurement,
  reflectors: readonly KnownReflector[],
  at: number,
): number | null {
  const said = asnOf(document.probe_asn);
  const stated = readStatement(document.x_network_signed ?? null, reflectors, at);
  if (stated === null) return said;
  return said === null || said === stated.asn ? stated.asn : null;
}

const ownHandshakes = (observations: readonly Observation[]): readonly TlsObservation[] =>
  observations.filter(
    (o): o is TlsObservation => o.kind === 'tls' && o.vantage === 'probe' && o.chain.length > 0,
  );

/** Handshakes that the interceptor ended. */
function forgedHandshakes(verdict: Verdict, observations: readonly Observation[]): readonly TlsObservation[] {
  const { interception } = verdict;
  if (interception === null) return [];
  return ownHandshakes(observations).filter(({ appraisal }) => {
    if (appraisal === null || appraisal.pathToRoot) return false;
    return interception.spki === null
      ? appraisal.authoritySpkiSha256 === null && appraisal.authorityName === interception.name
      : appraisal.authoritySpkiSha256 === interception.spki;
  });
}

function chainsOf(forged: readonly TlsObservation[]): readonly (readonly Uint8Array[])[] {
  const chains: (readonly Uint8Array[])[] = [];
  const seen = new Set<string>();
  let left = MAX_CHAIN_BYTES;
  for (const { chain, appraisal } of forged) {
    const leaf = appraisal?.leafSha256 ?? '';
    const bytes = chain.reduce((sum, der) => sum + der.length, 0);
    if (
      seen.has(leaf) ||
      chains.length >= MAX_CHAINS ||
      chain.length > MAX_CHAIN_CERTIFICATES ||
      bytes > left
    )
      continue;
    seen.add(leaf);
    chains.push(chain);
    left -= bytes;
  }
  return chains;
}

function sightingOf(
  facts: MeasurementFacts,
  judged: JudgedFacts,
  forged: readonly TlsObservation[],
): Sighting | null {
  const { document, measurementId, late } = facts;
  const { verdict } = judged;
  const { interception } = verdict;
  if (interception === null) return null;
  const found = forged.map((o) => ({ o, match: matchKnownAuthority(o, judged.fingerprints.authorities) }));
  const match = found.flatMap((f) => f.match ?? []).find((m) => m.by === interception.matchedBy);
  const authority = match?.id ?? 'unknown';
  const known = match !== undefined && match.by !== 'imitation';
  const proven = found.some((f) => isProof(f.match) && keyWasProven(f.o));
  const atReflector = interception.trigger.answers.some(
    ({ question, forged: n }) => question.endsWith('_at_reflector') && n > 0,
  );
  const hosts = hostsOf(interception.names);
  // A chain that nobody trusts and nobody compared is a site's own mistake as often as not.
  if (!known && hosts.length === 0 && !atReflector) return null;
  const spki = interception.spki !== null && KEY.test(interception.spki) ? interception.spki : null;
  const note = document.x_interception;
  const startTime = document.measurement_start_time;
  return {
    measurementId,
    startTime,
    late,
    pseudonym: document.x_key,
    asn: networkOf(document, judged.reflectors, timeOf(startTime)),
    cc: document.probe_cc,
    line: lineOf(document),
    region: null,
    authority: authority.slice(0, MAX_NAME_CHARS),
    proven,
    finished: forged.some(keyWasProven),
    spki,
    name: shownName(interception.name),
    hosts: hosts.length > 0 ? hosts : hostsOf([verdict.scope.affected]),
    firstMet: note !== undefined && note.spki_sha256 === interception.spki ? note.first_met : known,
    forgedAtReflector: atReflector,
    keyed: interception.trigger.keyed,
    local: verdict.outcome === 'local',
  };
}

/** As the device said it. */
export function lineOf(document: Measurement): Sighting['line'] {
  const type = document.annotations['network_type'];
  return type === 'mobile' || type === 'fixed' ? type : 'unknown';
}

/** Names whose every own handshake, pairs included, ended in a trusted chain. */
function cleanOf(facts: MeasurementFacts, judged: JudgedFacts): readonly CleanSighting[] {
  const { document, measurementId } = facts;
  const startTime = document.measurement_start_time;
  const asn = networkOf(document, judged.reflectors, timeOf(startTime));
  if (asn === null || judged.verdict.interception !== null) return [];
  const own = ownHandshakes(judged.observations).filter((o) => o.counterfactual === null);
  const hosts = hostsOf(own.flatMap((o) => o.serverName ?? []));
  const clean = hosts.filter((host) =>
    own.every((o) => o.serverName !== host || o.appraisal?.trusted === true),
  );
  return clean.map((host) => ({ measurementId, startTime, pseudonym: document.x_key, asn, host }));
}

/** Pure. The region is not in the document: whoever keeps private parts adds it. */
export function interceptionFacts(facts: MeasurementFacts, judged: JudgedFacts): InterceptionFacts {
  const forged = forgedHandshakes(judged.verdict, judged.observations);
  const sighting = sightingOf(facts, judged, forged);
  return {
    sighting,
    clean: cleanOf(facts, judged),
    chains: sighting === null ? [] : chainsOf(forged),
  };
}

/** `region` of a private part's payload; null for what is no region of the country. */
export function regionOf(privatePayload: unknown): string | null {
  const region =
    typeof privatePayload === 'object' && privatePayload !== null && 'region' in privatePayload
      ? privatePayload.region
      : null;
  return typeof region === 'string' && REGION.test(region) ? region : null;
}
