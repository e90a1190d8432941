import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { createRoots } from '../../../shared/observe/chain/index.ts';
import { createNet } from '../../../probe/net/create-net.ts';
import type { NetOptions } from '../../../probe/net/create-net.ts';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import type { Net, TcpConnection } from '../../../probe/net/net.ts';

export interface KeyAndCert {
  readonly key: string;
  readonly cert: string;
  readonly der: Uint8Array;
}

/** Real certificates by the openssl command: an authority, a leaf of it for two names and 127.0.0.1, and a stranger. */
export interface TestCertificates {
  readonly ca: KeyAndCert;
  readonly leaf: KeyAndCert;
  readonly stranger: KeyAndCert;
}

export function makeCertificates(): TestCertificates {
  const dir = mkdtempSync(join(tmpdir(), 'kuager-net-'));
  const at = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const read = (name: string): KeyAndCert => {
    const cert = readFileSync(at(`${name}.pem`), 'utf8');
    return {
      key: readFileSync(at(`${name}.key`), 'utf8'),
      cert,
      der: new Uint8Array(new X509Certificate(cert).raw),
    };
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    for (const name of ['ca', 'stranger']) {
      const out = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
      openssl('req', '-x509', ...newKey, ...out, '-subj', `/CN=${name}`, '-days', '30');
    }
    openssl('req', ...newKey, '-keyout', at('leaf.key'), '-out', at('leaf.csr'), '-subj', '/CN=leaf');
    writeFileSync(at('ext'), 'subjectAltName=DNS:site.example,DNS:doh.example,IP:127.0.0.1\n');
    const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('ext')];
    openssl('x509', '-req', '-in', at('leaf.csr'), ...signed, '-out', at('leaf.pem'), '-days', '20');
    return { ca: read('ca'), leaf: read('leaf'), stranger: read('stranger') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const LOOPBACK = '127.0.0.1';
let certificates: TestCertificates | undefined;
/** One set for all tests of a file. */
export function testCertificates(): TestCertificates {
  certificates ??= makeCertificates();
  return certificates;
}

export function testNet(options: Partial<NetOptions> = {}): Net {
  return createNet({
    roots: createRoots(testCertificates().ca.cert),
    wallClock: () => Date.now(),
    only: createDestinationGuard('127.0.0.0/8,::1/128'),
    ...options,
  });
}

export const never = (): AbortSignal => new AbortController().signal;

/** Open servers and the sockets they accepted, to be ended after each test. */
export class Servers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  async listen(server: Server): Promise<number> {
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => undefined);
      this.#sockets.add(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.splice(0).map((s) => new Promise((resolve) => s.close(resolve))));
  }
}

export async function open(net: Net, port: number): Promise<TcpConnection> {
  const result = await net.tcpConnect({ address: LOOPBACK, port }, never());
  if (result.connection === null) throw new Error(`no connection: ${result.failure}`);
  return result.connection;
}
