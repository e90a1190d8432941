import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assess, holdsAuthority } from '../../../probe/trust-store/assess.ts';
import { readJavaStore, readJks } from '../../../probe/trust-store/java.ts';
import { readMacos } from '../../../probe/trust-store/macos.ts';
import { UnreadStore } from '../../../probe/trust-store/device-files.ts';
import { readStores } from '../../../probe/trust-store/stores.ts';
import { readWindowsLines } from '../../../probe/trust-store/windows.ts';
import { toPem } from '../../../shared/codec/pem.ts';
import { chains, KNOWN_AUTHORITY_ID, STORED } from '../../golden/chains.ts';
import { GOLDEN_CONTEXT } from '../../golden/context.ts';
import { makeAuthority } from '../codec/helpers/certificate-maker.ts';
import { HOME, makeDevice, type TestDevice } from './device.ts';
import { TRUST, writeNss } from './nss-writer.ts';

const NOW = Date.parse('2026-11-22T00:00:00Z');
const CONTEXT = { roots: GOLDEN_CONTEXT.roots, fingerprints: GOLDEN_CONTEXT.fingerprints, now: NOW };
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const distribution = makeAuthority('Distribution Root').der;
const office = makeAuthority('Office Proxy').der;

let device: TestDevice;
beforeEach(async () => {
  device = await makeDevice();
});
afterEach(() => device.destroy());

const look = async () => assess(await readStores(device.files), CONTEXT);
const names = (report: Awaited<ReturnType<typeof look>>) =>
  report.roots.map((r) => [r.kind, r.trusted, r.name]);

async function nss(path: string, entries: Parameters<typeof writeNss>[1], wal?: true) {
  await mkdir(dirname(device.at(path)), { recursive: true });
  return writeNss(device.at(path), entries, wal === undefined ? {} : { wal });
}

describe('Linux', () => {
  it('names what was added here, and neither our roots nor what the distribution brought', async () => {
    await device.put('/usr/share/ca-certificates/mozilla/Distribution.crt', toPem(distribution));
    await device.put(BUNDLE, [STORED.public, distribution, office].map((der) => toPem(der)).join(''));
    const report = await look();
    expect(names(report)).toEqual([['added', true, 'C=KZ, CN=Office Proxy']]);
    expect(report.unread).toEqual([]);
  });

  it('finds an interceptor wherever it lies, also among what a package brought, and says whether it is trusted', async () => {
    await device.put('/usr/share/ca-certificates/extra/known.crt', toPem(STORED.known));
    const present = await look();
    expect(present.roots).toMatchObject([{ kind: 'interceptor', id: KNOWN_AUTHORITY_ID, trusted: false }]);
    await device.put(BUNDLE, toPem(STORED.known));
    expect((await look()).roots).toMatchObject([{ kind: 'interceptor', trusted: true }]);
  });

  it('merges copies, dates what an administrator put there, and reads DER and OpenSSL’s own form', async () => {
    await device.put('/etc/pki/ca-trust/source/anchors/office.cer', office);
    const noted = Buffer.concat([office, Buffer.from('300c300a06082b06010505070301', 'hex')]);
    await device.put('/etc/pki/tls/certs/ca-bundle.crt', toPem(noted, 'TRUSTED CERTIFICATE'));
    const { roots } = await look();
    expect(roots).toHaveLength(1);
    expect(roots[0]?.stores.map((s) => s.place)).toEqual([
      '/etc/pki/tls/certs/ca-bundle.crt',
      '/etc/pki/ca-trust/source/anchors/office.cer',
    ]);
    expect(roots[0]?.since).toBeGreaterThan(0);
  });

  it('takes p11-kit’s word for what it distrusts', async () => {
    const object = (der: Uint8Array, word: string) => `[p11-kit-object-v1]\n${word}: true\n${toPem(der)}`;
    const text = object(STORED.known, 'x-distrusted') + object(office, 'trusted');
    await device.put('/etc/ca-certificates/trust-source/local.p11-kit', text);
    expect(names(await look())).toEqual([
      ['interceptor', false, 'C=ZZ, CN=Golden Security Certificate'],
      ['added', true, 'C=KZ, CN=Office Proxy'],
    ]);
  });

  it('tells apart a borrowed name, a product and a stranger; a server’s own certificate is no authority', async () => {
    const leaf = chains.selfSigned('printer.example')[0]!;
    const all = [STORED.imitation, STORED.product, office, leaf];
    await device.put(BUNDLE, all.map((der) => toPem(der)).join(''));
    const report = await look();
    expect(report.roots.map((r) => [r.kind, r.id])).toEqual([
      ['imitation', `imitates:${KNOWN_AUTHORITY_ID}`],
      ['product', 'golden-shield'],
      ['added', null],
    ]);
  });

  it('looks only at links called by a hash in OpenSSL’s folder', async () => {
    await device.put('/etc/ssl/certs/office.pem', toPem(office));
    expect((await look()).roots).toEqual([]);
    await symlink('office.pem', device.at('/etc/ssl/certs/0a1b2c3d.0'));
    expect(names(await look())).toEqual([['added', true, 'C=KZ, CN=Office Proxy']]);
  });

  it('never calls junk clean by crashing: a file without certificates is read, one that is too large is named', async () => {
    await device.put('/usr/local/share/ca-certificates/notes.crt', 'nothing to see');
    await device.put('/etc/ssl/cert.pem', new Uint8Array(9 * 1024 * 1024));
    const report = await look();
    expect(report.roots).toEqual([]);
    expect(report.unread).toEqual([{ kind: 'system', place: '/etc/ssl/cert.pem', reason: 'too_large' }]);
  });

  it('does not wait for a pipe', async () => {
    await mkdir(device.at('/usr/local/share/ca-certificates'), { recursive: true });
    execFileSync('mkfifo', [device.at('/usr/local/share/ca-certificates/pipe.crt')]);
    expect((await look()).unread).toEqual([]);
  });
});

