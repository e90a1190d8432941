import { readFileSync, readdirSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkInterception, checkRootsSnapshot } from '../../scripts/lib/check-certificates.ts';
import { checkFiles } from '../../scripts/lib/check-files.ts';
import {
  checkBlockpages,
  checkNetworks,
  checkResolvers,
  checkTargetList,
} from '../../scripts/lib/check-tables.ts';
import { formatRootsSnapshot } from '../../scripts/lib/roots-snapshot.ts';
import type { Problem } from '../../scripts/lib/testlist-problem.ts';
import { parseCsv } from '../../shared/codec/csv.ts';

const repository = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, repository), 'utf8');
const shown = (problems: readonly Problem[]) => problems.map((p) => `${p.line}: ${p.message}`);

describe('stored files', () => {
  it('have no problems', () => {
    const names = readdirSync(new URL('testlists', repository), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(fileURLToPath(repository).length));
    expect(names).toContain('testlists/lists/kz.csv');
    expect(checkFiles(new Map(names.map((name) => [name, read(name)])))).toEqual([]);
  });

  it('name the sites that the project promises', () => {
    const hosts = parseCsv(read('testlists/lists/kz.csv')).rows.map(
      (row) => new URL(row.fields[0] ?? '').hostname,
    );
    const bare = hosts.map((host) => host.replace(/^www\./, ''));
    const promised = [
      'kuresker.org',
      'soundcloud.com',
      'linkedin.com',
      'azattyq.org',
      'vlast.kz',
      'adilsoz.kz',
    ];
    expect(bare).toEqual(expect.arrayContaining(promised));
  });

  it('hold ten roots and seven intermediates, each intermediate valid for 75 days', () => {
    const data = JSON.parse(read('testlists/fingerprints/interception.json')) as {
      roots: unknown[];
      intermediates: { not_before: string; not_after: string }[];
    };
    expect(data.roots).toHaveLength(10);
    const days = data.intermediates.map(
      (row) => (Date.parse(row.not_after) - Date.parse(row.not_before)) / 86_400_000,
    );
    expect(days).toEqual(Array(7).fill(75));
  });
});

describe('checkFiles', () => {
  it('reports a missing file and one that no check knows', () => {
    const problems = checkFiles(new Map([['testlists/notes.txt', '']]));
    const files = problems.map((problem) => `${problem.file} ${problem.message}`);
    expect(files).toContain('testlists/lists/kz.csv file is missing');
    expect(files).toContain('testlists/roots no roots snapshot');
    expect(files).toContain('testlists/notes.txt no check knows this file');
  });
});

describe('checkTargetList', () => {
  const header = 'url,category_code,category_description,date_added,source,notes\n';
  const check = (rows: string, rule = { minRows: 1, maxRows: 9 }) =>
    shown(checkTargetList('list', header + rows, rule));

  it('accepts good rows, risky ones marked', () => {
    expect(
      check(
        'https://a.kz/,NEWS,News Media,2026-11-21,x,\nhttps://b.kz/,MILX,Terrorism and Militants,2026-11-21,x,y; risk=opt-in\n',
      ),
    ).toEqual([]);
  });

  it.each([
    ['ftp://a.kz/,NEWS,News Media,2026-11-21,x,', '2: not an http or https URL: ftp://a.kz/'],
    ['nonsense,NEWS,News Media,2026-11-21,x,', '2: not an http or https URL: nonsense'],
    ['https://A.kz,NEWS,News Media,2026-11-21,x,', '2: write the URL in its normal form: https://a.kz/'],
    ['https://u@a.kz/,NEWS,News Media,2026-11-21,x,', '2: a URL must not carry a user name'],
    ['https://192.0.2.1/,NEWS,News Media,2026-11-21,x,', '2: host must be a full domain name: 192.0.2.1'],
    [
      'https://[2001:db8::1]/,NEWS,News Media,2026-11-21,x,',
      '2: host must be a full domain name: [2001:db8::1]',
    ],
    ['https://a.kz/,TERR,Terror,2026-11-21,x,', '2: unknown category code TERR'],
    ['https://a.kz/,NEWS,News,2026-11-21,x,', '2: category NEWS is called "News Media"'],
    [
      'https://a.kz/,PORN,Pornography,2026-11-21,x,norisk=opt-in',
      '2: category PORN needs risk=opt-in in notes',
    ],
    [
      'https://a.kz/,NEWS,News Media,2026-02-30,x,',
      '2: date_added must be a day written YYYY-MM-DD: 2026-02-30',
    ],
    ['https://a.kz/,NEWS,News Media,2026-11-21, ,', '2: source is empty'],
    ['https://a.kz/,NEWS,News Media,2026-11-21,x', '2: 5 fields where the header has 6'],
  ])('reports %s', (row, message) => {
    expect(check(`${row}\n`, { minRows: 0, maxRows: 9 })).toEqual([message]);
  });

  it('reports a host twice, with and without www', () => {
    const row = 'NEWS,News Media,2026-11-21,x,\n';
    expect(check(`https://a.kz/,${row}https://www.a.kz/b,${row}`)).toEqual([
      '3: host a.kz is already on line 2',
    ]);
  });

  it('reports other columns, too few rows and a foreign category', () => {
    expect(shown(checkTargetList('list', 'url,notes\n', { minRows: 0, maxRows: 9 }))).toEqual([
      '1: columns must be url,category_code,category_description,date_added,source,notes',
    ]);
    const rule = { minRows: 20, maxRows: 20, onlyCategory: 'CTRL' };
    expect(check('https://a.kz/,NEWS,News Media,2026-11-21,x,\n', rule)).toEqual([
      '2: only category CTRL belongs in this list',
      '1: 1 rows where 20 are expected',
    ]);
  });
});

