/** Who is told: the operator's JSON file. Every bad field is one line; an unknown one is bad, since it does nothing. Pure. */
import type { Cidr } from '../../shared/codec/ip.ts';
import { parseCidr } from '../../shared/codec/ip.ts';
import { LANGUAGES, type Language } from '../../shared/i18n/index.ts';
import { isObject, type Json } from '../../shared/schema/read.ts';
import { ALERT_KINDS, type AlertKind } from '../store/alerts.ts';

const MAX_CHANNELS = 100;
const MAX_URL_CHARS = 2_000;
/** RFC 5321, 4.5.3.1.3, without the angle brackets. */
const MAX_ADDRESS_CHARS = 254;
const MAX_NAME_CHARS = 253;
const MAX_PATH_CHARS = 4_096;
/** Messages an hour and channel unless the file says otherwise, and the most that it may say. */
const USUAL_PER_HOUR = 6;
const MAX_PER_HOUR = 60;
/** RFC 6409: the port for handing mail in, with STARTTLS; RFC 8314: the one with TLS from the start. */
const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;
/** One address and no display name: neither can a second recipient hide in it, nor a header. */
const MAIL_ADDRESS = /^[^\s@<>()[\]",;:\\\p{Cc}]{1,64}@[^\s@<>()[\]",;:\\\p{Cc}]{1,190}$/u;
const HOST = /^[A-Za-z0-9._:-]{1,253}$/;

export interface WebhookSettings {
  readonly url: string;
  readonly kinds: readonly AlertKind[];
}
export interface RecipientSettings {
  readonly address: string;
  readonly language: Language;
  readonly kinds: readonly AlertKind[];
}
export interface MailServerSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly implicitTls: boolean;
  readonly user: string | null;
  /** Path of the file with the password, readable by its owner only. */
  readonly passwordFile: string | null;
  readonly from: string;
}
export interface NotifySettings {
  readonly webhooks: readonly WebhookSettings[];
  readonly mailServer: MailServerSettings | null;
  readonly recipients: readonly RecipientSettings[];
  readonly perHour: number;
  /** Blocks that webhooks may go to although they are not public; plain http goes nowhere else. */
  readonly allow: readonly Cidr[];
  /** Path of a PEM file with further authorities that receivers' certificates may come from. */
  readonly caFile: string | null;
}

export type SettingsReading = { readonly ok: NotifySettings } | { readonly problems: readonly string[] };

/** Collects problems; each reader gives what it found, or a value that nobody will see. */
class Reader {
  readonly problems: string[] = [];

  object(value: unknown, path: string, keys: readonly string[]): Json {
    if (!isObject(value)) {
      this.problems.push(`${path} must be an object`);
      return {};
    }
    for (const key of Object.keys(value))
      if (!keys.includes(key)) this.problems.push(`${path}.${key.slice(0, 40)} is no setting`);
    return value;
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length <= MAX_CHANNELS) return value;
    this.problems.push(`${path} must be a list of at most ${MAX_CHANNELS}`);
    return [];
  }

  text(value: unknown, path: string, max: number, form: (text: string) => boolean, shape: string): string {
    if (typeof value === 'string' && value.length <= max && form(value)) return value;
    this.problems.push(`${path} must be ${shape}`);
    return '';
  }

  path(value: unknown, path: string): string | null {
    const form = (text: string): boolean => text !== '' && !text.includes('\0');
    return value === undefined ? null : this.text(value, path, MAX_PATH_CHARS, form, 'the path of a file');
  }

  whole(value: unknown, path: string, usual: number, max: number): number {
    if (value === undefined) return usual;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
    this.problems.push(`${path} must be a whole number from 1 to ${max}`);
    return usual;
  }

  flag(value: unknown, path: string): boolean {
    if (value === undefined || typeof value === 'boolean') return value === true;
    this.problems.push(`${path} must be true or false`);
    return false;
  }

  kinds(value: unknown, path: string): readonly AlertKind[] {
    if (value === undefined) return ALERT_KINDS;
    const kinds = ALERT_KINDS.filter((kind) => Array.isArray(value) && value.includes(kind));
    if (Array.isArray(value) && kinds.length > 0 && kinds.length === value.length) return kinds;
    this.problems.push(`${path} must be a list of ${ALERT_KINDS.join(', ')}`);
    return [];
  }

  cidr(value: unknown, path: string): readonly Cidr[] {
    const cidr = typeof value === 'string' ? parseCidr(value) : null;
    if (cidr === null) this.problems.push(`${path} must be a CIDR block`);
    return cidr === null ? [] : [cidr];
  }
}

