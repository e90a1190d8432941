/** Sightings and networks that the tests of joining share. */
import type { CleanSighting, Sighting } from '../../../shared/model/index.ts';
import { readNetworks } from '../../../shared/rules/index.ts';

/** Two owners' fixed networks, one mobile, one bank, one host. */
export const ASN = {
  fixed: 64500,
  sameOwner: 64501,
  other: 64510,
  mobile: 64520,
  bank: 64530,
  host: 64540,
  mixed: 64550,
};
export const NETWORKS = readNetworks(
  [
    'asn,owner,access,from,to,source',
    `${ASN.fixed},Alpha,fixed,,,x`,
    `${ASN.sameOwner},Alpha,fixed,,,x`,
    `${ASN.other},Beta,fixed,,,x`,
    `${ASN.mobile},Alpha,mobile,,,x`,
    `${ASN.bank},Bank,enterprise,,,x`,
    `${ASN.host},Machines,hosting,,,x`,
    `${ASN.mixed},Gamma,mixed,,,x`,
    '',
  ].join('\n'),
);

export const SPKI = 'ab'.repeat(32);
const hex = (n: number): string => n.toString(16).padStart(64, '0');
let counter = 0;

/** An unknown authority, met by a device's first key on a fixed line, at a reflector too. */
export function met(more: Partial<Sighting> = {}): Sighting {
  counter += 1;
  return {
    measurementId: hex(counter),
    startTime: '2026-11-20 10:00:00',
    late: false,
    pseudonym: 'p1',
    asn: ASN.fixed,
    cc: 'KZ',
    line: 'unknown',
    region: null,
    authority: 'unknown',
    proven: false,
    finished: true,
    spki: SPKI,
    name: 'CN=Gateway',
    hosts: ['a.example'],
    firstMet: true,
    forgedAtReflector: true,
    keyed: 'unclear',
    local: false,
    ...more,
  };
}

export function clean(pseudonym: string, more: Partial<CleanSighting> = {}): CleanSighting {
  counter += 1;
  return {
    measurementId: hex(counter),
    startTime: '2026-11-20 12:00:00',
    pseudonym,
    asn: ASN.fixed,
    host: 'a.example',
    ...more,
  };
}