describe('checkBlockpages', () => {
  const header = 'id,where,match,pattern,scope,country,source,date_read,notes\n';
  const good = 'a,body,contains,a long enough text,isp,KZ,x,2026-11-21,\n';
  const check = (rows: string) => shown(checkBlockpages('pages', header + rows));

  it('accepts a good row', () => expect(check(good)).toEqual([]));

  it.each([
    [
      'a,foot,contains,a long enough text,isp,KZ,x,2026-11-21,',
      '2: where must be one of body, header, title, address: foot',
    ],
    [
      'a,body,regex,a long enough text,isp,KZ,x,2026-11-21,',
      '2: match must be one of contains, prefix, equals: regex',
    ],
    [
      'a,body,contains,a long enough text,all,KZ,x,2026-11-21,',
      '2: scope must be one of nat, isp, inst, prod: all',
    ],
    [
      'A b,body,contains,a long enough text,isp,KZ,x,2026-11-21,',
      '2: id must be lower-case letters, digits and -: A b',
    ],
    ['a,body,contains,a long enough text,isp,kz,x,2026-11-21,', '2: country must be two capital letters'],
    ['a,body,contains,short,isp,KZ,x,2026-11-21,', '2: pattern is shorter than 12 characters'],
    ['a,address,equals,10.0.0,isp,KZ,x,2026-11-21,', '2: an address is one IP address and match equals'],
    [
      'a,header,prefix,http://blocked.example,isp,KZ,x,2026-11-21,',
      '2: a header pattern begins with its name in lower case, a colon and a space',
    ],
    ['a,body,contains,a long enough text,isp,KZ,,2026-11-21,', '2: source is empty'],
    [
      'a,body,contains,a long enough text,isp,KZ,x,today,',
      '2: date_read must be a day written YYYY-MM-DD: today',
    ],
  ])('reports %s', (row, message) => expect(check(`${row}\n`)).toEqual([message]));

  it('reports an id twice', () => expect(check(good + good)).toEqual(['3: id a is already on line 2']));
});

describe('checkNetworks', () => {
  const check = (rows: string) =>
    shown(checkNetworks('networks', `asn,owner,access,from,to,source\n${rows}`));

  it('accepts successive owners', () => {
    expect(check('9,A,mobile,,2019-06-28,x\n9,B,mobile,2019-06-28,,x\n8,A,fixed,,,x\n')).toEqual([]);
  });

  it.each([
    ['AS9,A,mobile,,,x', '2: not an AS number: AS9'],
    ['4294967296,A,mobile,,,x', '2: not an AS number: 4294967296'],
    ['9,,mobile,,,x', '2: owner is empty'],
    [
      '9,A,dsl,,,x',
      '2: access must be one of fixed, mobile, mixed, hosting, enterprise, state, unknown: dsl',
    ],
    ['9,A,mobile,2019,,x', '2: from must be a day written YYYY-MM-DD: 2019'],
    ['9,A,mobile,2020-01-02,2020-01-01,x', '2: from 2020-01-02 is not before to 2020-01-01'],
    ['9,A,mobile,,,', '2: source is empty'],
  ])('reports %s', (row, message) => expect(check(`${row}\n`)).toEqual([message]));

  it.each([
    ['9,A,mobile,,,x\n9,B,mobile,2019-06-28,,x\n'],
    ['9,A,mobile,,2019-06-29,x\n9,B,mobile,2019-06-28,,x\n'],
    ['9,B,mobile,2019-06-28,,x\n9,A,mobile,2018-01-01,2019-06-29,x\n'],
  ])('reports owners at the same time: %j', (rows) => {
    expect(check(rows)).toEqual(['3: AS9 overlaps in time with line 2']);
  });
});

