import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer as createHttp2 } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Endpoint } from '../../../probe/net/net.ts';
import { NOT_FOUND_PAGE } from '../../scenarios/pages.ts';
import type { Page, Pages, Site, SiteBehaviour, TlsService } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
import { canonical } from './names.ts';
import { startProxy } from './proxy-server.ts';
import type { Locate } from './proxy-server.ts';
import type { Sockets } from './sockets.ts';

export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;
export type View = 'client' | 'outside';

/** Where the lab's own server for an address and port really is; `dead` when no server stands there. */
export type Origin = { readonly endpoint: Endpoint } | { readonly dead: 'refused' | 'silent' };

export interface SiteServers {
  /** Null: the lab has nothing at this address. Every port but 80 and 443 refuses. */
  origin(view: View, address: string, port: number): Origin | null;
}

interface Hosted {
  readonly host: string;
  readonly behaviour: SiteBehaviour;
  readonly flaps: Flapping | null;
}
/** A slow server writes so often. */
const WRITES_PER_SECOND = 10;
interface Secure extends Served {
  readonly service: TlsService;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** What one name serves on one port. */
interface Served {
  readonly pages: Pages;
  readonly flaps: Flapping | null;
  readonly bytesPerSecond: number | undefined;
}
/** Requests to a site, from anywhere and on any port, counted together. */
interface Flapping {
  /** The page that this request gets instead of its own, or null. */
  next(): Page | null;
}

function startFlapping(flaps: SiteBehaviour['flaps']): Flapping | null {
  if (flaps === undefined) return null;
  let requests = 0;
  return {
    next: () => {
      requests++;
      return requests % flaps.every === 0 ? flaps.page : null;
    },
  };
}

/** Only as fast as the site is; ends when the reader has gone. */
async function writeSlowly(sockets: Sockets, response: ServerResponse, body: string, bytesPerSecond: number) {
  const bytes = Buffer.from(body);
  const step = Math.max(1, Math.round(bytesPerSecond / WRITES_PER_SECOND));
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step));
    await sockets.delay(1000 / WRITES_PER_SECOND);
  }
  response.end();
}

/** The site of the Host header, else the first on this address, as name-based hosting does. */
function handler(sockets: Sockets, byHost: ReadonlyMap<string, Served>) {
  return (request: Request, response: Response): void => {
    const authority = request.headers[':authority'] ?? request.headers.host ?? '';
    const host = String(authority).replace(/:\d+$/, '').toLowerCase();
    const served = byHost.get(host) ?? [...byHost.values()][0];
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const page = served?.flaps?.next() ?? served?.pages[path] ?? NOT_FOUND_PAGE;
    response.statusCode = page.status;
    for (const [name, value] of page.headers) response.setHeader(name, value);
    response.setHeader('Content-Length', Buffer.byteLength(page.body));
    // `end` has one signature per class; the union of both can't be called.
    const answer = response as ServerResponse;
    const body = request.method === 'HEAD' ? '' : page.body;
    if (served?.bytesPerSecond === undefined) answer.end(body);
    else void writeSlowly(sockets, answer, body, served.bytesPerSecond);
  };
}

/** A server that answers nothing but RST, at the first byte. */
function startResetting(sockets: Sockets): Promise<Endpoint> {
  const server = createTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
  return sockets.listen(server);
}

function startTls(
  sockets: Sockets,
  certs: LabCertificates,
  services: ReadonlyMap<string, Secure>,
): Promise<Endpoint> {
  const issued = new Map(
    [...services].map(([host, { service }]) => [host, certs.issue([host], service.certificate)]),
  );
  const contexts = new Map<string, SecureContext>(
    [...issued].map(([host, { certPem, keyPem }]) => [
      host,
      createSecureContext({ cert: certPem, key: keyPem }),
    ]),
  );
  const [firstHost, { service: first }] = [...services][0]!;
  const options = {
    // For a client without SNI, or with a name that is not hosted here.
    cert: issued.get(firstHost)!.certPem,
    key: issued.get(firstHost)!.keyPem,
    SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) =>
      done(null, contexts.get(name.toLowerCase())),
  };
  const handle = handler(sockets, services);
  const server = first.alpn.includes('h2')
    ? createHttp2({ ...options, allowHTTP1: first.alpn.includes('http/1.1') }, handle)
    : createHttps({ ...options, ALPNProtocols: [...first.alpn] }, handle);
  return sockets.listen(server);
}

async function startAddress(
  sockets: Sockets,
  certs: LabCertificates,
  hosted: readonly Hosted[],
  locate: Locate,
): Promise<ReadonlyMap<number, Origin>> {
  const state = hosted[0]?.behaviour.state ?? 'refused';
  const origins = new Map<number, Origin>();
  const set = (port: number, origin: Origin): void => void origins.set(port, origin);
  if (state === 'refused' || state === 'silent') {
    for (const port of [HTTP_PORT, HTTPS_PORT]) set(port, { dead: state });
    return origins;
  }
  if (state === 'proxy') {
    for (const port of [HTTP_PORT, HTTPS_PORT])
      set(port, { endpoint: await startProxy(sockets, port, locate) });
    return origins;
  }
  if (state === 'reset') {
    const endpoint = await startResetting(sockets);
    for (const port of [HTTP_PORT, HTTPS_PORT]) set(port, { endpoint });
    return origins;
  }
  const plain = hosted.flatMap(({ host, behaviour: { http, bytesPerSecond }, flaps }) =>
    http === undefined ? [] : [[host, { pages: http, flaps, bytesPerSecond }] as const],
  );
  const secure = hosted.flatMap(({ host, behaviour: { https, bytesPerSecond }, flaps }) =>
    https === undefined
      ? []
      : [[host, { pages: https.pages, service: https, flaps, bytesPerSecond }] as const],
  );
  if (plain.length > 0)
    set(HTTP_PORT, { endpoint: await sockets.listen(createHttp(handler(sockets, new Map(plain)))) });
  if (secure.length > 0) set(HTTPS_PORT, { endpoint: await startTls(sockets, certs, new Map(secure)) });
  return origins;
}

/**
 * Starts the servers of these sites: one set for everybody, another where a site treats a view differently. `locate` is
 * where proxies find true sites.
 */
export async function startSiteServers(
  sockets: Sockets,
  certs: LabCertificates,
  sites: readonly Site[],
  locate: Locate = () => null,
): Promise<SiteServers> {
  const byAddress = new Map<string, Site[]>();
  for (const site of sites)
    for (const address of site.addresses.map(canonical))
      byAddress.set(address, [...(byAddress.get(address) ?? []), site]);

  const flapping = new Map(sites.map((site) => [site, startFlapping(site.flaps)]));
  const table = new Map<string, ReadonlyMap<number, Origin>>();
  for (const [address, here] of byAddress) {
    const start = (view: View | null): Promise<ReadonlyMap<number, Origin>> =>
      startAddress(
        sockets,
        certs,
        here.map((site) => ({
          host: site.host,
          behaviour: { ...site, ...(view === null ? {} : site.to?.[view]) },
          flaps: flapping.get(site) ?? null,
        })),
        locate,
      );
    const common = await start(null);
    for (const view of ['client', 'outside'] as const) {
      if (view === 'outside' && here.every((site) => site.reach === 'inside')) continue;
      const own = here.some((site) => site.to?.[view] !== undefined);
      table.set(`${view} ${address}`, own ? await start(view) : common);
    }
  }
  return {
    origin: (view, address, port) => {
      const ports = table.get(`${view} ${address}`);
      return ports === undefined ? null : (ports.get(port) ?? { dead: 'refused' });
    },
  };
}
