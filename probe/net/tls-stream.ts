import type { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { MAX_HANDSHAKE_BYTES, SPLIT_PAUSE_MS } from './limits.ts';
import type { OpenTcp } from './tcp.ts';

/**
 * Stands between the TLS stack and the TCP socket, for three things that the stack alone doesn't give: exact byte
 * counts on the socket, the raw bytes of a handshake that failed, and a ClientHello in two segments.
 */
export class TlsStream extends Duplex {
  readonly #tcp: OpenTcp;
  /** Position at which the next write is cut; null for no cut, and after the first write. */
  #cut: ((first: Buffer) => number) | null;
  #pause: NodeJS.Timeout | undefined;
  #heard: Buffer[] | null = [];
  #heardBytes = 0;

  constructor(tcp: OpenTcp, cut: ((first: Buffer) => number) | null) {
    super({ allowHalfOpen: true });
    this.#tcp = tcp;
    this.#cut = cut;
    tcp.socket.on('data', (chunk: Buffer) => {
      this.#keep(chunk);
      if (!this.push(chunk)) tcp.socket.pause();
    });
    let ended = false;
    tcp.socket.on('end', () => {
      ended = true;
      this.push(null);
    });
    tcp.socket.on('error', (error) => this.destroy(error));
    // After a clean end what was pushed may still wait to be read.
    tcp.socket.on('close', () => {
      if (!ended) this.destroy();
    });
  }

  /** What came in so far (bounded), and no more is kept from now on. */
  takeHeard(): readonly Buffer[] {
    const heard = this.#heard ?? [];
    this.#heard = null;
    return heard;
  }

  #keep(chunk: Buffer): void {
    if (this.#heard === null || this.#heardBytes >= MAX_HANDSHAKE_BYTES) return;
    this.#heard.push(chunk);
    this.#heardBytes += chunk.length;
  }

  override _read(): void {
    this.#tcp.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const at = this.#cut?.(chunk) ?? 0;
    this.#cut = null;
    if (at <= 0 || at >= chunk.length) {
      this.#tcp.socket.write(chunk, done);
      return;
    }
    const rest = (): void => {
      if (!this.destroyed) this.#tcp.socket.write(chunk.subarray(at), done);
    };
    this.#tcp.socket.write(chunk.subarray(0, at), (error) => {
      if (error) done(error);
      // Not before the sockets were looked at once more: what the first part has set off on a busy device comes first.
      else this.#pause = setTimeout(() => setImmediate(rest), SPLIT_PAUSE_MS);
    });
  }

  override _final(done: () => void): void {
    this.#tcp.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#pause);
    this.#tcp.close();
    done(error);
  }
}
