/** A judged measurement → its vote on a domain in a network; decision record 013. Pure. */
import type { CellNetwork, KnownReflector, Measurement, Verdict, Vote } from '../model/index.ts';
import type { Networks } from '../rules/index.ts';
import { timeOf } from './clean-chains.ts';
import { lineOf, networkOf, type MeasurementFacts } from './sighting.ts';

/** A start after the upload is a clock that runs ahead: by less than this it is taken for "just now". Milliseconds. */
const CLOCK_AHEAD_MS = 3600 * 1000;
/** Then it is the upload's time, which is never published to the second. Milliseconds. */
const ROUNDED_MS = 10 * 60 * 1000;
const MAX_DOMAIN_CHARS = 253;

export interface VoteFacts extends MeasurementFacts {
  /** ISO 8601 UTC. */
  readonly receivedAt: string;
}

export interface VoteContext {
  readonly reflectors: readonly KnownReflector[];
  readonly networks: Networks;
}

function domainOf(input: string | null): string | null {
  if (input === null || !URL.canParse(input)) return null;
  const host = new URL(input).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return host === '' || host.length > MAX_DOMAIN_CHARS ? null : host;
}

/** The record of the network decides; where it has no one kind of line, what the device said. */
function accessOf(document: Measurement, asn: number, at: number, networks: Networks): CellNetwork['access'] {
  const access = networks.accessOf(asn, at);
  if (access === 'mobile' || access === 'fixed') return access;
  return access === 'hosting' ? 'unknown' : lineOf(document);
}

/** Null: no web measurement, no known network, or nobody knows when it was made. */
export function voteOf(facts: VoteFacts, verdict: Verdict, context: VoteContext): Vote | null {
  const { document, measurementId } = facts;
  if (document.test_name !== 'web_connectivity') return null;
  const domain = domainOf(document.input);
  const receivedAt = Date.parse(facts.receivedAt);
  const startedAt = timeOf(document.measurement_start_time);
  // Negated, so that a time that can't be read has no vote either.
  if (!(startedAt <= receivedAt + CLOCK_AHEAD_MS)) return null;
  const at = startedAt <= receivedAt ? startedAt : Math.floor(receivedAt / ROUNDED_MS) * ROUNDED_MS;
  const asn = networkOf(document, context.reflectors, startedAt);
  if (domain === null || asn === null) return null;
  const { outcome, method, cause, evidence } = verdict;
  return {
    measurementId,
    domain,
    network: { asn, access: accessOf(document, asn, at, context.networks) },
    pseudonym: document.x_key,
    at,
    receivedAt,
    outcome,
    method,
    cause,
    evidence,
  };
}
