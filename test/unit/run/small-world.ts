/**
 * A reflector and sites on loopback behind a path that acts on the SNI or on every nth connection: as much of a network as
 * a run of pairs needs. All sockets are real; waits pass at once, timeouts don't.
 */
import { createHash } from 'node:crypto';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createServer as createTlsServer } from 'node:tls';
import { createReflector, type Reflector } from '../../../collector/control/reflector.ts';
import { createNet } from '../../../probe/net/create-net.ts';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import type { Net } from '../../../probe/net/net.ts';
import { Contacts } from '../../../probe/run/contacts.ts';
import { EndpointLocks } from '../../../probe/run/endpoint-locks.ts';
import { Line } from '../../../probe/run/line.ts';
import { Looks } from '../../../probe/run/looks.ts';
import { measureTarget, type RunShared } from '../../../probe/run/measure-target.ts';
import { ReflectorPlaces } from '../../../probe/run/reflector-places.ts';
import { runTargets } from '../../../probe/run/run-targets.ts';
import { readClientHello } from '../../../shared/codec/client-hello.ts';
import { judgeMeasurement } from '../../../shared/judge/index.ts';
import type { ReflectorDescriptor, Verdict, WebConnectivityTestKeys } from '../../../shared/model/index.ts';
import { createRoots } from '../../../shared/observe/chain/index.ts';
import type { KnownAuthority } from '../../../shared/rules/fingerprints.ts';
import { GOLDEN_CONTEXT } from '../../golden/context.ts';
import { makeAuthority, makeKey, makeLeaf, pemOf } from '../codec/helpers/certificate-maker.ts';
import { LOOPBACK, Servers, testCertificates } from '../net/helpers.ts';

/** The test certificates' own first name. */
const REFLECTOR_ADDRESS = '11.0.0.3';
const REFLECTOR_PORTS = [443, 8443, 9443];
/** Of a handshake; a tenth of the real one, so that a test shows the order of things and not their length. */
export const TIMEOUT_MS = 1_000;

export interface Path {
  /** Names whose ClientHello is swallowed. */
  readonly silent?: ReadonlySet<string>;
  /** No connection is answered: each is said to have timed out, without waiting for it. */
  readonly dead?: true;
  /** Every nth connection is reset at its first byte; 0: none. */
  readonly cutsEvery?: number;
  /** TLS to this name, wherever it goes, ends at somebody on the way every nth time; his authority is on record. */
  readonly intercepts?: { readonly name: string; readonly every: number };
  /** Targets that the run says it has; absent: many. */
  readonly targets?: number;
  /** The first connections to the site that are reset. */
  readonly cutsFirst?: number;
}

export interface Result {
  readonly url: string;
  readonly testKeys: WebConnectivityTestKeys;
  readonly verdict: Verdict;
}

export class SmallWorld {
  readonly #servers = new Servers();
  readonly #ports = new Map<string, number>();
  #reflector: Reflector | null = null;
  #connections = 0;
  #toSites = 0;
  #toIntercepted = 0;
  /** Port of whoever intercepts, and his place on record. */
  #interceptor: { readonly port: number; readonly onRecord: KnownAuthority } | null = null;
  #places: ReflectorPlaces | null = null;
  readonly net: Net;
  readonly descriptor: ReflectorDescriptor;
  readonly #path: Path;

  private constructor(path: Path, reflector: Reflector) {
    this.#path = path;
    this.#reflector = reflector;
    const [tlsPort = 0, ...morePorts] = REFLECTOR_PORTS;
    this.descriptor = {
      name: reflector.name,
      addresses: [REFLECTOR_ADDRESS],
      tlsPort,
      httpPort: 80,
      morePorts,
      spkiSha256: reflector.spkiSha256,
    };
    let skipped = 0;
    this.net = createNet({
      roots: createRoots(testCertificates().ca.cert),
      resolvers: [],
      wallClock: () => Date.now(),
      only: createDestinationGuard('127.0.0.0/8,::1/128'),
      timeouts: { tls: TIMEOUT_MS, tcp: TIMEOUT_MS, httpHead: TIMEOUT_MS },
      lab: {
        lookup: (name) => Promise.resolve({ addresses: [addressOf(name)] }),
        mapUdp: (endpoint) => endpoint,
        mapTcp: ({ address, port }) => {
          if (this.#path.dead === true) return { failure: 'generic_timeout_error' };
          const real = this.#ports.get(`${address}:${port}`);
          return real === undefined ? { failure: 'connection_refused' } : { address: LOOPBACK, port: real };
        },
        clock: {
          now: () => performance.now() + skipped,
          wait: (ms) => {
            skipped += ms;
            return Promise.resolve(true);
          },
        },
      },
    });
  }

  static async open(path: Path): Promise<SmallWorld> {
    const { leaf } = testCertificates();
    const reflector = await createReflector({
      listen: [{ host: LOOPBACK, port: 0 }],
      key: leaf.key,
      cert: leaf.cert,
      clock: () => performance.now(),
      limits: { connectionsPerAddress: 10_000 } as never,
    });
    const world = new SmallWorld(path, reflector);
    const behind = reflector.endpoints[0]!.port;
    if (path.intercepts !== undefined) await world.#intercept(path.intercepts.name);
    for (const port of [...REFLECTOR_PORTS, 80])
      await world.#relay(`${REFLECTOR_ADDRESS}:${port}`, behind, false);
    return world;
  }

  /** `site.example` has a certificate; any other name is never answered by the path, or it is not to be reached. */
  async addSite(host: string): Promise<void> {
    const { leaf } = testCertificates();
    const secure = createTlsServer(
      { key: leaf.key, cert: leaf.cert, ALPNProtocols: ['http/1.1'] },
      (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () =>
          socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nyes'),
        );
      },
    );
    const behind = await this.#servers.listen(secure as Server);
    await this.#relay(`${addressOf(host)}:443`, behind, true);
  }

