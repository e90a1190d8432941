import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Endpoint } from '../../../probe/net/net.ts';
import type { CensorRule, Freeze, Page, Throttle } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
import { decide } from './decide.ts';
import type { Matched, Takes } from './decide.ts';
import { readFirstBytes } from './first-bytes.ts';
import type { FirstBytes } from './first-bytes.ts';
import { joinStreams } from './gate.ts';
import type { Link } from './gate.ts';
import { interceptTls } from './intercept.ts';
import type { Flow, Penalties } from './penalties.ts';
import type { Sockets } from './sockets.ts';

/** What the paths of one client have in common. */
export interface Access {
  readonly rules: readonly CensorRule[];
  readonly penalties: Penalties;
  readonly takes: Takes;
  /** A connection has come; true when the line cuts it. */
  arrives(): boolean;
  /** Something is under way until the function given back is called. */
  busy(): () => void;
  /** The client's address as servers see it, within 127.0.0.0/8; absent where the system has only one. */
  readonly from: string | undefined;
  /** Loopback port of the HTTPS server of another site of the scenario. */
  divertPort(host: string): number | null;
}

/** One client's path to one endpoint. */
export interface Path {
  /** The address and port in the lab's world; null: the path to everywhere that has none of its own. */
  readonly place: string | null;
  readonly address: string | null;
  /** RST at the first byte, whatever it is. */
  readonly resets: boolean;
  /** What an address rule does to every connection. */
  readonly shape: Throttle | Freeze | null;
  /** Loopback port of the origin; null where nothing stands. */
  readonly originPort: number | null;
}

/** RFC 8446 sections 5.1 and 6: record type alert, level fatal. */
function alertRecord(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description]);
}

function rawResponse(page: Page): string {
  const lines = [
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status] ?? ''}`,
    ...page.headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(page.body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${page.body}`;
}

/** One connection of the client, from its first byte on. */
class Passage implements Flow {
  readonly place: string | null;
  readonly #sockets: Sockets;
  readonly #certs: LabCertificates;
  readonly #access: Access;
  readonly #path: Path;
  readonly #client: Socket;
  #held: Buffer = Buffer.alloc(0);
  #first: FirstBytes | null = null;
  #link: Link | null = null;
  #decided = false;

  constructor(sockets: Sockets, certs: LabCertificates, access: Access, path: Path, client: Socket) {
    this.#sockets = sockets;
    this.#certs = certs;
    this.#access = access;
    this.#path = path;
    this.#client = client;
    this.place = path.place;
    const over = [access.busy(), access.penalties.watch(this)];
    client.once('close', () => over.forEach((end) => end()));
    client.on('data', this.#onData);
    client.on('end', this.#onEnd);
  }

  freeze(): void {
    if (this.#link !== null) this.#link.freeze();
    else if (!this.#decided) this.#swallow();
  }

  readonly #onEnd = (): void => void this.#client.destroy();

  readonly #onData = (bytes: Buffer): void => {
    const { rules, penalties, takes } = this.#access;
    this.#held = Buffer.concat([this.#held, bytes]);
    const seen = readFirstBytes(this.#held);
    this.#first ??= seen;
    // The kernel accepts for the lab: what a punished client connects to all the same gives no answer.
    if (penalties.active(this.place)) return this.#swallow();
    if (seen.kind === 'need more' && !this.#path.resets) return;
    this.#stopListening();
    this.#client.pause();
    if (this.#path.resets) return this.#reset();
    const rule = decide(rules, seen, this.#first, this.#path.address, takes);
    if (rule?.residual !== undefined) penalties.punish(rule.residual, this);
    this.#act(rule, seen);
  };

  #stopListening(): void {
    this.#decided = true;
    this.#client.off('data', this.#onData);
    this.#client.off('end', this.#onEnd);
  }

  #reset(): void {
    this.#client.resetAndDestroy();
  }

  /** The client gets nothing more; its own close ends the connection. */
  #swallow(): void {
    this.#stopListening();
    this.#client.on('end', () => this.#client.destroy());
    this.#client.resume();
  }

  #join(port: number | null, shape: Throttle | Freeze | null): void {
    if (port === null) return this.#reset();
    const origin = this.#sockets.connect(port, this.#access.from);
    this.#client.unshift(this.#held);
    this.#link = joinStreams(this.#sockets, this.#client, origin, shape);
  }

  #act(rule: Matched, seen: FirstBytes): void {
    const client = this.#client;
    const { originPort, shape } = this.#path;
    const action = rule?.action ?? { kind: 'pass' };
    switch (action.kind) {
      case 'pass':
        return this.#join(originPort, shape);
      case 'throttle':
      case 'freeze':
        return this.#join(originPort, action);
      case 'drop':
        return this.#swallow();
      case 'reset':
        return this.#reset();
      case 'close':
        client.end();
        return this.#swallow();
      case 'alert':
        client.end(alertRecord(action.description));
        return this.#swallow();
      case 'inject':
        client.end(rawResponse(action.response));
        return this.#swallow();
      case 'divert':
        return this.#join(this.#access.divertPort(action.to), null);
      case 'intercept':
        if (originPort === null) return this.#reset();
        interceptTls({
          sockets: this.#sockets,
          certs: this.#certs,
          how: action,
          client,
          hello: this.#held,
          sni: seen.kind === 'tls' ? seen.sni : null,
          dial: () => this.#sockets.connect(originPort, this.#access.from),
          joined: (link) => {
            this.#link = link;
          },
        });
    }
  }
}

/**
 * The censor on one path: waits for the client's first bytes, then passes, slows, swallows, resets, closes, forges or
 * intercepts. Only the first request of a connection is looked at. Dropping is done after the kernel has acknowledged
 * the bytes, which a client above TCP can't tell from a lost segment.
 */
export function startRelay(
  sockets: Sockets,
  certs: LabCertificates,
  access: Access,
  path: Path,
): Promise<Endpoint> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const cut = access.arrives();
    new Passage(sockets, certs, access, cut ? { ...path, resets: true } : path, client);
  });
  return sockets.listen(server);
}
