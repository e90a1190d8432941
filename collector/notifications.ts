/** `serve --notify`: the notifier with real sockets, the collector's key and the operator's files. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { cidrContains, ipClass, parseIp } from '../shared/codec/ip.ts';
import type { CollectorKeys } from './archive/keys.ts';
import { createGuard } from './control/guard.ts';
import { createOutgoing } from './control/index.ts';
import { CollectorError } from './errors.ts';
import type { Channel } from './notify/channel.ts';
import { createMail, type ResolveChecked } from './notify/mail.ts';
import { createNotifier, LOOK_EVERY_MS } from './notify/run.ts';
import { readNotifySettings, type NotifySettings } from './notify/settings.ts';
import { createWebhook, type ConnectChecked } from './notify/webhook.ts';
import type { AlertReader } from './store/alerts.ts';
import { openNotifyStore } from './store/sqlite/notify.ts';

/** Any right for group or others. */
const FOREIGN_RIGHTS = 0o077;
/** Bytes of a settings file; a hundred channels have a tenth of it. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Problems of a settings file that are named; the rest is counted. */
const MAX_PROBLEMS_SHOWN = 10;
/** Addresses of one name that are tried. */
const MAX_ADDRESSES_TRIED = 3;

/** What `--notify FILE` says, with the files that it names read. */
export interface NotifyFiles {
  readonly settings: NotifySettings;
  readonly password: string | null;
  readonly ca: string | null;
}

/** A pipe would keep the collector waiting for ever, and a device has no end: neither is opened for more than a look. */
function readPlainFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error(`${path} is no file`);
    if (stat.size > MAX_FILE_BYTES) throw new Error(`${path} is larger than ${MAX_FILE_BYTES} bytes`);
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, stat.size, 0));
  } finally {
    closeSync(file);
  }
}

function readSmall(path: string, what: string): string {
  try {
    return readPlainFile(path);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `${what}: ${detail}`, { cause: error });
  }
}

/** Windows has other rights, which these bits don't tell. */
const isForeign = (path: string): boolean =>
  process.platform !== 'win32' && (statSync(path).mode & FOREIGN_RIGHTS) !== 0;

/** Paths in the file are from its own folder. Throws FILE_UNREADABLE, NOTIFY_INVALID, NOTIFY_RIGHTS. */
export function readNotifyFiles(path: string): NotifyFiles {
  const reading = readNotifySettings(readSmall(path, '--notify'));
  if ('problems' in reading) {
    const { problems } = reading;
    const more = problems.length > MAX_PROBLEMS_SHOWN ? `; ${problems.length - MAX_PROBLEMS_SHOWN} more` : '';
    throw new CollectorError(
      'NOTIFY_INVALID',
      `${path}: ${problems.slice(0, MAX_PROBLEMS_SHOWN).join('; ')}${more}`,
    );
  }
  const settings = reading.ok;
  const beside = (file: string): string => (isAbsolute(file) ? file : join(dirname(path), file));
  // Whom alerts are sent to is as much a secret as the password.
  if (settings.recipients.length > 0 && isForeign(path))
    throw new CollectorError('NOTIFY_RIGHTS', `${path} names people and can be read by others`);
  const secret = settings.mailServer?.passwordFile ?? null;
  const password = secret === null ? null : readSmall(beside(secret), '--notify password_file').trimEnd();
  if (secret !== null && isForeign(beside(secret)))
    throw new CollectorError('NOTIFY_RIGHTS', `${beside(secret)} holds a password and can be read by others`);
  const ca = settings.caFile === null ? null : readSmall(beside(settings.caFile), '--notify ca_file');
  return { settings, password, ca };
}

export interface NotificationOptions {
  readonly files: NotifyFiles;
  readonly data: string;
  readonly archive: AlertReader;
  readonly keys: CollectorKeys;
  readonly publicUrl: () => string;
  /** The value of KUAGER_ONLY. */
  readonly only: string | undefined;
  readonly nowMs: () => number;
  readonly notice: (line: string, loud: boolean) => void;
  readonly onFault: (error: unknown, what: string) => void;
}

/** Webhooks go where the control may go, and to the blocks that the operator allows for them. */
function connectChecked(settings: NotifySettings, only: string | undefined): ConnectChecked {
  const outgoing = createOutgoing({ allow: settings.allow, only });
  const isAllowed = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== null && settings.allow.some((cidr) => cidrContains(cidr, ip));
  };
  return async (host, port, { allowedOnly, signal }) => {
    const { addresses, failure } = await outgoing.resolve(host, signal);
    if (failure !== null) return { why: `the name can’t be resolved (${failure})` };
    const open = addresses.filter(
      (address) => outgoing.refusal(address, port) === null && (!allowedOnly || isAllowed(address)),
    );
    let why = allowedOnly
      ? 'plain http goes to allowed blocks only'
      : 'the address is not public and not allowed';
    for (const address of open.slice(0, MAX_ADDRESSES_TRIED)) {
      const result = await outgoing.connect(address, port, signal);
      if (result.socket !== null) return { socket: result.socket };
      why = `the connection failed (${result.failure})`;
    }
    return { why };
  };
}

/** The operator's own mail server may be anywhere, and is behind the guard all the same. */
function resolveChecked(only: string | undefined): ResolveChecked {
  const outgoing = createOutgoing({ allow: [], only });
  const guard = createGuard(only);
  return async (host, signal) => {
    const { addresses, failure } = await outgoing.resolve(host, signal);
    const [address] = addresses;
    if (failure !== null || address === undefined) return { why: 'the mail server’s name can’t be resolved' };
    guard.check(address);
    const ip = parseIp(address);
    return { address, atHome: ip !== null && ipClass(ip) === 'loopback' };
  };
}

function channelsOf(options: NotificationOptions): readonly Channel[] {
  const { files, keys, only, nowMs } = options;
  const { settings, password, ca } = files;
  const connect = connectChecked(settings, only);
  const resolve = resolveChecked(only);
  const publicHost = (): string => new URL(options.publicUrl()).hostname;
  const webhooks = settings.webhooks.map((webhook, i) =>
    createWebhook({ number: i + 1, settings: webhook, connect, signer: keys.collector, nowMs, ca }),
  );
  const server = settings.mailServer;
  const mails = settings.recipients.flatMap((recipient, i) =>
    server === null
      ? []
      : [createMail({ number: i + 1, server, recipient, password, resolve, ca, publicHost })],
  );
  return [...webhooks, ...mails];
}

/** Begins to look for alerts, also those that came while the collector was down; `stop` before the archive is closed. */
export function startNotifications(options: NotificationOptions): { stop(): Promise<void> } {
  const store = openNotifyStore({ folder: options.data });
  const notifier = createNotifier({
    archive: options.archive,
    store,
    channels: channelsOf(options),
    perHour: options.files.settings.perHour,
    publicUrl: options.publicUrl,
    nowMs: options.nowMs,
    warn: (line) => options.notice(line, true),
    onFault: options.onFault,
  });
  const timer = setInterval(() => void notifier.look(), LOOK_EVERY_MS);
  timer.unref();
  void notifier.look();
  return {
    async stop() {
      clearInterval(timer);
      await notifier.stop();
      store.close();
    },
  };
}
