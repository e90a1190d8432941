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
import type { Pages, Site, SiteBehaviour, TlsService } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
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
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** The site of the Host header, else the first on this address, as name-based hosting does. */
function handler(byHost: ReadonlyMap<string, Pages>) {
  return (request: Request, response: Response): void => {
    const authority = request.headers[':authority'] ?? request.headers.host ?? '';
    const host = String(authority).replace(/:\d+$/, '').toLowerCase();
    const pages = byHost.get(host) ?? [...byHost.values()][0] ?? {};
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const page = pages[path] ?? NOT_FOUND_PAGE;
    response.statusCode = page.status;
    for (const [name, value] of page.headers) response.setHeader(name, value);
    response.setHeader('Content-Length', Buffer.byteLength(page.body));
    // `end` has one signature per class; the union of both can't be called.
    (response as ServerResponse).end(request.method === 'HEAD' ? '' : page.body);
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
  services: ReadonlyMap<string, TlsService>,
): Promise<Endpoint> {
  const issued = new Map(
    [...services].map(([host, service]) => [host, certs.issue([host], service.certificate)]),
  );
  const contexts = new Map<string, SecureContext>(
    [...issued].map(([host, { certPem, keyPem }]) => [
      host,
      createSecureContext({ cert: certPem, key: keyPem }),
    ]),
  );
  const [firstHost, first] = [...services][0]!;
  const options = {
    // For a client without SNI, or with a name that is not hosted here.
    cert: issued.get(firstHost)!.certPem,
    key: issued.get(firstHost)!.keyPem,
    SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) =>
      done(null, contexts.get(name.toLowerCase())),
  };
  const handle = handler(new Map([...services].map(([host, service]) => [host, service.pages])));
  const server = first.alpn.includes('h2')
    ? createHttp2({ ...options, allowHTTP1: first.alpn.includes('http/1.1') }, handle)
    : createHttps({ ...options, ALPNProtocols: [...first.alpn] }, handle);
  return sockets.listen(server);
}

async function startAddress(
  sockets: Sockets,
  certs: LabCertificates,
  hosted: readonly Hosted[],
): Promise<ReadonlyMap<number, Origin>> {
  const state = hosted[0]?.behaviour.state ?? 'refused';
  const origins = new Map<number, Origin>();
  const set = (port: number, origin: Origin): void => void origins.set(port, origin);
  if (state === 'refused' || state === 'silent') {
    for (const port of [HTTP_PORT, HTTPS_PORT]) set(port, { dead: state });
    return origins;
  }
  if (state === 'reset') {
    const endpoint = await startResetting(sockets);
    for (const port of [HTTP_PORT, HTTPS_PORT]) set(port, { endpoint });
    return origins;
  }
  const plain = hosted.flatMap(({ host, behaviour }) =>
    behaviour.http === undefined ? [] : [[host, behaviour.http] as const],
  );
  const secure = hosted.flatMap(({ host, behaviour }) =>
    behaviour.https === undefined ? [] : [[host, behaviour.https] as const],
  );
  if (plain.length > 0)
    set(HTTP_PORT, { endpoint: await sockets.listen(createHttp(handler(new Map(plain)))) });
  if (secure.length > 0) set(HTTPS_PORT, { endpoint: await startTls(sockets, certs, new Map(secure)) });
  return origins;
}

/** Starts the servers of these sites: one set for everybody, another where a site treats a view differently. */
export async function startSiteServers(
  sockets: Sockets,
  certs: LabCertificates,
  sites: readonly Site[],
): Promise<SiteServers> {
  const byAddress = new Map<string, Site[]>();
  for (const site of sites)
    for (const address of site.addresses) byAddress.set(address, [...(byAddress.get(address) ?? []), site]);

  const table = new Map<string, ReadonlyMap<number, Origin>>();
  for (const [address, here] of byAddress) {
    const start = (view: View | null): Promise<ReadonlyMap<number, Origin>> =>
      startAddress(
        sockets,
        certs,
        here.map((site) => ({
          host: site.host,
          behaviour: { ...site, ...(view === null ? {} : site.to?.[view]) },
        })),
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