describe('browsers’ databases', () => {
  const FIREFOX = `${HOME}/.mozilla/firefox/ab12.default/cert9.db`;

  it('joins certificates with their trust: cached ones are nobody’s roots', async () => {
    const db = await nss(FIREFOX, [
      { der: office, trust: TRUST.delegator },
      { der: distribution },
      { der: STORED.unknown, trust: TRUST.mustVerify },
      { der: STORED.known, trust: TRUST.notTrusted },
    ]);
    db.close();
    expect(names(await look())).toEqual([
      ['interceptor', false, 'C=ZZ, CN=Golden Security Certificate'],
      ['added', true, 'C=KZ, CN=Office Proxy'],
    ]);
  });

  it('understands trust objects of the standard, and those without a hash', async () => {
    const db = await nss(`${HOME}/.pki/nssdb/cert9.db`, [
      { der: office, trust: TRUST.standardAnchor, standard: true },
      { der: STORED.known, trust: TRUST.delegator, withoutHash: true },
    ]);
    db.close();
    expect((await look()).roots.map((r) => [r.kind, r.trusted])).toEqual([
      ['interceptor', true],
      ['added', true],
    ]);
  });

  it('sees what is still in the write-ahead log of an open browser', async () => {
    const db = await nss(FIREFOX, [{ der: STORED.known, trust: TRUST.delegator }], true);
    expect((await look()).roots).toMatchObject([{ kind: 'interceptor', trusted: true }]);
    db.close();
  });

  it('names a damaged database and reads the others', async () => {
    await device.put(FIREFOX, 'SQLite format 3, they said');
    const db = await nss(`${HOME}/snap/firefox/common/.mozilla/firefox/x/cert9.db`, [
      { der: office, trust: TRUST.delegator },
    ]);
    db.close();
    const report = await look();
    expect(report.unread).toEqual([{ kind: 'firefox', place: FIREFOX, reason: 'damaged' }]);
    expect(names(report)).toEqual([['added', true, 'C=KZ, CN=Office Proxy']]);
  });
});

describe('environment', () => {
  it('reads what programs are told of', async () => {
    await device.put('/opt/extra.pem', toPem(STORED.known));
    const environment = { NODE_EXTRA_CA_CERTS: '/opt/extra.pem', SSL_CERT_FILE: '/nowhere.pem' };
    const report = assess(await readStores({ ...device.files, environment }), CONTEXT);
    expect(report.roots[0]?.stores).toEqual([
      { kind: 'environment', place: 'NODE_EXTRA_CA_CERTS=/opt/extra.pem', trusted: true },
    ]);
    expect(report.unread).toEqual([]);
  });
});

describe('Java', () => {
  const text = (s: string) => Buffer.concat([Buffer.of(0, s.length), Buffer.from(s)]);
  const long = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
  function jks(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
    const made = Buffer.alloc(8);
    made.writeBigInt64BE(BigInt(NOW));
    const body = entries.map(([alias, der]) =>
      Buffer.concat([long(2), text(alias), made, text('X.509'), long(der.length), der]),
    );
    return Buffer.concat([
      Buffer.from('feedfeed', 'hex'),
      long(2),
      long(entries.length),
      ...body,
      Buffer.alloc(20),
    ]);
  }

  it('reads the older form; what Java’s makers brought is not added here', async () => {
    await device.put(
      '/etc/ssl/certs/java/cacerts',
      jks([
        ['office', office],
        ['old [jdk]', distribution],
      ]),
    );
    const { roots } = await look();
    expect(roots).toMatchObject([{ name: 'C=KZ, CN=Office Proxy', since: NOW, trusted: true }]);
  });

  it('says of a broken one that it is broken', () => {
    const whole = jks([['office', office]]);
    for (let length = 0; length < whole.length - 20; length += 7)
      expect(() => readJks(whole.subarray(0, length)), String(length)).toThrow(/damaged|unknown_form/);
    expect(() => readJavaStore(Buffer.from('3082ffff02', 'hex'))).toThrow('damaged');
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'reads the newer form under the password that everybody knows, and names one with its own',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kuager-p12-'));
      const pem = join(folder, 'c.pem');
      writeFileSync(pem, toPem(office) + toPem(STORED.known));
      const make = (password: string) => {
        const out = join(folder, 'cacerts');
        execFileSync('openssl', ['pkcs12', '-export', '-nokeys', '-in', pem, '-out', out, '-passout', `pass:${password}`, '-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC']); // prettier-ignore
        return readFileSync(out);
      };
      await device.put('/etc/pki/java/cacerts', make('changeit'));
      await device.put('/usr/lib/jvm/own/lib/security/cacerts', make('only mine'));
      const report = await look();
      expect(names(report)).toEqual([
        ['interceptor', true, 'C=ZZ, CN=Golden Security Certificate'],
        ['added', true, 'C=KZ, CN=Office Proxy'],
      ]);
      expect(report.unread).toEqual([
        { kind: 'java', place: '/usr/lib/jvm/own/lib/security/cacerts', reason: 'encrypted' },
      ]);
      rmSync(folder, { recursive: true });
    },
  );
});

