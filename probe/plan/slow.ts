/**
 * Is an exchange slow enough to be worth a comparison? Measured against the same connection's own round trip, so that a
 * slow line as such is no symptom. A symptom only asks a question: the pair answers it.
 */
import type { HttpObservation, TlsObservation } from '../../shared/model/index.ts';
import type { Case, Hop } from '../../shared/rules/index.ts';

/** A handshake is two round trips and a signature; this much longer than the connect before it is strange. */
const HANDSHAKE_FACTOR = 5;
const MIN_SLOW_HANDSHAKE_S = 0.5;
/** A page shorter than this is mostly the server's own thinking. Bytes. */
const MIN_BODY_BYTES = 16 * 1024;
const MIN_SLOW_BODY_S = 1;
/** TCP begins with ten full segments a round trip (RFC 6928); less than four of them is rarely its own choice. Bytes. */
const FEW_SEGMENTS_BYTES = 4 * 1_460;
/** A connect that took longer than any usual round trip was held up itself, and must not excuse what followed. */
const LONGEST_ROUND_TRIP_S = 0.5;
/** The control took nearly as long: slow for everybody. Share of the time here. */
const ALSO_SLOW_AT_CONTROL = 0.5;

/** Seconds that the TCP connect of the same transaction took; null when it failed or was not recorded. */
function connectSeconds(hop: Hop, transaction: number | null): number | null {
  return hop.tcp.find((o) => o.transaction === transaction && o.failure === null)?.duration ?? null;
}

export function slowHandshake(hop: Hop): TlsObservation | undefined {
  return hop.tls.find((o) => {
    const connect = connectSeconds(hop, o.transaction);
    if (connect === null || o.duration === null || o.failure !== null) return false;
    return o.duration >= MIN_SLOW_HANDSHAKE_S && o.duration >= HANDSHAKE_FACTOR * connect;
  });
}

export function slowBody(c: Case, hop: Hop): HttpObservation | undefined {
  return hop.http.find((o) => {
    const connect = connectSeconds(hop, o.transaction);
    const { duration, bodyLength } = o;
    if (connect === null || duration === null || bodyLength === null || o.failure !== null) return false;
    if (bodyLength < MIN_BODY_BYTES || duration < MIN_SLOW_BODY_S) return false;
    const everywhere = (c.controlExtras.httpSeconds ?? 0) >= ALSO_SLOW_AT_CONTROL * duration;
    return (
      !everywhere && (bodyLength / duration) * Math.min(connect, LONGEST_ROUND_TRIP_S) < FEW_SEGMENTS_BYTES
    );
  });
}

/** The exchange stopped in the middle: set up, then silence. */
export function frozen(hop: Hop): HttpObservation | undefined {
  return hop.http.find(
    (o) => o.failure === 'generic_timeout_error' && (hop.encrypted || (o.bodyLength ?? 0) > 0),
  );
}
