import { createHook } from 'node:async_hooks';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../../probe/commands/doctor.ts';
import type { World } from '../../../probe/commands/world.ts';
import { EXIT } from '../../../probe/errors.ts';
import type { DeviceFiles } from '../../../probe/trust-store/device-files.ts';
import { toPem } from '../../../shared/codec/pem.ts';
import { DOCTOR_CATALOGUES } from '../../../shared/i18n/doctor.ts';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { INTERCEPTION_JSON, STORED } from '../../golden/chains.ts';
import { makeAuthority } from '../codec/helpers/certificate-maker.ts';
import { HOME, makeDevice, type TestDevice } from '../trust-store/device.ts';

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

let device: TestDevice;
beforeEach(async () => {
  device = await makeDevice();
});
afterEach(() => device.destroy());

async function doctor(flags: Parameters<typeof doctorCommand>[0] = {}, files: Partial<DeviceFiles> = {}) {
  const out: string[] = [];
  const world = {
    now: () => Date.parse('2026-11-22T00:00:00Z'),
    locale: 'en_US.UTF-8',
    extraInterceptionJson: [INTERCEPTION_JSON],
    device: { ...device.files, ...files },
    terminal: { interactive: false, color: false, columns: 80 },
    out: (line: string) => void out.push(line),
  } as unknown as World;
  return { code: await doctorCommand(flags, world), text: out.join('\n'), out };
}

describe('kuager doctor', () => {
  it('says first that an interceptor is trusted, what it means and how to remove it', async () => {
    await device.put(BUNDLE, toPem(makeAuthority('Office Proxy').der) + toPem(STORED.known));
    const { code, text } = await doctor();
    expect(code).toBe(EXIT.interceptorTrusted);
    expect(text.startsWith('THIS DEVICE TRUSTS AN INTERCEPTION CERTIFICATE')).toBe(true);
    expect(text).toContain('update-ca-certificates');
    expect(text.indexOf('Office Proxy')).toBeGreaterThan(text.indexOf('How to remove it'));
    expect(text).not.toContain('No interception certificate on record');
  });

  it('says of one that nothing trusts that it is only there', async () => {
    await device.put('/usr/share/ca-certificates/k.crt', toPem(STORED.known));
    const { code, text } = await doctor();
    expect(code).toBe(EXIT.ok);
    expect(text).toContain('but it is not trusted');
  });

  it('never calls clean what it could not read', async () => {
    await device.put(BUNDLE, toPem(makeAuthority('Office Proxy').der));
    await device.put(`${HOME}/.mozilla/firefox/p/cert9.db`, 'broken');
    const { code, text } = await doctor();
    expect(code).toBe(EXIT.notAllRead);
    expect(text).toContain('cert9.db: damaged');
    expect((await doctor({}, { home: '/elsewhere' })).code).toBe(EXIT.ok);
  });

  it('knows nothing of a device without stores, and where to look on a closed one', async () => {
    expect(await doctor()).toMatchObject({ code: EXIT.notAllRead });
    const android = await doctor({}, { platform: 'android' });
    expect(android.code).toBe(EXIT.notAllRead);
    expect(android.text).toContain('Trusted credentials');
  });

  it('gives one JSON object', async () => {
    await device.put(BUNDLE, toPem(STORED.known));
    const { out, code } = await doctor({ json: true });
    expect(out).toHaveLength(1);
    const said = JSON.parse(out[0]!) as Record<string, unknown>;
    expect(said).toMatchObject({
      exit_code: code,
      unread: [],
      roots: [{ kind: 'interceptor', trusted: true }],
    });
  });

  it.each([
    ['{"x":1}', 'version must be 1'],
    ['id,where', 'not JSON'],
    [JSON.stringify({ version: 1, roots: [{ id: 'k', source: 's' }] }), 'k: nothing to know it by'],
  ])('refuses a list that is none, %s, rather than passing it over', async (text, why) => {
    const folder = await mkdtemp(join(tmpdir(), 'kuager-doctor-'));
    const path = join(folder, 'list.json');
    await writeFile(path, text);
    await expect(doctor({ fingerprints: [path] })).rejects.toThrow(`${path}: ${why}`);
    await rm(folder, { recursive: true });
  });

  it('does not let a name in a certificate move the cursor', async () => {
    await device.put(BUNDLE, toPem(makeAuthority('Evil\u001b[2JCA').der));
    const { text } = await doctor();
    expect(text).toContain('Evil');
    expect(text).not.toContain('\u001b');
  });

  it('opens no socket and asks no resolver', async () => {
    await device.put(BUNDLE, toPem(STORED.known));
    const opened: string[] = [];
    const hook = createHook({
      init(_id, type) {
        if (/TCP|UDP|TLS|GETADDRINFO|QUERYWRAP|PIPE|PROCESS/.test(type)) opened.push(type);
      },
    }).enable();
    await doctor();
    expect(opened).toEqual([]);
    // The hook does see sockets.
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await new Promise<void>((done) => socket.once('connect', () => done()));
    hook.disable();
    socket.destroy();
    await new Promise<void>((done) => server.close(() => done()));
    expect(opened).toContain('TCPWRAP');
  });
});

describe('catalogue of the doctor', () => {
  const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

  it.each(LANGUAGES)('%s has every text with the same names in it', (language) => {
    for (const [id, english] of Object.entries(DOCTOR_CATALOGUES.en)) {
      const text = DOCTOR_CATALOGUES[language][id as keyof typeof DOCTOR_CATALOGUES.en];
      expect(text.trim(), id).not.toBe('');
      expect(placeholders(text), id).toEqual(placeholders(english));
    }
    expect(Object.keys(DOCTOR_CATALOGUES[language])).toEqual(Object.keys(DOCTOR_CATALOGUES.en));
  });

  it('tells nobody to install anything', () => {
    for (const texts of Object.values(DOCTOR_CATALOGUES))
      for (const [id, text] of Object.entries(texts))
        expect(text, id).not.toMatch(/\binstall (it|a|the)\b|установите|орнатыңыз/i);
  });
});
