import { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { Freeze, Throttle } from '../../scenarios/scenario.ts';
import type { Sockets } from './sockets.ts';

/** Payload of a TCP segment on an Ethernet line; what one loss or one delay is about. */
const SEGMENT_BYTES = 1448;
/** Linux sends a lost segment again after at least so long. */
const RETRANSMISSION_MS = 200;
const MS_PER_SECOND = 1000;

/** A slow or lossy line; both directions of a connection share one. */
class Line {
  readonly #throttle: Throttle;
  #freeAt = 0;
  #lossDebt = 0;

  constructor(throttle: Throttle) {
    this.#throttle = throttle;
  }

  /** Takes a segment on at `now` (ms): when its last byte is sent and when it arrives. */
  take(now: number, bytes: number): { readonly sentAt: number; readonly arrivesAt: number } {
    const { bytesPerSecond, delayMs = 0, loss = 0 } = this.#throttle;
    const takes = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * MS_PER_SECOND;
    this.#freeAt = Math.max(this.#freeAt, now) + takes;
    // Evenly spread, not drawn: two runs of a scenario lose the same segments.
    this.#lossDebt += loss;
    const lost = this.#lossDebt >= 1;
    if (lost) this.#lossDebt -= 1;
    const arrivesAt = this.#freeAt + delayMs + (lost ? RETRANSMISSION_MS + 2 * delayMs : 0);
    return { sentAt: this.#freeAt, arrivesAt };
  }
}

/** One direction of a connection: open, slow, or shut for good. Shut, it swallows everything, the end included. */
export class Gate extends Transform {
  readonly #sockets: Sockets;
  readonly #line: Line | null;
  /** Bytes that may still pass, and what happens then. */
  #left: number;
  readonly #used: () => void;
  #shut = false;
  #lastArrival = 0;
  #arrived: Promise<void> = Promise.resolve();

  constructor(sockets: Sockets, line: Line | null, maxBytes: number, used: () => void) {
    super();
    this.#sockets = sockets;
    this.#line = line;
    this.#left = maxBytes;
    this.#used = used;
  }

  shut(): void {
    this.#shut = true;
  }

  override _transform(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#shut) return done();
    const passing = chunk.subarray(0, this.#left);
    this.#left -= passing.length;
    const finish = (): void => {
      if (this.#left <= 0) this.#used();
      done();
    };
    if (this.#line === null) {
      this.push(passing);
      return finish();
    }
    let sentAt = 0;
    const now = performance.now();
    for (let at = 0; at < passing.length; at += SEGMENT_BYTES) {
      const segment = passing.subarray(at, at + SEGMENT_BYTES);
      const taken = this.#line.take(now, segment.length);
      sentAt = taken.sentAt;
      // In order, as TCP hands it over: what comes after a lost segment waits for it.
      this.#lastArrival = Math.max(this.#lastArrival, taken.arrivesAt);
      const before = this.#arrived;
      this.#arrived = this.#sockets
        .delay(this.#lastArrival - now)
        .then(() => before)
        .then(() => {
          if (!this.#shut && !this.destroyed) this.push(segment);
        });
    }
    void this.#sockets.delay(sentAt - now).then(finish);
  }

  override _flush(done: () => void): void {
    void this.#arrived.then(() => {
      if (!this.#shut) done();
    });
  }
}

/** A joined pair of connections. */
export interface Link {
  /** Nothing passes any more, in either direction, not even the end. */
  freeze(): void;
}

function reset(stream: Duplex): void {
  // Node resets plain TCP only, and throws for what lies over it.
  if (stream instanceof Socket && !(stream instanceof TLSSocket)) stream.resetAndDestroy();
  else stream.destroy();
}

/**
 * Both directions until either ends; a reset on one side is a reset on the other. `shape` makes it slow, or freezes it
 * after so many bytes towards the client.
 */
export function joinStreams(
  sockets: Sockets,
  client: Duplex,
  origin: Duplex,
  shape: Throttle | Freeze | null,
): Link {
  const line = shape?.kind === 'throttle' ? new Line(shape) : null;
  const most = shape?.kind === 'freeze' ? shape.afterBytes : Number.POSITIVE_INFINITY;
  let frozen = false;
  const freeze = (): void => {
    frozen = true;
    up.shut();
    down.shut();
    if (client.readableEnded) client.destroy();
  };
  const up = new Gate(sockets, line, Number.POSITIVE_INFINITY, () => undefined);
  const down = new Gate(sockets, line, most, freeze);
  client.pipe(up).pipe(origin);
  origin.pipe(down).pipe(client);
  origin.once('error', () => {
    if (!frozen) reset(client);
  });
  origin.once('close', () => {
    if (!frozen && !origin.readableEnded) client.end();
  });
  client.once('error', () => reset(origin));
  // A frozen connection is over when the client gives up; nothing else would end it.
  client.once('end', () => {
    if (frozen) client.destroy();
  });
  client.once('close', () => {
    for (const stream of [up, down, origin]) stream.destroy();
  });
  return { freeze };
}
