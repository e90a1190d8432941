import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Endpoint } from '../../../probe/net/net.ts';
import type { CensorRule, HostRule, Page, SniRule } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
import { readFirstBytes } from './first-bytes.ts';
import type { FirstBytes } from './first-bytes.ts';
import { interceptTls } from './intercept.ts';
import { matches } from './names.ts';
import type { Sockets } from './sockets.ts';

/** One client's path to one endpoint. */
export interface Path {
  readonly rules: readonly CensorRule[];
  /** RST at the first byte, whatever it is. */
  readonly resets: boolean;
  /** Loopback port of the origin; null where nothing stands. */
  readonly originPort: number | null;
  /** Loopback port of the HTTPS server of another site of the scenario. */
  divertPort(host: string): number | null;
}

type Decision = SniRule['action'] | HostRule['action'];
const PASS: Decision = { kind: 'pass' };

/** RFC 8446 sections 5.1 and 6: record type alert, level fatal. */
function alertRecord(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description]);
}

export function rawResponse(page: Page): string {
  const lines = [
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status] ?? ''}`,
    ...page.headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(page.body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${page.body}`;
}

/** `first` is what the first segment alone showed, for boxes that do not reassemble. */
export function decide(rules: readonly CensorRule[], seen: FirstBytes, first: FirstBytes): Decision {
  if (seen.kind === 'tls') {
    const rule = rules.find(
      (r) =>
        r.on === 'sni' && matches(r.match, seen.sni) && (r.reassembles !== false || first.kind === 'tls'),
    );
    return (rule as SniRule | undefined)?.action ?? PASS;
  }
  if (seen.kind === 'http') {
    const rule = rules.find((r) => r.on === 'host' && matches(r.match, seen.host));
    return (rule as HostRule | undefined)?.action ?? PASS;
  }
  return PASS;
}

/** Both directions until either ends; a reset on one side is a reset on the other. */
function join(sockets: Sockets, client: Socket, sent: Buffer, port: number): void {
  const origin = sockets.connect(port);
  origin.write(sent);
  client.pipe(origin).pipe(client);
  origin.once('error', () => client.resetAndDestroy());
  client.once('error', () => origin.resetAndDestroy());
  client.once('close', () => origin.destroy());
}

function act(
  sockets: Sockets,
  certs: LabCertificates,
  path: Path,
  client: Socket,
  sent: Buffer,
  seen: FirstBytes,
  decision: Decision,
): void {
  const giveUp = (): void => void client.resetAndDestroy();
  /** The client gets nothing more; its own close ends the connection. */
  const swallow = (): void => {
    client.on('end', () => client.destroy());
    client.resume();
  };
  switch (decision.kind) {
    case 'pass':
      if (path.originPort === null) return giveUp();
      return join(sockets, client, sent, path.originPort);
    case 'drop':
      return swallow();
    case 'reset':
      return giveUp();
    case 'close':
      client.end();
      return swallow();
    case 'alert':
      client.end(alertRecord(decision.description));
      return swallow();
    case 'inject':
      client.end(rawResponse(decision.response));
      return swallow();
    case 'intercept': {
      const sni = seen.kind === 'tls' ? seen.sni : null;
      if (path.originPort === null) return giveUp();
      return interceptTls(sockets, certs, decision, client, sent, sni, path.originPort);
    }
    case 'divert': {
      const port = path.divertPort(decision.to);
      return port === null ? giveUp() : join(sockets, client, sent, port);
    }
  }
}

/**
 * The censor on one path: waits for the client's first bytes, then passes, swallows, resets, closes, forges or
 * intercepts. Only the first request of a connection is looked at. Dropping is done after the kernel has acknowledged
 * the bytes, which a client above TCP can't tell from a lost segment.
 */
export function startRelay(sockets: Sockets, certs: LabCertificates, path: Path): Promise<Endpoint> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    let held: Buffer = Buffer.alloc(0);
    let first: FirstBytes | null = null;
    const onEnd = (): void => void client.destroy();
    const onData = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes]);
      const seen = readFirstBytes(held);
      first ??= seen;
      if (seen.kind === 'need more' && !path.resets) return;
      client.off('data', onData);
      client.off('end', onEnd);
      client.pause();
      act(
        sockets,
        certs,
        path,
        client,
        held,
        seen,
        path.resets ? { kind: 'reset' } : decide(path.rules, seen, first),
      );
    };
    client.on('data', onData);
    client.on('end', onEnd);
  });
  return sockets.listen(server);
}