/** Where http would go is not known before the name is resolved: here only that something is allowed at all. */
function webhookUrl(text: string, allowsHttp: boolean): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && allowsHttp);
}

function readServer(reader: Reader, value: unknown): MailServerSettings | null {
  if (value === undefined) return null;
  const keys = ['host', 'port', 'implicit_tls', 'user', 'password_file', 'from'];
  const server = reader.object(value, 'mail_server', keys);
  const implicitTls = reader.flag(server['implicit_tls'], 'mail_server.implicit_tls');
  const usualPort = implicitTls ? SUBMISSIONS_PORT : SUBMISSION_PORT;
  const user =
    server['user'] === undefined
      ? null
      : reader.text(server['user'], 'mail_server.user', MAX_ADDRESS_CHARS, (t) => t !== '', 'a user’s name');
  const passwordFile = reader.path(server['password_file'], 'mail_server.password_file');
  if ((user === null) !== (passwordFile === null))
    reader.problems.push('mail_server.user and mail_server.password_file go together');
  return {
    host: reader.text(
      server['host'],
      'mail_server.host',
      MAX_NAME_CHARS,
      (t) => HOST.test(t),
      'a host name or address',
    ),
    port: reader.whole(server['port'], 'mail_server.port', usualPort, 65_535),
    implicitTls,
    user,
    passwordFile,
    from: reader.text(
      server['from'],
      'mail_server.from',
      MAX_ADDRESS_CHARS,
      (t) => MAIL_ADDRESS.test(t),
      'a mail address',
    ),
  };
}

/** The file's text → settings, or every problem in it. Never throws. */
export function readNotifySettings(text: string): SettingsReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: ['it is not JSON'] };
  }
  const reader = new Reader();
  const root = reader.object(value, 'settings', [
    'webhooks',
    'mail_server',
    'recipients',
    'per_hour',
    'allow',
    'ca_file',
  ]);
  const allow = reader.list(root['allow'], 'allow').flatMap((each, i) => reader.cidr(each, `allow[${i}]`));
  const webhooks = reader.list(root['webhooks'], 'webhooks').map((each, i): WebhookSettings => {
    const path = `webhooks[${i}]`;
    const row = reader.object(each, path, ['url', 'kinds']);
    const form = (url: string): boolean => webhookUrl(url, allow.length > 0);
    const shape = 'an https URL (http only with `allow`) without a user or a fragment';
    return {
      url: reader.text(row['url'], `${path}.url`, MAX_URL_CHARS, form, shape),
      kinds: reader.kinds(row['kinds'], `${path}.kinds`),
    };
  });
  const recipients = reader.list(root['recipients'], 'recipients').map((each, i): RecipientSettings => {
    const path = `recipients[${i}]`;
    const row = reader.object(each, path, ['address', 'language', 'kinds']);
    const language = LANGUAGES.find((known) => known === row['language']);
    if (language === undefined)
      reader.problems.push(`${path}.language must be one of ${LANGUAGES.join(', ')}`);
    return {
      address: reader.text(
        row['address'],
        `${path}.address`,
        MAX_ADDRESS_CHARS,
        (t) => MAIL_ADDRESS.test(t),
        'a mail address',
      ),
      language: language ?? 'en',
      kinds: reader.kinds(row['kinds'], `${path}.kinds`),
    };
  });
  const mailServer = readServer(reader, root['mail_server']);
  if (recipients.length > 0 && mailServer === null) reader.problems.push('recipients need a mail_server');
  const twice = [...webhooks.map((w) => w.url), ...recipients.map((r) => r.address.toLowerCase())].filter(
    (each, i, all) => each !== '' && all.indexOf(each) !== i,
  );
  if (twice.length > 0) reader.problems.push('a URL or an address stands there twice');
  const perHour = reader.whole(root['per_hour'], 'per_hour', USUAL_PER_HOUR, MAX_PER_HOUR);
  const caFile = reader.path(root['ca_file'], 'ca_file');
  if (reader.problems.length > 0) return { problems: reader.problems };
  return { ok: { webhooks, mailServer, recipients, perHour, allow, caFile } };
}
