/** From the archive to those who are told, over real sockets on loopback. */
import { fromBase64 } from '../../../shared/codec/base64.ts';
import { concatBytes } from '../../../shared/codec/bytes.ts';
import { verify } from '../../../shared/codec/ed25519.ts';
import { utf8 } from '../../../shared/codec/base64.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateKeys } from '../../../collector/archive/keys.ts';
import type { CollectorKeys } from '../../../collector/archive/keys.ts';
import { makeSelfIssued } from '../../../collector/control/index.ts';
import { startNotifications, type NotifyFiles } from '../../../collector/notifications.ts';
import { createMail } from '../../../collector/notify/mail.ts';
import { createNotifier, type Notifier } from '../../../collector/notify/run.ts';
import { readNotifySettings, type NotifySettings } from '../../../collector/notify/settings.ts';
import { createWebhook } from '../../../collector/notify/webhook.ts';
import type { Channel } from '../../../collector/notify/channel.ts';
import type { BlockingEvent } from '../../../shared/model/index.ts';
import type { NewAlert } from '../../../collector/store/alerts.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openNotifyStore } from '../../../collector/store/sqlite/notify.ts';
import type { NotifyStore } from '../../../collector/store/notify.ts';
import type { ArchiveStore } from '../../../collector/store/store.ts';
import { connect as connectSocket } from 'node:net';
import { decodeWords, httpReceiver, readMail, smtpReceiver } from './receivers.ts';
import type { HttpReceiver, SmtpReceiver } from './receivers.ts';
import { temporaryFolder, type TemporaryFolder } from './support.ts';

const ONLY = '127.0.0.0/8,::1/128';
const PUBLIC = 'https://collector.example';
const START = Date.parse('2026-11-22T12:00:00Z');

const EVENT: BlockingEvent = {
  id: 'f'.repeat(64),
  domain: 'news.example',
  state: 'open',
  basis: 'interfered',
  onset: { after: null, before: START },
  restored: null,
  episodes: [],
  owners: ['Kazakhtelecom'],
  methods: [],
  simultaneous: false,
  alternatives: [],
  expectedFalse: 0.001,
};

let folder: TemporaryFolder;
let archive: ArchiveStore;
let store: NotifyStore;
let keys: CollectorKeys;
let now: number;
let lines: string[];
const closing: (() => Promise<void> | void)[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  keys = loadOrCreateKeys(folder.path).keys;
  archive = openArchive({ folder: folder.path });
  store = openNotifyStore({ folder: folder.path });
  now = START;
  lines = [];
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  store.close();
  archive.close();
  folder.remove();
});

const say = (more: Partial<NewAlert> & { readonly headline?: string } = {}) => {
  const { headline = 'news.example could not be reached from AS9198.', ...fields } = more;
  return archive.appendAlert({
    kind: 'blocking',
    subject: 'f'.repeat(64),
    state: 'opened',
    at: new Date(now).toISOString().replace('.000Z', 'Z'),
    inputs: JSON.stringify({ event: EVENT, entries: 5, diary: 0 }),
    words: JSON.stringify({
      en: [headline, 'Two of three.'],
      ru: ['Сайт news.example не открывается.', 'Двое из трёх.'],
      kk: ['news.example сайты ашылмайды.', 'Үшеуден екеуі.'],
    }),
    ...fields,
  });
};

async function receiver(tls?: Parameters<typeof httpReceiver>[0]): Promise<HttpReceiver> {
  const made = await httpReceiver(tls);
  closing.push(() => made.close());
  return made;
}
async function mailbox(...how: Parameters<typeof smtpReceiver>): Promise<SmtpReceiver> {
  const made = await smtpReceiver(...how);
  closing.push(() => made.close());
  return made;
}

/** Straight to loopback: what may be connected to is looked at below, with what `serve` uses. */
const straight: Parameters<typeof createWebhook>[0]['connect'] = (host, port) =>
  new Promise((resolve) => {
    const socket = connectSocket({ host, port });
    socket.once('connect', () => resolve({ socket }));
    socket.once('error', () => resolve({ why: 'the connection failed' }));
  });

