/** What volunteers' measurements of one domain in one network come to, under conditions of the simulated network. */
import type { Vote } from '../../shared/model/index.ts';
import type { Draw } from './draw.ts';
import { MINUTE_MS } from './habits.ts';
import { occasions, pseudonymAt, type Occasion, type Volunteer } from './volunteers.ts';

/** Documents say their start only so finely. */
const START_ROUNDED_MS = 10 * MINUTE_MS;

export type Said = Pick<Vote, 'outcome' | 'method' | 'cause' | 'evidence'>;

/** What the network does to a measurement at a (true) moment; null: nothing, and the next condition is asked. */
export type Condition = (who: Volunteer, trueAt: number, draw: Draw) => Said | null;

export const OK: Said = { outcome: 'accessible', method: null, cause: null, evidence: null };
export const INTERFERED: Said = {
  outcome: 'interfered',
  method: 'tls.sni_timeout',
  cause: null,
  evidence: 'strong',
};
export const SUSPECTED: Said = {
  outcome: 'suspected',
  method: 'tcp.timeout',
  cause: null,
  evidence: 'weak',
};
export const DOWN: Said = { outcome: 'down', method: null, cause: 'site_down', evidence: null };
export const LOCAL: Said = { outcome: 'local', method: null, cause: 'no_network', evidence: null };
export const INSUFFICIENT: Said = { outcome: 'insufficient', method: null, cause: null, evidence: null };

/**
 * Errors of ordinary days, of 10,000 measurements of an ordinary device. Assumed higher than the noise tests of the rules
 * show (no false `interfered` there): the detector must not live on its rules being perfect.
 */
const USUAL_ERRORS: readonly (readonly [number, Said])[] = [
  [3, INTERFERED],
  [50, SUSPECTED],
  [200, INSUFFICIENT],
  [60, LOCAL],
  [30, DOWN],
];
const OF = 10_000;
/** No device is wrong more often than this by ordinary bad luck; those that are have a family of their own. */
const MAX_BADNESS = 6;

/** The usual errors, multiplied by the device's own badness. */
export const usualErrors: Condition = (who, _at, draw) => {
  let left = (draw.share() * OF) / Math.min(who.badness, MAX_BADNESS);
  for (const [of, said] of USUAL_ERRORS) {
    if (left < of) return said;
    left -= of;
  }
  return null;
};

function vote(who: Volunteer, number: number, occasion: Occasion, said: Said, domain: string): Vote {
  return {
    measurementId: `${domain} device ${who.device} measurement ${number}`,
    domain,
    network: who.network,
    pseudonym: pseudonymAt(who, occasion.trueAt),
    at: Math.floor(occasion.at / START_ROUNDED_MS) * START_ROUNDED_MS,
    receivedAt: occasion.receivedAt,
    ...said,
  };
}

export interface VoteOptions {
  readonly domain: string;
  readonly from: number;
  readonly to: number;
  /** The first that says something decides; then the usual errors; then accessible. */
  readonly conditions: readonly Condition[];
}

export interface Cast {
  readonly vote: Vote;
  readonly who: Volunteer;
  readonly trueAt: number;
}

/** In the order in which the collector gets them. */
export function castVotes(draw: Draw, crowd: readonly Volunteer[], options: VoteOptions): readonly Cast[] {
  const { domain, from, to } = options;
  const conditions = [...options.conditions, usualErrors];
  const all = crowd.flatMap((who) =>
    occasions(draw, who, from, to).map((occasion, number) => {
      const { trueAt } = occasion;
      let said: Said | null = null;
      for (const condition of conditions) said ??= condition(who, trueAt, draw);
      return { vote: vote(who, number, occasion, said ?? OK, domain), who, trueAt };
    }),
  );
  return all.sort((a, b) => a.vote.receivedAt - b.vote.receivedAt);
}
