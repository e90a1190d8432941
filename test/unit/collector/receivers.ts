/** Those who are told: an HTTP server and an SMTP server on loopback that keep what arrives, byte for byte. */
import { createServer as createHttp } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
export interface HttpReceiver {
  readonly port: number;
  readonly requests: Received[];
  /** What is answered from now on; null: nothing, the connection is cut. */
  answer: number | null;
  close(): Promise<void>;
}
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

export async function httpReceiver(tls: KeyPair | null = null): Promise<HttpReceiver> {
  const requests: Received[] = [];
  const handle: Parameters<typeof createHttp>[1] = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      if (receiver.answer === null) request.socket.destroy();
      else response.writeHead(receiver.answer, { location: '/elsewhere' }).end('x'.repeat(1000));
    });
  };
  const server = tls === null ? createHttp(handle) : createHttps(tls, handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: HttpReceiver = {
    port: (server.address() as AddressInfo).port,
    requests,
    answer: 204,
    close() {
      server.closeAllConnections();
      return closed(server);
    },
  };
  return receiver;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines and body as sent, dots unstuffed. */
  readonly data: string;
  readonly encrypted: boolean;
  /** What the client said in EHLO. */
  readonly helo: string;
  readonly auth: string | null;
}
export interface SmtpReceiver {
  readonly port: number;
  readonly mails: Mail[];
  /** Every command line, also of those who sent nothing. */
  readonly commands: string[];
  /** What RCPT is answered. */
  recipientReply: string;
  close(): Promise<void>;
}

/** RFC 5321 and 3207, as much of them as a sender needs. `tls`: offers STARTTLS; `implicit`: TLS from the first byte. */
export async function smtpReceiver(tls: KeyPair | null, implicit = false): Promise<SmtpReceiver> {
  const mails: Mail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();

  const serve = (socket: Socket, encrypted: boolean, greet: boolean): void => {
    let [from, helo, data, inData, buffer] = ['', '', '', false, ''];
    let to: string[] = [];
    let auth: string | null = null;
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const command = (line: string): void => {
      commands.push(line);
      const verb = line.split(' ', 1)[0]?.toUpperCase();
      if (verb === 'EHLO') {
        helo = line.slice(5);
        const more = [...(tls !== null && !encrypted ? ['STARTTLS'] : []), 'AUTH PLAIN', '8BITMIME'];
        say(
          ['receiver.example', ...more]
            .map((text, i) => `250${i < more.length ? '-' : ' '}${text}`)
            .join('\r\n'),
        );
      } else if (verb === 'STARTTLS' && tls !== null) {
        say('220 go ahead');
        socket.removeAllListeners('data');
        serve(
          new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(tls) }),
          true,
          false,
        );
      } else if (verb === 'STARTTLS') say('502 not here');
      else if (verb === 'AUTH') {
        auth = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
        say('235 ok');
      } else if (verb === 'MAIL') {
        from = line;
        say('250 ok');
      } else if (verb === 'RCPT') {
        to.push(line);
        say(receiver.recipientReply);
      } else if (verb === 'DATA') {
        inData = true;
        say('354 go on');
      } else if (verb === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say('250 ok');
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      buffer += chunk.toString('latin1');
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (!inData) command(line);
        else if (line === '.') {
          mails.push({ from, to, data, encrypted, helo, auth });
          [inData, data, to] = [false, '', []];
          say('250 queued');
        } else data += `${line.startsWith('.') ? line.slice(1) : line}\r\n`;
      }
    });
    if (greet) say('220 receiver.example ESMTP');
  };

  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (implicit && tls !== null)
      serve(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(tls) }), true, true);
    else serve(socket, false, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: SmtpReceiver = {
    port: (server.address() as AddressInfo).port,
    mails,
    commands,
    recipientReply: '250 ok',
    close() {
      sockets.forEach((socket) => socket.destroy());
      return closed(server);
    },
  };
  return receiver;
}

/** Header fields, unfolded, and the decoded text of a mail with one text part. */
export function readMail(data: string): {
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
} {
  const at = data.indexOf('\r\n\r\n');
  const head = data.slice(0, at).replaceAll(/\r\n[ \t]+/g, ' ');
  const headers = new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = data.slice(at + 4);
  const encoding = headers.get('content-transfer-encoding') ?? '7bit';
  if (encoding === 'base64') return { headers, text: Buffer.from(body, 'base64').toString('utf8') };
  if (encoding !== 'quoted-printable') return { headers, text: Buffer.from(body, 'latin1').toString('utf8') };
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { headers, text: Buffer.from(bytes, 'latin1').toString('utf8') };
}

/** RFC 2047 words in a header field. */
export const decodeWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, word: string) =>
      how.toUpperCase() === 'B' ? `\u0000b${word}\u0000` : `\u0000q${word}\u0000`,
    )
    .split('\u0000')
    .map((part) => {
      if (part.startsWith('b')) return Buffer.from(part.slice(1), 'base64').toString('latin1');
      if (!part.startsWith('q')) return part;
      return part
        .slice(1)
        .replaceAll('_', ' ')
        .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    })
    .map((part) => Buffer.from(part, 'latin1').toString('utf8'))
    .join('');