const webhookTo = (url: string, more: Partial<Parameters<typeof createWebhook>[0]> = {}): Channel =>
  createWebhook({
    number: 1,
    settings: { url, kinds: ['interception', 'blocking', 'silence'] },
    connect: straight,
    signer: keys.collector,
    nowMs: () => now,
    ca: null,
    ...more,
  });

const mailTo = (port: number, more: Partial<Parameters<typeof createMail>[0]> = {}): Channel =>
  createMail({
    number: 1,
    server: {
      host: '127.0.0.1',
      port,
      implicitTls: false,
      user: null,
      passwordFile: null,
      from: 'alerts@collector.example',
    },
    recipient: { address: 'editor@paper.example', language: 'ru', kinds: ['blocking', 'silence'] },
    password: null,
    resolve: async (address) => ({ address, atHome: true }),
    ca: null,
    publicHost: () => 'collector.example',
    ...more,
  });

const notifierTo = (...channels: readonly Channel[]): Notifier => {
  const notifier = createNotifier({
    archive,
    store,
    channels,
    perHour: 6,
    publicUrl: () => PUBLIC,
    nowMs: () => now,
    warn: (line) => lines.push(line),
    onFault: (error) => lines.push(String(error)),
  });
  closing.push(() => notifier.stop());
  return notifier;
};

