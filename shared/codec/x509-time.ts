import { DerError, TAG, type DerElement } from './der.ts';

export interface CertificateTime {
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly iso: string;
  /** Milliseconds since 1970 UTC; negative before. */
  readonly ms: number;
  /** Spelled as RFC 5280 4.1.2.5 wants it; no client accepts a certificate with another. */
  readonly regular: boolean;
}

/** Seconds and `Z`, no fraction. */
const REGULAR = /^(?:\d{12}|\d{14})Z$/;

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.\d{1,9})?(Z|[+-]\d{4})$/;
/** RFC 5280 4.1.2.5.1: two-digit years from 50 on belong to the 20th century. */
const FIRST_YEAR_OF_1900S = 50;
const MINUTE_MS = 60_000;
/** `9999-12-31T23:59:59Z`, RFC 5280's "no well-defined expiration date", is the last instant that can be written. */
const LAST_MS = 253_402_300_799_000;
/** `0000-01-01T00:00:00Z`. */
const FIRST_MS = -62_167_219_200_000;

function offsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}

/**
 * UTCTime or GeneralizedTime. RFC 5280 wants seconds and `Z`; certificates without seconds or with an offset exist and
 * are read, because an interceptor's dates matter more than their spelling.
 */
export function decodeTime(element: DerElement): CertificateTime {
  const short = element.tag === TAG.utcTime;
  if (!short && element.tag !== TAG.generalizedTime) throw new DerError('date of another type');
  if (element.content.length > 32) throw new DerError('date too long');
  const text = String.fromCharCode(...element.content);
  const match = (short ? UTC_TIME : GENERALIZED_TIME).exec(text);
  if (match === null) throw new DerError('date that cannot be read');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const century = short ? (year < FIRST_YEAR_OF_1900S ? 2000 : 1900) : 0;
  const date = new Date(0);
  // `Date.UTC` would read the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(century + year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const ms = date.getTime() - offsetMs(match[7] ?? 'Z');
  if (!exists || ms < FIRST_MS || ms > LAST_MS) throw new DerError('date that does not exist');
  return { iso: `${new Date(ms).toISOString().slice(0, 19)}Z`, ms, regular: REGULAR.test(text) };
}
