/** Real servers on loopback, and certificates for them, for the tests of the control and the reflector. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import forge from 'node-forge';
import { afterEach } from 'vitest';
import { parseCidr } from '../../../shared/codec/ip.ts';
import type { Cidr } from '../../../shared/codec/ip.ts';
import { toBase64 } from '../../../shared/codec/base64.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { createRoots } from '../../../shared/observe/chain/roots.ts';
import { createControl, createOutgoing, readControlRequest } from '../../../collector/control/index.ts';
import type {
  Control,
  ControlAnswer,
  ControlOptions,
  OutgoingOptions,
} from '../../../collector/control/index.ts';

const DAY_MS = 86_400_000;
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const KEY_PEM = keys.privateKey;
const publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
const privateKey = forge.pki.privateKeyFromPem(keys.privateKey);

interface CertificateOptions {
  readonly subject: string;
  readonly issuer: string;
  readonly ca?: boolean;
  readonly names?: readonly string[];
  readonly notAfter?: number;
  /** Bytes of ballast. */
  readonly padding?: number;
}

export function makeCertificate(options: CertificateOptions): string {
  const cert = forge.pki.createCertificate();
  cert.publicKey = publicKey;
  cert.serialNumber = `4a${Buffer.from(options.subject).toString('hex').slice(0, 30)}`;
  cert.validity.notBefore = new Date(Date.now() - 30 * DAY_MS);
  cert.validity.notAfter = new Date(options.notAfter ?? Date.now() + 30 * DAY_MS);
  cert.setSubject([{ name: 'commonName', value: options.subject }]);
  cert.setIssuer([{ name: 'commonName', value: options.issuer }]);
  const extensions: object[] = [{ name: 'basicConstraints', cA: options.ca === true, critical: true }];
  const names = [...(options.names ?? [])];
  for (let i = 0; i < (options.padding ?? 0) / 60; i++) names.push(`${'x'.repeat(50)}-${i}.example`);
  if (names.length > 0)
    extensions.push({ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) });
  cert.setExtensions(extensions);
  cert.sign(privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(cert);
}

export const ROOT_PEM = makeCertificate({ subject: 'test root', issuer: 'test root', ca: true });
export const INTERMEDIATE_PEM = makeCertificate({ subject: 'test middle', issuer: 'test root', ca: true });
export function leafFor(name: string, options: Partial<CertificateOptions> = {}): string {
  return (
    makeCertificate({ subject: name, issuer: 'test middle', names: [name], ...options }) + INTERMEDIATE_PEM
  );
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
export function onCleanup(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

export interface Running {
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
}

async function listen(server: Server, host = '127.0.0.1'): Promise<Running> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on('connection', (socket: Socket) => {
    count++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  onCleanup(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, connections: () => count, open: () => sockets.size };
}

export const startHttp = (handler: RequestListener): Promise<Running> => listen(createHttp(handler));
export const startTcp = (handler: (socket: Socket) => void, host?: string): Promise<Running> =>
  listen(createTcp(handler), host);
/** HTTP/1.1 over TLS; the handler of a raw server gets decrypted bytes. */
export async function startHttps(cert: string, handler: RequestListener): Promise<Running> {
  const http = createHttp(handler);
  const server = createTls({ key: KEY_PEM, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
    socket.on('error', () => undefined);
    http.emit('connection', socket);
  });
  server.on('tlsClientError', () => undefined);
  return listen(server);
}

export function cidrs(...texts: string[]): Cidr[] {
  return texts.map((text) => parseCidr(text)).filter((cidr) => cidr !== null);
}
export const LOOPBACK = cidrs('127.0.0.0/8', '::1/128');
export const KUAGER_ONLY = process.env['KUAGER_ONLY'];

export const SEED = new Uint8Array(32).fill(7);
export const KEY_ID = toBase64(publicKeyOf(SEED));

export interface TestControl {
  readonly control: Control;
  ask(url: string, extra?: Record<string, unknown>): Promise<ControlAnswer>;
}
/** A control behind the guard whose names are answered by `names` and whose sockets go where `mapTcp` says. */
export function makeControl(
  names: Readonly<Record<string, readonly string[]>>,
  options: Partial<OutgoingOptions> & { control?: Partial<ControlOptions> } = {},
): TestControl {
  const { control: controlOptions, ...outgoingOptions } = options;
  const outgoing = createOutgoing({
    allow: LOOPBACK,
    only: KUAGER_ONLY,
    lookup: (host) => {
      const addresses = names[host];
      return Promise.resolve(addresses === undefined ? { failure: 'dns_nxdomain_error' } : { addresses });
    },
    ...outgoingOptions,
  });
  const control = createControl({
    outgoing,
    roots: createRoots(ROOT_PEM),
    sign: { seed: SEED, keyid: KEY_ID },
    wallClock: () => Date.now(),
    ...controlOptions,
  });
  return {
    control,
    ask(url, extra = {}) {
      const reading = readControlRequest({ http_request: url, ...extra });
      if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
      return control.answer(reading.ok, new AbortController().signal);
    },
  };
}
