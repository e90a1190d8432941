/**
 * Silent, or punished? A path may drop everything between one client and one address and port for a while after somebody
 * behind the client's address said another name there. Two things tell that from an address that is cut off: it passes when
 * nobody says anything, and it is no matter of a port at which nobody can say a name. Decision record 012.
 */
import { registrableName } from '../codec/registrable.ts';
import { CLOSED_PORT, type Observation, type TcpObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop, type Pair } from './case.ts';
import { atControl, endingOf } from './predicates.ts';
import { isV6, samePlace } from './tcp-facts.ts';

/** Punishments of 30, 60, 120 and 180 s are known; a few seconds more for what was still under way. Seconds. */
export const PAUSE_S = 185;

const closedAt = ({ address }: TcpObservation) => ({ address, port: CLOSED_PORT });

/** The control was refused at the address's closed port: the host answers there, and has nothing that a name is said to. */
function controlWasRefused(c: Case, site: TcpObservation): boolean {
  const control = atControl(c.control?.tcp, closedAt(site));
  return control !== undefined && endingOf(control.failure) === 'refused';
}

/** Sites of others are known there: their names are what a neighbour may be punished for. */
function sharedAddress(c: Case, hop: Hop, site: TcpObservation): boolean {
  const own = registrableName(hop.host);
  return (c.controlExtras.siblings[canonicalAddress(site.address)] ?? []).some(
    (name) => registrableName(name) !== own,
  );
}

/** A pause can settle anything at all: a refusal looks the same at a closed port, and the port must not be the site's own. */
export function pauseMaySettle(c: Case, hop: Hop, site: TcpObservation): boolean {
  return site.port !== CLOSED_PORT && endingOf(site.failure) !== 'refused' && !sharedAddress(c, hop, site);
}

const addressOf = (o: Observation): string | null =>
  o.kind === 'dns' ? null : canonicalAddress(o.address ?? '');

/** The record's own word on the pause, and nothing in the measurement that contradicts it. */
function keptQuiet(c: Case, { record }: Pair<TcpObservation>, late: TcpObservation): boolean {
  const begun = late.startedAt;
  if (begun === null || record.quiet_s === undefined || !(record.quiet_s > PAUSE_S)) return false;
  const address = canonicalAddress(late.address);
  const over = begun + (late.duration ?? 0);
  return c.observations.every((o) => {
    if (o.vantage !== 'probe' || addressOf(o) !== address) return true;
    if (o.counterfactual === record.id && record.steps.includes(o.transaction ?? 0)) return true;
    if (o.startedAt === null) return false;
    return o.startedAt + (o.duration ?? 0) <= begun - PAUSE_S || o.startedAt >= over;
  });
}

/** Our own server, the place, our own server, the address's closed port, our own server's. */
function outlasted(c: Case, site: TcpObservation, pair: Pair<TcpObservation>): boolean {
  const [before, late, after, closed, ownClosed] = pair.steps;
  if (!before || !late || !after || !closed || !ownClosed || pair.residual.length > 0) return false;
  const own = [before, after, ownClosed];
  const ending = endingOf(site.failure);
  return (
    own.every((o) => isV6(o) === isV6(site)) &&
    before.failure === null &&
    after.failure === null &&
    samePlace(late, site) &&
    endingOf(late.failure) === ending &&
    samePlace(closed, { ...site, port: CLOSED_PORT }) &&
    endingOf(closed.failure) === ending &&
    ownClosed.port === CLOSED_PORT &&
    // Answered, whichever way: the line lets this port through.
    (ownClosed.failure === null || endingOf(ownClosed.failure) === 'refused') &&
    keptQuiet(c, pair, late)
  );
}

/**
 * Pairs that show that the silence of `site` is no punishment: it outlasted a pause in which this run sent nothing to the
 * address, and holds for a port at which nobody says names. Empty where any pair about it says otherwise.
 */
export function silentAfterPause(c: Case, hop: Hop, site: TcpObservation): readonly Pair<TcpObservation>[] {
  if (!pauseMaySettle(c, hop, site) || !controlWasRefused(c, site)) return [];
  const about = c.tcpPairs.filter(
    ({ record, suspect }) =>
      record.kind === 'tcp.after_pause' &&
      record.suspect === hop.host &&
      (suspect === null || samePlace(suspect, site)),
  );
  return about.every((pair) => outlasted(c, site, pair)) ? about : [];
}
