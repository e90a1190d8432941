/** One mail to one recipient through the operator's mail server: nobody sees who else is told. Plain text, no image, no link of others. */
import { utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import { parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import type { Channel, Delivery } from './channel.ts';
import { mailWords, messageId } from './message.ts';
import type { MailServerSettings, RecipientSettings } from './settings.ts';

const CONNECT_MS = 15_000;
/** A server that keeps a sender waiting for more than this is as good as down. */
const SILENCE_MS = 30_000;
const ATTEMPT_MS = 60_000;
const MAX_WHY_CHARS = 100;

/**
 * Names resolved once to an address that KUAGER_ONLY lets through. `atHome`: on loopback, where nobody listens in between;
 * anywhere else a server without STARTTLS gets nothing.
 */
export type ResolveChecked = (
  host: string,
  signal: AbortSignal,
) => Promise<{ readonly address: string; readonly atHome: boolean } | { readonly why: string }>;

export interface MailOptions {
  readonly number: number;
  readonly server: MailServerSettings;
  readonly recipient: RecipientSettings;
  readonly password: string | null;
  readonly resolve: ResolveChecked;
  readonly ca: string | null;
  /** Host of the collector's own address: what mails are named after. */
  readonly publicHost: () => string;
}

async function transportTo(address: string, atHome: boolean, options: MailOptions) {
  // A collector that sends no mail does not load it.
  const { createTransport } = await import('nodemailer');
  const { server, password, ca, publicHost } = options;
  const servername = parseIp(server.host) === null ? server.host : '';
  return createTransport({
    host: address,
    port: server.port,
    secure: server.implicitTls,
    requireTLS: !atHome,
    ignoreTLS: atHome && !server.implicitTls,
    // The machine's own name is nobody's business.
    name: publicHost(),
    tls: { servername, minVersion: 'TLSv1.2', ...(ca === null ? {} : { ca }) },
    ...(server.user === null || password === null ? {} : { auth: { user: server.user, pass: password } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** What the server said may repeat the recipient's address: only its code is kept. */
function wordsOf(error: unknown): string {
  const { code = '', responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const said = [code, responseCode].filter((each) => typeof each === 'string' || typeof each === 'number');
  return `the mail server did not take it (${said.join(' ').trim().slice(0, MAX_WHY_CHARS)})`;
}

export function createMail(options: MailOptions): Channel {
  const { recipient, server, resolve, publicHost, number } = options;

  const attempt = async (
    mail: {
      readonly id: string;
      readonly thread: string | null;
      readonly subject: string;
      readonly text: string;
    },
    signal: AbortSignal,
  ): Promise<Delivery> => {
    const found = await resolve(withoutBrackets(server.host), signal);
    if ('why' in found) return { ok: false, why: found.why };
    const transport = await transportTo(found.address, found.atHome, options);
    const sending = transport.sendMail({
      from: { name: 'Kuäger', address: server.from },
      to: recipient.address,
      subject: mail.subject,
      text: mail.text,
      messageId: mail.id,
      ...(mail.thread === null ? {} : { inReplyTo: mail.thread, references: [mail.thread] }),
      // RFC 3834: no holiday note comes back.
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': recipient.language },
    });
    const stopped = new Promise<never>((_resolve, reject) => {
      const stop = (): void => reject(Object.assign(new Error('stopped'), { code: 'ETIMEDOUT' }));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    try {
      await Promise.race([sending, stopped]);
      return { ok: true };
    } finally {
      sending.catch(() => undefined);
      transport.close();
    }
  };

  return {
    id: sha256Hex(utf8(`mail ${recipient.address.toLowerCase()}`)),
    label: `mail ${number} (${recipient.language})`,
    kinds: recipient.kinds,
    async deliver(batch, stopping) {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(ATTEMPT_MS)]);
      const named = (id: string): string => `<${id}.${recipient.language}@${publicHost()}>`;
      const [first] = batch.alerts;
      const opened = batch.alerts.length === 1 ? (first?.opens ?? null) : null;
      try {
        const mail = {
          ...mailWords(batch, recipient.language),
          id: named(messageId(batch)),
          // So that what became of it stands under what was said first.
          thread: opened === null ? null : named(`alert-${opened}`),
        };
        return await attempt(mail, signal);
      } catch (error) {
        return { ok: false, why: wordsOf(error) };
      }
    },
  };
}
