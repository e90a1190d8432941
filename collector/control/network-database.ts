/**
 * Which network an address belongs to, from a database that the operator brings: MaxMind's DB format (GeoLite2, DB-IP,
 * IPinfo and their kin) or rows of text. None is shipped. Format: https://maxmind.github.io/MaxMind-DB/
 */
import { Reader } from 'mmdb-lib';
import { fromUtf8 } from '../../shared/codec/base64.ts';
import { formatIp, parseIp } from '../../shared/codec/ip.ts';
import type { Ip } from '../../shared/codec/ip.ts';
import { asNumber, asObject, asString } from '../../shared/schema/read.ts';
import { readNetworkTable } from './network-table.ts';
import { plainAddress } from './rate-limit.ts';

/** Null: the database does not say. */
export interface Network {
  readonly asn: number | null;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly cc: string | null;
}

export interface NetworkDatabase {
  /** Kind, rows or build date, for the operator's log. */
  readonly about: string;
  lookup(address: string): Network | null;
}

/** `\xab\xcd\xefMaxMind.com`; the metadata follows the last one in the file and is at most 128 KiB long. */
const METADATA_MARKER = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
const MAX_METADATA_BYTES = 128 * 1024;
/** Zeros between the search tree and the data. */
const SEPARATOR_BYTES = 16;
const SUPPORTED_VERSION = 2;
const COUNTRY = /^[A-Z]{2}$/;
const AS_NUMBER = /^(?:AS)?(\d{1,10})$/i;

function asnOf(row: Readonly<Record<string, unknown>>): number | null {
  const number = asNumber(row['autonomous_system_number']) ?? asNumber(row['asn']);
  const text = AS_NUMBER.exec(asString(row['asn']) ?? '')?.[1];
  const asn = number ?? (text === undefined ? 0 : Number(text));
  return asn > 0 ? asn : null;
}

function countryOf(row: Readonly<Record<string, unknown>>): string | null {
  const said = [
    row['country_code'],
    asObject(row['country'])?.['iso_code'],
    row['country'],
    asObject(row['registered_country'])?.['iso_code'],
  ];
  return said.map((value) => asString(value) ?? '').find((value) => COUNTRY.test(value)) ?? null;
}

function openMmdb(bytes: Buffer): NetworkDatabase | { readonly problem: string } {
  let reader: Reader<never>;
  try {
    reader = new Reader<never>(bytes);
  } catch {
    return { problem: 'its metadata can’t be read: the file is damaged' };
  }
  const { binaryFormatMajorVersion, searchTreeSize, ipVersion, buildEpoch, databaseType } = reader.metadata;
  if (binaryFormatMajorVersion !== SUPPORTED_VERSION)
    return { problem: `MMDB format ${String(binaryFormatMajorVersion)} is not supported` };
  const dataStart = searchTreeSize + SEPARATOR_BYTES;
  const separator = bytes.subarray(searchTreeSize, dataStart);
  if (!(dataStart <= bytes.length) || separator.some((byte) => byte !== 0))
    return { problem: 'its search tree and data don’t fit together: the file is damaged' };
  const built = Number.isNaN(buildEpoch.getTime()) ? 'unknown' : buildEpoch.toISOString().slice(0, 10);
  return {
    about: `${String(databaseType).slice(0, 60)}, built ${built}`,
    lookup(address) {
      const ip = addressOf(address);
      // The reader would look an IPv6 address's first four bytes up in a database of IPv4.
      if (ip === null || (ip.family === 6 && ipVersion === 4)) return null;
      try {
        const row = asObject(reader.get(formatIp(ip)));
        return row === null ? null : { asn: asnOf(row), cc: countryOf(row) };
      } catch {
        // A damaged row: nothing is known of this address, and the others stay readable.
        return null;
      }
    },
  };
}

const addressOf = (text: string): Ip | null => parseIp(plainAddress(text));

/** Reads a database by its content. Pure but for the memory it keeps; `problem` is one clause for a message. */
export function readNetworkDatabase(bytes: Buffer): NetworkDatabase | { readonly problem: string } {
  const tail = bytes.subarray(Math.max(0, bytes.length - MAX_METADATA_BYTES - METADATA_MARKER.length));
  if (tail.includes(METADATA_MARKER)) return openMmdb(bytes);
  const text = bytes.includes(0) ? null : fromUtf8(bytes);
  if (text === null)
    return { problem: 'it is neither rows of text nor a whole MMDB (which ends in its metadata)' };
  const table = readNetworkTable(text.replace(/^\ufeff/, ''));
  if ('problem' in table) return table;
  return {
    about: `${table.rows} row(s) of text`,
    lookup(address) {
      const ip = addressOf(address);
      return ip === null ? null : table.ok(ip);
    },
  };
}