describe('checkInterception', () => {
  const text = read('testlists/fingerprints/interception.json');
  type Data = Record<'roots' | 'intermediates' | 'not_interception', Record<string, unknown>[]>;

  /** The stored file with one row changed. */
  function changed(list: keyof Data, change: Record<string, unknown>): readonly string[] {
    const data = JSON.parse(text) as Data;
    Object.assign(data[list][0] ?? {}, change);
    return shown(checkInterception('file', JSON.stringify(data, null, 2))).map((line) =>
      line.replace(/^\d+: /, ''),
    );
  }

  it.each([
    ['roots', { sha256: 'AB' }, 'sha256 must be lower-case hex of the right length'],
    ['roots', { subject_key_id: '' }, 'subject_key_id must be lower-case hex of the right length'],
    ['roots', { spki_sha256: '0'.repeat(64) }, 'spki_sha256 is not the hash of public_key'],
    ['roots', { public_key: 'AAAA' }, 'public_key is not a DER public key in base64'],
    ['roots', { name: { C: 'KZ' } }, 'name lacks CN'],
    ['roots', { name: 'C=KZ' }, 'name must be an object of attributes'],
    ['roots', { not_after: '2000-01-01T00:00:00Z' }, 'not_before and not_after must be UTC times in order'],
    ['roots', { generation: 'new' }, 'generation must be a year'],
    ['roots', { source: '' }, 'source is empty'],
    ['roots', { date_read: '' }, 'date_read must be a day written YYYY-MM-DD'],
    ['intermediates', { issuer: 'kz-none' }, "issuer kz-none is not a root's id"],
    ['intermediates', { serial: 'xyz' }, 'serial must be lower-case hex'],
    ['intermediates', { seen: 'once' }, 'seen must be a UTC time'],
    ['not_interception', { cn_prefix: '' }, 'cn_prefix is empty: it would match every authority'],
  ] as const)('reports %s with %j', (list, change, message) =>
    expect(changed(list, change)).toContain(message),
  );

  it('reports a root twice, by line, and text that is not such a file', () => {
    const data = JSON.parse(text) as Data;
    data.roots.push({ ...data.roots[0], id: 'kz-copy' });
    const problems = shown(checkInterception('file', JSON.stringify(data, null, 2)));
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^\d{2,}: sha256 00309c73.* is already on line 6$/);
    expect(shown(checkInterception('file', '{'))[0]).toMatch(/^1: not JSON/);
    expect(shown(checkInterception('file', '[]'))).toEqual(['1: not an object']);
    expect(shown(checkInterception('file', '{}'))).toContain(
      '1: roots must be a list of objects and not empty',
    );
  });
});

describe('roots snapshot', () => {
  const few = rootCertificates.slice(0, 5);
  const good = formatRootsSnapshot('20.20.2', few);
  const check = (text: string) => shown(checkRootsSnapshot('roots', text)).join('\n');

  it('is the same whatever the order of the certificates, and passes its check', () => {
    expect(formatRootsSnapshot('20.20.2', [...few, ...few].reverse())).toBe(good);
    expect(check(good)).toBe('');
  });

  it('reports a damaged, missing, moved or repeated certificate', () => {
    expect(check(good.replace('MII', 'AAA'))).toMatch(/not a certificate/);
    expect(check(good.replace('-----END CERTIFICATE-----', ''))).toMatch(/5 blocks begin, 4 are whole/);
    const [header = '', first = '', ...rest] = good.split('\n\n');
    expect(check([header, ...rest].join('\n\n'))).toBe('1: header states 5 certificates, 4 found');
    expect(check([header, ...rest, first].join('\n\n'))).toMatch(/not in order/);
    expect(check([header, first, first, ...rest].join('\n\n'))).toMatch(/is already on line/);
    expect(check(good.replace(/^# C=/m, '# D='))).toMatch(/the line before must be "# C=/);
  });
});

describe('checkResolvers', () => {
  const header = 'address,operator,asn,filters,source,date_read';
  const check = (row: string) => shown(checkResolvers('resolvers.csv', `${header}\n${row}\n`));

  it.each([
    ['11.0.0.1,Op,64500,none,own page,2026-11-21', []],
    ['11.0.0.0/24,Op,64500,ads,own page,2026-11-21', []],
    ['11.0.0,Op,64500,none,own page,2026-11-21', ['2: not an address or block: 11.0.0']],
    ['3FFE::1,Op,64500,none,own page,2026-11-21', ['2: write 3ffe::1: 3FFE::1']],
    ['11.0.0.1,,64500,none,own page,2026-11-21', ['2: operator is empty']],
    ['11.0.0.1,Op,0,none,own page,2026-11-21', ['2: not an AS number: 0']],
    ['11.0.0.1,Op,64500,some,own page,2026-11-21', [expect.stringMatching(/^2: filters must be one of/)]],
    ['11.0.0.1,Op,64500,none,,2026-11-21', ['2: source is empty']],
    ['11.0.0.1,Op,64500,none,own page,today', [expect.stringMatching(/^2: date_read must be a day/)]],
  ])('%s', (row, problems) => {
    expect(check(row)).toEqual(problems);
  });

  it('finds an address that stands there twice', () => {
    const row = '11.0.0.1,Op,64500,none,own page,2026-11-21';
    expect(check(`${row}\n${row}`)).toEqual(['3: address 11.0.0.1 is already on line 2']);
  });
});