describe('a webhook', () => {
  it('gets the alert as the API has it, signed over the exact bytes with the collector’s key', async () => {
    const http = await receiver();
    const notifier = notifierTo(webhookTo(`http://127.0.0.1:${http.port}/in?room=7`));
    const alert = say();
    await notifier.look();
    expect(http.requests).toHaveLength(1);
    const { url, headers, body } = http.requests[0]!;
    expect(url).toBe('/in?room=7');
    expect(JSON.parse(body.toString())).toMatchObject({
      type: 'alert.blocking.opened',
      data: {
        id: alert.id,
        at: '2026-11-22T12:00:00Z',
        event_url: `${PUBLIC}/blocking/${'f'.repeat(64)}`,
        alert_url: `${PUBLIC}/alerts/1`,
        words: { kk: ['news.example сайты ашылмайды.', 'Үшеуден екеуі.'] },
      },
    });
    expect(headers).toMatchObject({ 'webhook-id': 'alert-1', 'webhook-timestamp': String(START / 1000) });
    const key = fromBase64(String(headers['kuager-key']))!;
    expect(key).toEqual(keys.collector.publicKey);
    const signature = fromBase64(String(headers['webhook-signature']).replace('v1a,', ''))!;
    const signed = (seconds: number, bytes: Uint8Array) => concatBytes(utf8(`alert-1.${seconds}.`), bytes);
    expect(verify(signature, signed(START / 1000, body), key)).toBe(true);
    // Another time, or another byte, is another message.
    expect(verify(signature, signed(START / 1000 + 1, body), key)).toBe(false);
    expect(verify(signature, signed(START / 1000, concatBytes(body, utf8(' '))), key)).toBe(false);
  });

  it('is told nothing of what was announced before it was there, and each alert once', async () => {
    say();
    const http = await receiver();
    const notifier = notifierTo(webhookTo(`http://127.0.0.1:${http.port}/`));
    await notifier.look();
    expect(http.requests).toEqual([]);
    say();
    await Promise.all([notifier.look(), notifier.look()]);
    await notifier.look();
    expect(http.requests.map(({ headers }) => headers['webhook-id'])).toEqual(['alert-2']);
  });

  it('is tried again, later and later, and gets what came meanwhile in its order', async () => {
    const http = await receiver();
    http.answer = 500;
    const notifier = notifierTo(webhookTo(`http://127.0.0.1:${http.port}/`));
    say();
    await notifier.look();
    await notifier.look();
    expect(http.requests).toHaveLength(1);
    expect(lines).toEqual([expect.stringContaining('the answer was 500; it will be tried again')]);
    now += 30_000;
    await notifier.look();
    now += 30_000;
    await notifier.look();
    expect(http.requests).toHaveLength(2);
    now += 30_000;
    http.answer = 200;
    say({ state: 'ended' });
    await notifier.look();
    expect(http.requests.slice(2).map(({ headers }) => headers['webhook-id'])).toEqual([
      'alert-1',
      'alert-2',
    ]);
    expect(lines.at(-1)).toContain('it works again');
  });

  it.each([null, 301, 404])('does not take %s for an answer, nor follow it', async (answer) => {
    const http = await receiver();
    http.answer = answer;
    const notifier = notifierTo(webhookTo(`http://127.0.0.1:${http.port}/`));
    say();
    await notifier.look();
    expect(http.requests).toHaveLength(1);
    expect(store.progress(webhookTo(`http://127.0.0.1:${http.port}/`).id, 0)).toEqual({
      alertId: 0,
      sentAt: [],
    });
  });

  it('repeats after a crash what may not have arrived, under the same id, and nothing else', async () => {
    const http = await receiver();
    const channel = webhookTo(`http://127.0.0.1:${http.port}/`);
    const notifier = notifierTo(channel);
    say();
    await notifier.look();
    // Killed between the answer and the disk: the message went out, and the store does not know.
    const crashing: NotifyStore = {
      ...store,
      told() {
        throw new Error('killed here');
      },
    };
    const dying = createNotifier({
      archive,
      store: crashing,
      channels: [channel],
      perHour: 6,
      publicUrl: () => PUBLIC,
      nowMs: () => now,
      warn: () => undefined,
      onFault: () => undefined,
    });
    say();
    await dying.look();
    await dying.stop();
    const after = notifierTo(channel);
    await after.look();
    await after.look();
    expect(http.requests.map(({ headers }) => headers['webhook-id'])).toEqual([
      'alert-1',
      'alert-2',
      'alert-2',
    ]);
  });

  it('gives a receiver up that refuses for a day, says so, and goes on with the next alert', async () => {
    const http = await receiver();
    http.answer = 400;
    const notifier = notifierTo(webhookTo(`http://127.0.0.1:${http.port}/`));
    say();
    for (let i = 0; i < 40; i++) {
      await notifier.look();
      now += 3600 * 1000;
    }
    expect(http.requests).toHaveLength(30);
    expect(lines.at(-1)).toContain('given up after 30 attempts, alerts up to 1 were not sent there');
    http.answer = 200;
    say();
    await notifier.look();
    expect(http.requests.at(-1)?.headers['webhook-id']).toBe('alert-2');
  });

  it('gets a flood as one digest', async () => {
    const http = await receiver();
    const notifier = notifierTo(webhookTo(`http://127.0.0.1:${http.port}/`));
    for (let i = 0; i < 300; i++) say({ subject: String(i), headline: 'x'.repeat(2000) });
    await notifier.look();
    await notifier.look();
    expect(http.requests).toHaveLength(1);
    const { headers, body } = http.requests[0]!;
    expect(headers['webhook-id']).toBe('digest-1-300');
    expect(JSON.parse(body.toString())).toMatchObject({
      type: 'alert.digest',
      data: { count: 300, first: 1, last: 300 },
    });
    expect(body.length).toBeLessThan(512 * 1024);
  });

  it('over TLS wants a certificate that is trusted', async () => {
    const { keyPem, certPem } = await makeSelfIssued('127.0.0.1', Date.now());
    const http = await receiver({ key: keyPem, cert: certPem });
    const url = `https://127.0.0.1:${http.port}/`;
    say();
    const batch = { alerts: [], publicUrl: PUBLIC };
    const signal = new AbortController().signal;
    expect(await webhookTo(url).deliver(batch, signal)).toMatchObject({ ok: false });
    expect(http.requests).toEqual([]);
    expect(await webhookTo(url, { ca: certPem }).deliver(batch, signal)).toEqual({ ok: true });
  });
});

