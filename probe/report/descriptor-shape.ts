/** Reads a collector's descriptor. Untrusted even when signed: a signer may be wrong. Pure. */
import { fromBase64, fromUtf8 } from '../../shared/codec/base64.ts';
import { HPKE_KEY_ID_BYTES } from '../../shared/codec/sealed.ts';
import type { ControlDescriptor, Descriptor, ReflectorDescriptor } from '../../shared/model/index.ts';
import { readReflector } from '../../shared/schema/reflector.ts';

const MAX_LISTED = 64;
const MAX_TEXT_CHARS = 2048;
const KEY_BYTES = 32;

type Json = Readonly<Record<string, unknown>>;
class Malformed extends Error {}

function need(condition: boolean, where: string): asserts condition {
  if (!condition) throw new Malformed(where);
}
function object(value: unknown, where: string): Json {
  need(typeof value === 'object' && value !== null && !Array.isArray(value), where);
  return value as Json;
}
function text(value: unknown, where: string): string {
  need(typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_CHARS, where);
  return value;
}
function list<T>(value: unknown, where: string, read: (item: unknown, where: string) => T): T[] {
  need(Array.isArray(value) && value.length <= MAX_LISTED, where);
  return value.map((item, i) => read(item, `${where}[${i}]`));
}
function key(value: unknown, where: string): string {
  const found = text(value, where);
  need(fromBase64(found)?.length === KEY_BYTES, where);
  return found;
}
function httpUrl(value: unknown, where: string): string {
  const found = text(value, where);
  need(URL.canParse(found) && /^https?:$/.test(new URL(found).protocol), where);
  return found;
}

function control(value: unknown, where: string): ControlDescriptor {
  const o = object(value, where);
  return { url: httpUrl(o['url'], `${where}.url`), key: key(o['key'], `${where}.key`) };
}

function reflector(value: unknown, where: string): ReflectorDescriptor {
  const reading = readReflector(value);
  if ('bad' in reading) throw new Malformed(`${where}.${reading.bad[0] ?? ''}`);
  return reading.ok;
}

function read(payload: Uint8Array): Descriptor {
  const o = object(JSON.parse(fromUtf8(payload) ?? ''), 'document');
  need(o['version'] === 1, 'version');
  const collector = object(o['collector'], 'collector');
  const hpke = object(o['hpke'], 'hpke');
  const log = object(o['log'], 'log');
  const issued = text(o['issued'], 'issued');
  need(!Number.isNaN(Date.parse(issued)), 'issued');
  const keyid = text(hpke['keyid'], 'hpke.keyid');
  need(new RegExp(`^[0-9a-f]{${2 * HPKE_KEY_ID_BYTES}}$`).test(keyid), 'hpke.keyid');
  return {
    version: 1,
    issued,
    collector: {
      url: httpUrl(collector['url'], 'collector.url'),
      key: key(collector['key'], 'collector.key'),
    },
    hpke: { keyid, key: key(hpke['key'], 'hpke.key') },
    log: { origin: text(log['origin'], 'log.origin'), vkey: text(log['vkey'], 'log.vkey') },
    controls: list(o['controls'], 'controls', control),
    reflectors: list(o['reflectors'], 'reflectors', reflector),
  };
}

/** The descriptor, or the place where it is not one. Never throws. */
export function parseDescriptor(
  payload: Uint8Array,
): { readonly ok: Descriptor } | { readonly error: string } {
  try {
    return { ok: read(payload) };
  } catch (error) {
    return { error: error instanceof Malformed ? error.message : 'not JSON' };
  }
}
