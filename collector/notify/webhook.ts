/** A signed POST to an address that the operator named. The receiver is untrusted: nothing that it says is believed or kept. */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import { withoutBrackets } from '../../shared/codec/ip.ts';
import type { Channel, Delivery } from './channel.ts';
import { messageId, webhookBody } from './message.ts';
import type { WebhookSettings } from './settings.ts';
import { signedHeaders, type Signer } from './signature.ts';

/** One attempt: name, connection, handshake, request, answer. Milliseconds. */
const ATTEMPT_MS = 15_000;
/** Of the answer only its status counts; more bytes than this are not waited for. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ANSWER_HEADER_BYTES = 16 * 1024;

/**
 * Resolves once, checks every address, and connects to a checked one. `allowedOnly`: to the operator's allowed blocks and
 * nowhere else. Nothing is sent to an address that is refused.
 */
export type ConnectChecked = (
  host: string,
  port: number,
  options: { readonly allowedOnly: boolean; readonly signal: AbortSignal },
) => Promise<{ readonly socket: Socket } | { readonly why: string }>;

export interface WebhookOptions {
  readonly number: number;
  readonly settings: WebhookSettings;
  readonly connect: ConnectChecked;
  readonly signer: Signer;
  readonly nowMs: () => number;
  /** PEM; null: those that Node trusts. */
  readonly ca: string | null;
}

/** What the system or the protocol says; anything else is a fault of ours, and thrown on. */
function wordsOf(error: unknown): string {
  if (error instanceof Error && 'code' in error)
    return `the connection failed (${String(error.code).slice(0, 60)})`;
  throw error;
}

function secure(socket: Socket, host: string, ca: string | null, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // RFC 6066, 3: an address literal is no server name.
    const servername = /^[\d.]+$|:/.test(host) ? '' : host;
    const tls = connectTls({
      socket,
      servername,
      host,
      ALPNProtocols: ['http/1.1'],
      ...(ca === null ? {} : { ca }),
    });
    const onAbort = (): void => void tls.destroy(new Error('no answer in time'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    tls.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(tls);
    });
    tls.once('error', reject);
  });
}

/** The status; the rest is read to a bound and thrown away. */
function post(
  url: URL,
  socket: Socket,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      setHost: false,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        'content-length': String(body.length),
        'user-agent': 'kuager-collector',
        connection: 'close',
        ...headers,
      },
      createConnection: () => socket,
      maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
      signal,
    });
    call.once('error', reject);
    call.once('response', (answer) => {
      const status = answer.statusCode ?? 0;
      let bytes = 0;
      // Received is received: whatever becomes of the rest, the status stands.
      answer.on('error', () => resolve(status));
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) answer.destroy();
      });
      answer.once('close', () => resolve(status));
    });
    call.end(body);
  });
}

const portOf = (url: URL): number =>
  Number(url.port !== '' ? url.port : url.protocol === 'https:' ? 443 : 80);

/** Redirects are not followed: the operator named where alerts go, and nobody else may. */
export function createWebhook(options: WebhookOptions): Channel {
  const { number, settings, connect, signer, nowMs, ca } = options;
  const url = new URL(settings.url);
  const host = withoutBrackets(url.hostname);
  const encrypted = url.protocol === 'https:';

  const attempt = async (id: string, body: Uint8Array, signal: AbortSignal): Promise<Delivery> => {
    const opened = await connect(host, portOf(url), { allowedOnly: !encrypted, signal });
    if ('why' in opened) return { ok: false, why: opened.why };
    const { socket } = opened;
    // Later errors are reported by whoever waits for the socket; none may be without a listener.
    socket.on('error', () => undefined);
    try {
      const stream = encrypted ? await secure(socket, host, ca, signal) : socket;
      const headers = signedHeaders(id, Math.floor(nowMs() / 1000), body, signer);
      const status = await post(url, stream, body, headers, signal);
      return status >= 200 && status < 300 ? { ok: true } : { ok: false, why: `the answer was ${status}` };
    } finally {
      socket.destroy();
    }
  };

  return {
    id: sha256Hex(utf8(`webhook ${settings.url}`)),
    label: `webhook ${number} (${url.host})`,
    kinds: settings.kinds,
    async deliver(batch, stopping) {
      const deadline = AbortSignal.timeout(ATTEMPT_MS);
      const timestamp = new Date(nowMs()).toISOString();
      try {
        const body = utf8(webhookBody(batch, timestamp));
        return await attempt(messageId(batch), body, AbortSignal.any([stopping, deadline]));
      } catch (error) {
        if (stopping.aborted) return { ok: false, why: 'the collector stopped' };
        return { ok: false, why: deadline.aborted ? 'no answer in time' : wordsOf(error) };
      }
    },
  };
}