describe('where webhooks may go', () => {
  const settingsOf = (value: unknown): NotifySettings => {
    const reading = readNotifySettings(JSON.stringify(value));
    if ('problems' in reading) throw new Error(reading.problems.join());
    return reading.ok;
  };
  const serve = async (settings: NotifySettings, only = ONLY): Promise<void> => {
    const files: NotifyFiles = { settings, password: null, ca: null };
    const running = startNotifications({
      files,
      data: folder.path,
      archive,
      keys,
      publicUrl: () => PUBLIC,
      only,
      nowMs: () => now,
      notice: (line) => lines.push(line),
      onFault: (error) => lines.push(String(error)),
    });
    say();
    // The first look is on its way already; the next comes with the timer.
    await expect.poll(() => lines.length + received(), { timeout: 9_000 }).toBeGreaterThan(0);
    await running.stop();
  };
  let http: HttpReceiver;
  const received = (): number => http.requests.length;
  beforeEach(async () => {
    http = await receiver();
  });

  it('is to an allowed block, also without TLS', async () => {
    await serve(
      settingsOf({ webhooks: [{ url: `http://127.0.0.1:${http.port}/` }], allow: ['127.0.0.0/8'] }),
    );
    expect(http.requests).toHaveLength(1);
  }, 15_000);

  it.each([
    ['https to loopback', { webhooks: [{ url: 'https://127.0.0.1:PORT/' }] }, 'not public and not allowed'],
    [
      'another block',
      { webhooks: [{ url: 'http://127.0.0.1:PORT/' }], allow: ['10.0.0.0/8'] },
      'allowed blocks only',
    ],
    ['a private address', { webhooks: [{ url: 'https://10.0.0.1/' }] }, 'not public and not allowed'],
    ['the address of a cloud’s metadata', { webhooks: [{ url: 'https://169.254.169.254/' }] }, 'not public'],
    ['a mapped address', { webhooks: [{ url: 'https://[::ffff:127.0.0.1]:PORT/' }] }, 'not public'],
    [
      'what KUAGER_ONLY shuts out',
      { webhooks: [{ url: 'https://93.184.215.14/' }] },
      'DESTINATION_FORBIDDEN',
    ],
  ] as const)(
    'is nowhere else: %s',
    async (_what, value, why) => {
      await serve(settingsOf(JSON.parse(JSON.stringify(value).replaceAll('PORT', String(http.port)))));
      expect(received()).toBe(0);
      expect(lines.join(' ')).toContain(why);
    },
    15_000,
  );
});

