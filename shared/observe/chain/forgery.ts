/**
 * How a shown leaf relates to the one that the control got for the same name at the same address, point by point. It
 * describes and never says who: a renewed certificate shares much with the one before. Points that can't be told from
 * their opposite are left out.
 */
import type { Certificate } from '../../codec/x509.ts';
import { nameKey } from '../../codec/x509.ts';
import { toHex } from '../../codec/base64.ts';
import type { ForgeryPoint } from '../../model/interception.ts';

const HOUR_MS = 3_600_000;
/** Whoever mistakes local time for UTC is off by this much at most; renewals come days apart. Hours. */
const MAX_SHIFT_HOURS = 14;
/** Bytes at the start of a serial number that two certificates share by chance or by their authority's habit, at most. */
const MAX_CHANCE_SERIAL_BYTES = 3;

/** Attributes whatever their order and string type. */
const attributesOf = ({ attributes }: Certificate['subject']): string =>
  JSON.stringify(attributes.map(({ type, value }) => [type, value]).sort());

/** DNS names in lower case and addresses in hex, each once. */
function namesOf({ altNames }: Certificate): readonly string[] {
  const names = [...(altNames?.dns ?? []).map((n) => n.toLowerCase()), ...(altNames?.ip ?? []).map(toHex)];
  return [...new Set(names)].sort();
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

function nameForgery(shown: Certificate, origin: Certificate, sni: string): ForgeryPoint | null {
  const [forged, own] = [namesOf(shown), namesOf(origin)];
  if (forged.length === 0 || sameList(own, [sni])) return null;
  if (sameList(forged, own)) return { point: 'names_copied' };
  return sameList(forged, [sni]) ? { point: 'names_from_sni' } : null;
}

/** A subject that holds the asked name alone could have been written by anybody who heard it. */
function subjectIsCopied(shown: Certificate, origin: Certificate, sni: string): boolean {
  const { attributes } = origin.subject;
  const alone = attributes.length === 1 && attributes[0]?.value.toLowerCase() === sni;
  return attributes.length > 0 && !alone && attributesOf(shown.subject) === attributesOf(origin.subject);
}

function shiftedHours(shown: Certificate, origin: Certificate): number | null {
  const from = shown.notBefore.ms - origin.notBefore.ms;
  const to = shown.notAfter.ms - origin.notAfter.ms;
  if (from !== to || from === 0 || from % HOUR_MS !== 0) return null;
  const hours = from / HOUR_MS;
  return Math.abs(hours) <= MAX_SHIFT_HOURS ? hours : null;
}

function serialPrefix(shown: Certificate, origin: Certificate): ForgeryPoint | null {
  const [a, b] = [shown.serial, origin.serial];
  if (a.length !== b.length || a.startsWith('-') || b.startsWith('-')) return null;
  const of = a.length / 2;
  let equal = 0;
  while (equal < of && a.slice(2 * equal, 2 * equal + 2) === b.slice(2 * equal, 2 * equal + 2)) equal += 1;
  return equal > MAX_CHANCE_SERIAL_BYTES ? { point: 'serial_prefix', equal, of } : null;
}

/** A key that differs, an issuer that does: by its name, or where that is the same, by its key's identifier. */
function issuerIsReplaced(shown: Certificate, origin: Certificate): boolean {
  if (attributesOf(shown.issuer) !== attributesOf(origin.issuer)) return true;
  const [a, b] = [shown.authorityKeyId, origin.authorityKeyId];
  return a !== null && b !== null && a !== b;
}

/**
 * Empty when both are the same certificate. `serverName`: what was asked for; null: nothing, and whoever names the
 * site all the same has looked at its certificate.
 */
export function forgeryPoints(
  shown: Certificate,
  origin: Certificate,
  serverName: string | null,
): readonly ForgeryPoint[] {
  if (nameKey(shown.der) === nameKey(origin.der)) return [];
  const sni = (serverName ?? '').toLowerCase();
  const hours = shiftedHours(shown, origin);
  const gone = origin.extensionIds.filter((oid) => !shown.extensionIds.includes(oid));
  const points: readonly (ForgeryPoint | null)[] = [
    subjectIsCopied(shown, origin, sni) ? { point: 'subject_copied' } : null,
    nameForgery(shown, origin, sni),
    hours === null ? null : { point: 'dates_shifted', hours },
    serialPrefix(shown, origin),
    gone.length === 0 ? null : { point: 'extensions_gone', oids: [...gone].sort() },
    nameKey(shown.publicKey.der) === nameKey(origin.publicKey.der) ? null : { point: 'key_differs' },
    issuerIsReplaced(shown, origin) ? { point: 'issuer_replaced' } : null,
  ];
  return points.filter((point) => point !== null);
}

/**
 * What a site's own other certificate does not do: dates moved by whole hours or the start of a serial number kept, under
 * another key and another issuer. One of them may be chance; together with what the caller knows of trust it is no renewal.
 */
export function looksCopied(points: readonly ForgeryPoint[]): boolean {
  const has = (point: ForgeryPoint['point']): boolean => points.some((p) => p.point === point);
  return has('key_differs') && has('issuer_replaced') && (has('dates_shifted') || has('serial_prefix'));
}