  async #intercept(host: string): Promise<void> {
    const authority = makeAuthority('Small World Gateway');
    const key = makeKey('p256');
    const cert = pemOf(makeLeaf(authority, [host], { key }), authority.der);
    const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const server = createTlsServer({ key: pem, cert, ALPNProtocols: ['h2', 'http/1.1'] });
    server.on('tlsClientError', () => undefined);
    const spki = authority.key.publicKey.export({ type: 'spki', format: 'der' });
    const onRecord = {
      id: 'small-world',
      name: { CN: 'Small World Gateway' },
      sha256: createHash('sha256').update(authority.der).digest('hex'),
      sha1: null,
      spkiSha256: createHash('sha256').update(spki).digest('hex'),
      subjectKeyId: null,
      publicKey: new Uint8Array(spki),
    };
    this.#interceptor = { port: await this.#servers.listen(server as Server), onRecord };
  }

  async #relay(place: string, behind: number, site: boolean): Promise<void> {
    const server = createServer((client) => this.#carry(client, behind, site));
    this.#ports.set(place, await this.#servers.listen(server));
  }

  #carry(client: Socket, behind: number, site: boolean): void {
    const nth = ++this.#connections;
    const nthToSites = site ? ++this.#toSites : Number.POSITIVE_INFINITY;
    client.once('data', (first) => {
      const { silent, cutsEvery = 0, cutsFirst = 0 } = this.#path;
      if ((cutsEvery > 0 && nth % cutsEvery === 0) || nthToSites <= cutsFirst)
        return client.resetAndDestroy();
      const hello = readClientHello(first);
      const sni = typeof hello === 'string' ? null : hello.sni;
      if (sni !== null && silent?.has(sni) === true) return;
      const server = connect({ host: LOOPBACK, port: this.#leadsTo(sni) ?? behind });
      server.on('error', () => client.destroy());
      client.on('close', () => server.destroy());
      server.write(first);
      client.pipe(server).pipe(client);
    });
  }

  #leadsTo(sni: string | null): number | null {
    const { intercepts } = this.#path;
    if (intercepts === undefined || sni !== intercepts.name) return null;
    return ++this.#toIntercepted % intercepts.every === 0 ? (this.#interceptor?.port ?? null) : null;
  }

  /** A run of its own. */
  measure(urls: readonly string[], concurrency: number): Promise<readonly Result[]> {
    this.#places = new ReflectorPlaces([this.descriptor], this.net);
    return this.measureOn(urls, concurrency);
  }

  /** Later targets of the same run: what it has learnt of its line still holds. */
  async measureOn(urls: readonly string[], concurrency: number): Promise<readonly Result[]> {
    const context = {
      ...GOLDEN_CONTEXT,
      roots: createRoots(testCertificates().ca.cert),
      reflectors: [this.descriptor],
      fingerprints: {
        ...GOLDEN_CONTEXT.fingerprints,
        authorities: this.#interceptor === null ? [] : [this.#interceptor.onRecord],
      },
    };
    let label = 0;
    const contacts = new Contacts(this.net);
    const shared: RunShared = {
      contacts,
      onPause: () => undefined,
      othersMayConfirm: false,
      tools: {
        net: contacts.net,
        roots: context.roots,
        dohUrl: null,
        askControl: null,
        mayContact: () => true,
        sensitive: [],
      },
      judgeContext: context,
      places: (this.#places ??= new ReflectorPlaces([this.descriptor], this.net)),
      line: new Line(),
      locks: new EndpointLocks(),
      namesSaid: new Set(),
      speedCompared: new Set(),
      looks: new Looks(this.#path.targets ?? Number.POSITIVE_INFINITY),
      randomLabel: () => `label${++label}`,
    };
    const results: Result[] = [];
    await runTargets(
      urls,
      async (url, signal, slot) => {
        const startedAt = Date.now();
        const { testKeys } = await measureTarget({ url, risky: false }, startedAt, shared, signal, slot);
        const judged = judgeMeasurement(
          {
            software_name: 'kuager',
            test_name: 'web_connectivity',
            input: url,
            measurement_start_time: new Date(startedAt).toISOString().slice(0, 19).replace('T', ' '),
            test_keys: testKeys,
          },
          context,
        );
        if ('problems' in judged) throw new Error(JSON.stringify(judged.problems));
        results.push({ url, testKeys, verdict: judged.verdict });
      },
      { concurrency, maxBytes: Number.POSITIVE_INFINITY, bytesUsed: () => 0 },
      new AbortController().signal,
    );
    return results;
  }

  async close(): Promise<void> {
    await this.#reflector?.close();
    await this.#servers.close();
  }
}

/** One address a name, out of nothing but the name. */
function addressOf(name: string): string {
  const sum = [...name].reduce((n, char) => (n * 31 + char.charCodeAt(0)) % 62_500, 7);
  return `11.7.${Math.floor(sum / 250)}.${(sum % 250) + 1}`;
}