describe('mail', () => {
  it('says it in the recipient’s language, in plain text, and names nobody else', async () => {
    const smtp = await mailbox(null);
    const notifier = notifierTo(mailTo(smtp.port));
    say();
    await notifier.look();
    expect(lines).toEqual([]);
    expect(smtp.mails).toHaveLength(1);
    const { from, to, data, helo } = smtp.mails[0]!;
    expect([from, to]).toEqual([
      expect.stringContaining('<alerts@collector.example>'),
      [expect.stringContaining('<editor@paper.example>')],
    ]);
    expect(helo).toBe('collector.example');
    const { headers, text } = readMail(data);
    expect(decodeWords(headers.get('subject') ?? '')).toBe(
      '[Kuäger] Блокировка, новое: Сайт news.example не открывается.',
    );
    expect(text).toContain('Двое из трёх.');
    expect(text).toContain(`${PUBLIC}/alerts/1`);
    expect(headers.get('message-id')).toBe('<alert-1.ru@collector.example>');
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('content-type')).toContain('text/plain');
  });

  it('stands under what was said first, so that an end is seen as one', async () => {
    const smtp = await mailbox(null);
    const notifier = notifierTo(mailTo(smtp.port));
    say();
    say({ state: 'ended' });
    await notifier.look();
    const { headers } = readMail(smtp.mails[1]!.data);
    expect(headers.get('in-reply-to')).toBe('<alert-1.ru@collector.example>');
    expect(decodeWords(headers.get('subject') ?? '')).toContain('закончилось');
  });

  it('is not shaped by what an alert says', async () => {
    const smtp = await mailbox(null);
    const notifier = notifierTo(mailTo(smtp.port));
    const evil = 'x\r\nBcc: other@evil.example\r\n\r\n.\r\nMAIL FROM:<evil>';
    say({ words: JSON.stringify({ ru: [evil, '.', 'last'] }) });
    await notifier.look();
    expect(smtp.mails).toHaveLength(1);
    const { headers, text } = readMail(smtp.mails[0]!.data);
    expect([...headers.keys()]).not.toContain('bcc');
    expect(smtp.commands.filter((line) => /^(MAIL|RCPT)/.test(line))).toHaveLength(2);
    expect(text).toContain('last');
  });

  it('leaves out the kinds that a recipient did not ask for', async () => {
    const smtp = await mailbox(null);
    const notifier = notifierTo(mailTo(smtp.port));
    say({ kind: 'interception' });
    await notifier.look();
    expect(smtp.mails).toEqual([]);
    expect(store.progress(mailTo(smtp.port).id, 0)?.alertId).toBe(1);
  });

  it('goes nowhere without STARTTLS, but on loopback', async () => {
    const smtp = await mailbox(null);
    const away = mailTo(smtp.port, { resolve: async (address) => ({ address, atHome: false }) });
    const notifier = notifierTo(away);
    say();
    await notifier.look();
    expect(smtp.mails).toEqual([]);
    expect(smtp.commands.some((line) => /^(AUTH|MAIL)/.test(line))).toBe(false);
    expect(lines.join()).toMatch(/the mail server did not take it/);
    expect(lines.join()).not.toContain('editor@');
  });

  it('checks the server’s certificate after STARTTLS, and hands the password over only then', async () => {
    const { keyPem, certPem } = await makeSelfIssued('127.0.0.1', Date.now());
    const smtp = await mailbox({ key: keyPem, cert: certPem });
    const server = {
      host: '127.0.0.1',
      port: smtp.port,
      implicitTls: false,
      user: 'kuager',
      passwordFile: 'p',
      from: 'alerts@collector.example',
    };
    const away = {
      resolve: async (address: string) => ({ address, atHome: false }),
      server,
      password: 'secret',
    };
    const batch = { alerts: [], publicUrl: PUBLIC };
    const signal = new AbortController().signal;
    expect(await mailTo(smtp.port, away).deliver(batch, signal)).toMatchObject({ ok: false });
    expect(smtp.mails).toEqual([]);
    expect(await mailTo(smtp.port, { ...away, ca: certPem }).deliver(batch, signal)).toEqual({ ok: true });
    expect(smtp.mails[0]).toMatchObject({ encrypted: true, auth: '\u0000kuager\u0000secret' });
    expect(smtp.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1);
  });

  it('takes TLS from the first byte where that is said', async () => {
    const { keyPem, certPem } = await makeSelfIssued('127.0.0.1', Date.now());
    const smtp = await mailbox({ key: keyPem, cert: certPem }, true);
    const server = {
      host: '127.0.0.1',
      port: smtp.port,
      implicitTls: true,
      user: null,
      passwordFile: null,
      from: 'alerts@collector.example',
    };
    const channel = mailTo(smtp.port, { server, ca: certPem });
    const signal = new AbortController().signal;
    expect(await channel.deliver({ alerts: [], publicUrl: PUBLIC }, signal)).toEqual({ ok: true });
    expect(smtp.mails[0]?.encrypted).toBe(true);
  });

  it('that is refused is tried again, without the address in the log', async () => {
    const smtp = await mailbox(null);
    smtp.recipientReply = '451 <editor@paper.example> later';
    const notifier = notifierTo(mailTo(smtp.port));
    say();
    await notifier.look();
    expect(lines.join()).toContain('451');
    expect(lines.join()).not.toContain('editor@');
    smtp.recipientReply = '250 ok';
    now += 60_000;
    await notifier.look();
    expect(smtp.mails).toHaveLength(1);
  });
});

describe('what is written of those who are told', () => {
  it('has no address in it', async () => {
    const smtp = await mailbox(null);
    const notifier = notifierTo(mailTo(smtp.port));
    say();
    await notifier.look();
    expect(smtp.mails).toHaveLength(1);
    const { readFileSync, readdirSync } = await import('node:fs');
    for (const name of readdirSync(folder.path).filter((each) => each.startsWith('notify')))
      expect(readFileSync(`${folder.path}/${name}`, 'latin1'), name).not.toContain('paper.example');
  });
});
