import { describe, expect, test } from 'vitest';
import { readNetworkDatabase } from '../../../collector/control/index.ts';
import type { NetworkDatabase } from '../../../collector/control/index.ts';
import { writeMmdb } from './mmdb-writer.ts';

function open(bytes: Buffer | string): NetworkDatabase {
  const database = readNetworkDatabase(Buffer.from(bytes));
  if ('problem' in database) throw new Error(database.problem);
  return database;
}
const problemOf = (bytes: Buffer | string): string => {
  const reading = readNetworkDatabase(Buffer.from(bytes));
  return 'problem' in reading ? reading.problem : `none: ${reading.about}`;
};

const ROWS = {
  '198.51.100.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'One' },
  '203.0.113.0/25': { asn: 'AS64501', country_code: 'KZ', as_name: 'Two' },
  '203.0.113.128/25': { asn: 'AS64502', country: 'KG' },
  '192.0.2.0/24': { country: { iso_code: 'UZ' }, registered_country: { iso_code: 'DE' } },
  '2001:db8::/32': { autonomous_system_number: 4_200_000_001, country: { iso_code: 'KZ' } },
  '100.64.0.0/10': { asn: 'none', country_code: 'Kazakhstan' },
};

describe('MMDB', () => {
  test.each([24, 28, 32] as const)(
    'records of %i bits; the field names of several publishers',
    (recordSize) => {
      const database = open(writeMmdb({ rows: ROWS, recordSize }));
      expect(database.about).toBe('Test-ASN, built 2026-10-01');
      expect(database.lookup('198.51.100.7')).toEqual({ asn: 64500, cc: null });
      expect(database.lookup('203.0.113.127')).toEqual({ asn: 64501, cc: 'KZ' });
      expect(database.lookup('203.0.113.128')).toEqual({ asn: 64502, cc: 'KG' });
      expect(database.lookup('192.0.2.1')).toEqual({ asn: null, cc: 'UZ' });
      expect(database.lookup('2001:db8::1')).toEqual({ asn: 4_200_000_001, cc: 'KZ' });
      expect(database.lookup('100.64.0.1')).toEqual({ asn: null, cc: null });
      expect(database.lookup('198.51.101.1')).toBeNull();
      expect(database.lookup('2001:db9::1')).toBeNull();
    },
  );

  test('a peer’s address in any spelling', () => {
    const database = open(writeMmdb({ rows: ROWS }));
    expect(database.lookup('::ffff:198.51.100.7')).toEqual({ asn: 64500, cc: null });
    expect(database.lookup('2001:db8::1%eth0')).toEqual({ asn: 4_200_000_001, cc: 'KZ' });
    for (const text of ['', 'example.org', '198.51.100', '198.51.100.7:80'])
      expect(database.lookup(text)).toBeNull();
  });

  test('a database of IPv4 knows no IPv6, whatever the first bytes are', () => {
    const database = open(writeMmdb({ rows: { '32.1.0.0/16': { asn: 'AS64500' } }, ipVersion: 4 }));
    expect(database.lookup('32.1.13.184')).toEqual({ asn: 64500, cc: null });
    expect(database.lookup('2001:db8::1')).toBeNull();
  });

  test('cut anywhere, it is refused in one line or still says nothing false', () => {
    const whole = writeMmdb({ rows: ROWS });
    for (let length = 0; length < whole.length; length++) {
      const reading = readNetworkDatabase(whole.subarray(0, length));
      if ('problem' in reading) continue;
      // The last bytes of the metadata may be spared: record size and the rest are in the middle.
      expect(reading.lookup('198.51.100.7'), String(length)).toEqual({ asn: 64500, cc: null });
    }
    expect(problemOf(whole.subarray(0, whole.length >> 1))).toMatch(/whole MMDB/);
    expect(problemOf(writeMmdb({ rows: ROWS, formatVersion: 3 }))).toMatch(/format 3/);
  });

  test('a byte changed anywhere never throws', () => {
    const whole = writeMmdb({ rows: ROWS });
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ 0xff;
      const reading = readNetworkDatabase(changed);
      if ('problem' in reading) expect(reading.problem).not.toContain('\n');
      else for (const address of ['198.51.100.7', '203.0.113.1', '2001:db8::1']) reading.lookup(address);
    }
  });
});

describe('rows of text', () => {
  test('heading, comments, three separators; the longest prefix decides', () => {
    const database = open(
      '\ufeffprefix,asn,cc\r\n# lab\r\n\r\n127.0.0.0/8,AS64500,kz\r\n127.5.0.0/16;64501;KG\n127.5.5.5\t64502\tUZ\n::1/128,64503,KZ\n"10.0.0.0/8","64504",""\n11.0.0.0/8,0,KZ\n',
    );
    expect(database.about).toBe('6 row(s) of text');
    expect(database.lookup('127.0.0.1')).toEqual({ asn: 64500, cc: 'KZ' });
    expect(database.lookup('127.5.1.1')).toEqual({ asn: 64501, cc: 'KG' });
    expect(database.lookup('127.5.5.5')).toEqual({ asn: 64502, cc: 'UZ' });
    expect(database.lookup('::ffff:127.5.5.5')).toEqual({ asn: 64502, cc: 'UZ' });
    expect(database.lookup('::1')).toEqual({ asn: 64503, cc: 'KZ' });
    expect(database.lookup('10.1.1.1')).toEqual({ asn: 64504, cc: null });
    expect(database.lookup('11.1.1.1')).toEqual({ asn: null, cc: 'KZ' });
    expect(database.lookup('192.0.2.1')).toBeNull();
  });

  test('prefixes that don’t end on a byte', () => {
    const database = open('100.64.0.0/10,1,KZ\n0.0.0.0/0,2,KG\n2001:db8:8000::/33,3,KZ\n');
    expect(database.lookup('100.127.255.255')?.asn).toBe(1);
    expect(database.lookup('100.128.0.0')?.asn).toBe(2);
    expect(database.lookup('2001:db8:8000::1')?.asn).toBe(3);
    expect(database.lookup('2001:db8:7fff::1')).toBeNull();
  });

  test.each([
    ['', 'no rows'],
    ['# nothing\n', 'no rows'],
    ['prefix,asn,cc\n', 'no rows'],
    ['10.0.0.0/8,64500,KZ\n10.0.0.0/33,64500,KZ', 'line 2 is not prefix,asn,cc'],
    ['10.0.0.0/8,64500,KZ\nprefix,asn,cc', 'line 2 is not'],
    ['10.0.0.0/8,4294967296,KZ', 'line 1 is not'],
    ['10.0.0.0/8,-1,KZ', 'line 1 is not'],
    ['10.0.0.0/8,64500,Kazakhstan', 'line 1 is not'],
    ['10.0.0.0/8', 'line 1 is not'],
    ['10.0.0.0/8,1,KZ\n10.9.0.0/8,2,KZ', 'line 2 says a prefix for the second time'],
    ['\u0000\u0001', 'neither rows of text nor a whole MMDB'],
    [Buffer.from([0xff, 0xfe, 0x41]), 'neither rows of text nor a whole MMDB'],
  ])('%j is refused: %s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});