describe('Windows', () => {
  const line = (store: string, der: Uint8Array) => `${store} ${Buffer.from(der).toString('base64')}\r\n`;

  it('leaves out Microsoft’s programme, and gives the user what is the user’s alone', () => {
    const output = [
      line('LocalMachine\\Root', distribution),
      line('LocalMachine\\AuthRoot', distribution),
      line('LocalMachine\\Root', office),
      line('CurrentUser\\Root', office),
      line('CurrentUser\\Root', STORED.known),
      line('CurrentUser\\Root', STORED.unknown),
      line('LocalMachine\\Disallowed', STORED.unknown),
      'WARNING: something else\r\n',
    ].join('');
    const { machine, user } = readWindowsLines(output);
    const report = assess(
      [
        { kind: 'windows_machine', place: 'm', certificates: machine, unread: null },
        { kind: 'windows_user', place: 'u', certificates: user, unread: null },
      ],
      CONTEXT,
    );
    expect(names(report)).toEqual([
      ['interceptor', true, 'C=ZZ, CN=Golden Security Certificate'],
      ['added', true, 'C=KZ, CN=Office Proxy'],
    ]);
    expect(report.roots[1]?.stores.map((s) => s.place)).toEqual(['Cert:\\LocalMachine\\Root']);
  });

  it('names the stores when PowerShell can’t be asked', async () => {
    const gone = {
      ...device.files,
      platform: 'win32',
      run: () => Promise.reject(new UnreadStore('no_tool')),
    };
    const { unread } = assess(await readStores(gone), CONTEXT);
    expect(unread.map((u) => [u.kind, u.reason])).toEqual([
      ['windows_machine', 'no_tool'],
      ['windows_user', 'no_tool'],
    ]);
  });
});

describe('macOS', () => {
  const SETTINGS = [
    'Number of trusted certs = 2',
    'Cert 0: Golden Security Certificate',
    '   Number of trust settings : 1',
    '   Trust Setting 0:',
    '      Policy OID            : SSL',
    '      Result Type           : kSecTrustSettingsResultTrustRoot',
    'Cert 1: Office Proxy',
    '   Number of trust settings : 1',
    '   Trust Setting 0:',
    '      Result Type           : kSecTrustSettingsResultDeny',
    '',
  ].join('\n');

  it('joins keychains with trust settings; without one a root is only present', async () => {
    const run = (_program: string, args: readonly string[]): Promise<string> => {
      if (args[0] === 'dump-trust-settings')
        return args[1] === '-d' ? Promise.resolve(SETTINGS) : Promise.reject(new UnreadStore('tool_failed')); // "No Trust Settings were found."
      const system = args.at(-1)?.includes('System.keychain') === true;
      return Promise.resolve(
        (system ? [STORED.known, office] : [STORED.unknown]).map((der) => toPem(der)).join(''),
      );
    };
    const readings = await readMacos({ ...device.files, platform: 'darwin', run });
    expect(readings.flatMap((r) => r.certificates.map((c) => c.trusted))).toEqual([true, false, false]);
    expect(names(assess(readings, CONTEXT))).toEqual([
      ['interceptor', true, 'C=ZZ, CN=Golden Security Certificate'],
    ]);
  });
});

describe('one authority', () => {
  const shown = (chain: readonly Uint8Array[]) => [chain];

  it('is held when its key is trusted, or a trusted key signed what was shown', async () => {
    await device.put(BUNDLE, toPem(STORED.unknown) + toPem(STORED.product));
    const readings = await readStores(device.files);
    expect(holdsAuthority(readings, shown(chains.unknown('a.example'))).held).toBe(true);
    // The product sends its leaf alone.
    expect(holdsAuthority(readings, shown(chains.product('a.example'))).held).toBe(true);
    expect(holdsAuthority(readings, shown(chains.imitation('a.example'))).held).toBe(false);
  });

  it('is not held where it only lies, and not known where a store could not be read', async () => {
    await device.put('/usr/share/ca-certificates/x.crt', toPem(STORED.unknown));
    const chain = shown(chains.unknown('a.example'));
    expect(holdsAuthority(await readStores(device.files), chain).held).toBe(false);
    await device.put(`${HOME}/.pki/nssdb/cert9.db`, 'broken');
    expect(holdsAuthority(await readStores(device.files), chain).held).toBeNull();
  });
});
