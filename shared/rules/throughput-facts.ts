/** How long innocuous and suspicious downloads and handshakes took: numbers out of pairs, no opinion. */
import type { HttpObservation, TcpObservation, TlsObservation } from '../model/index.ts';
import type { Case, Pair } from './case.ts';
import { endingOf, gotAnswer, isGenuineReflector } from './predicates.ts';

/** One download of a pair, with the handshake before it where there was one. */
export interface Download {
  readonly tls: TlsObservation | null;
  readonly http: HttpObservation;
  /** From the start of the handshake (of the request, without TLS) to the last byte or to the end of patience. */
  readonly seconds: number;
  readonly bytes: number;
}

export interface DownloadPair {
  readonly pair: Pair<HttpObservation>;
  /** Steps 1, 3, 5. */
  readonly innocuous: readonly Download[];
  /** Steps 2, 4, 6. */
  readonly suspect: readonly Download[];
}

function downloadOf(tls: TlsObservation | null, http: HttpObservation | null): Download | null {
  if (http === null || http.startedAt === null || http.duration === null) return null;
  const start = tls?.startedAt ?? http.startedAt;
  const seconds = http.startedAt + http.duration - start;
  return seconds > 0 ? { tls, http, seconds, bytes: http.bodyLength ?? 0 } : null;
}

const isDownload = (d: Download | null): d is Download => d !== null;

/** Pairs of the kind for this host of which every step was made, as many of one name as of the other. */
export function downloadPairs(
  c: Case,
  kind: 'throughput.sni_at_reflector' | 'throughput.site_at_address',
  host: string,
): readonly DownloadPair[] {
  return c.httpPairs.flatMap((pair): DownloadPair[] => {
    if (pair.record.kind !== kind || pair.record.suspect !== host) return [];
    const handshakes = c.tlsPairs.find((p) => p.record.id === pair.record.id);
    const made = pair.steps
      .map((http, i) => downloadOf(handshakes?.steps[i] ?? null, http))
      .filter(isDownload);
    if (made.length !== pair.record.steps.length || made.length % 2 !== 0) return [];
    return [
      {
        pair,
        innocuous: made.filter((_, i) => i % 2 === 0),
        suspect: made.filter((_, i) => i % 2 === 1),
      },
    ];
  });
}

/** A download that still trickles is ended at 20 s by the probe, one that has stopped 10 s after its last byte. Seconds. */
export const STILL_TRICKLING_S = 18;

const stepOf = (pair: string, transaction: number | null): string => `${transaction} ${pair}`;
const connectsBefore = new WeakMap<Case, ReadonlyMap<string, TcpObservation>>();

/** The connect before a step of a pair; null where there is none that succeeded. */
export function connectOf({ pair }: DownloadPair, c: Case, { http }: Download): TcpObservation | null {
  let connects = connectsBefore.get(c);
  if (connects === undefined) {
    connects = new Map(
      c.observations.flatMap((o) =>
        o.kind === 'tcp' && o.counterfactual !== null && o.failure === null && o.duration !== null
          ? [[stepOf(o.counterfactual, o.transaction), o] as const]
          : [],
      ),
    );
    connectsBefore.set(c, connects);
  }
  return connects.get(stepOf(pair.record.id, http.transaction)) ?? null;
}

/** It came whole. A page that was cut at our own limit counts: what is compared is time per byte. */
export const isWhole = (d: Download): boolean =>
  d.http.failure === null && d.http.status !== null && d.bytes > 0;

/** It stopped coming: our patience ended it, no error. */
export const gaveOut = (d: Download): boolean => endingOf(d.http.failure) === 'timeout';

export const secondsPerByte = (d: Download): number => d.seconds / Math.max(1, d.bytes);

/** The innocuous ones came from the reflector itself. */
export function fromReflector(c: Case, { pair, innocuous }: DownloadPair): boolean {
  const name = pair.record.reflector ?? pair.record.innocuous;
  return innocuous.every((d) => isWhole(d) && d.http.status === 200 && isGenuineReflector(c, name, d.tls));
}

/** Seconds that the finished handshakes of one name took. */
export interface HandshakeTimes {
  readonly innocuous: readonly TlsObservation[];
  readonly suspect: readonly TlsObservation[];
  readonly ids: readonly string[];
}

/** All handshakes that pairs of these kinds made in turn, of either name; those that died are in no list. */
export function handshakeTimes(c: Case, kinds: readonly string[], host: string): HandshakeTimes {
  const pairs = c.tlsPairs.filter(({ record }) => kinds.includes(record.kind) && record.suspect === host);
  const made = pairs.flatMap((p) =>
    p.steps.flatMap((o, i) => (o !== null && gotAnswer(o) && o.duration !== null ? [{ o, i }] : [])),
  );
  return {
    innocuous: made.flatMap(({ o, i }) => (i % 2 === 0 && o.serverName !== host ? [o] : [])),
    suspect: made.flatMap(({ o, i }) => (i % 2 === 1 && o.serverName === host ? [o] : [])),
    ids: pairs.map((p) => p.record.id),
  };
}
