/**
 * Runs in the world's namespace: the sites at their own addresses, the resolvers, the second opinion, the registry and
 * the box on the path. Writes what the other programs need into the folder, then one line of JSON to standard output.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { LAB_BLOCKPAGES_CSV } from '../../scenarios/pages.ts';
import { deviceRootOf, interceptorsOf } from '../../scenarios/probes.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { stockKeys } from '../certificate-parts.ts';
import { labCertificates } from '../certs.ts';
import { writeRoots } from '../device.ts';
import { startDohServer, startUdpResolver } from '../loopback/dns-servers.ts';
import type { Resolver } from '../loopback/dns-servers.ts';
import { resolveName } from '../loopback/names.ts';
import type { Zone } from '../loopback/names.ts';
import { REGISTRY_ADDRESSES, startRegistry } from '../loopback/registry.ts';
import { startSiteServers } from '../loopback/site-servers.ts';
import type { SiteServers } from '../loopback/site-servers.ts';
import { startBox } from './box.ts';
import { startTcpResolver } from './tcp-resolver.ts';
import {
  BOX,
  CLIENT,
  deviceFolders,
  DNS_PORT,
  DOH_ADDRESS,
  DOH_NAME,
  HTTP_PORT,
  HTTPS_PORT,
  networkRows,
  OUTSIDE_RESOLVER_ADDRESS,
  REFLECTOR,
  REFLECTOR_NAME,
  resolverAddress,
  siteAddresses,
  WHOAMI_ZONE,
} from './layout.ts';
import { boundAt, createWorldSockets, listenAt } from './world-sockets.ts';
import type { WorldSockets } from './world-sockets.ts';
import type { WorldReady } from './job.ts';

type View = 'client' | 'outside';

const INSIDE: ReadonlySet<string> = new Set([CLIENT[4], CLIENT[6], BOX[4], BOX[6]]);
const viewOf = (socket: Socket): View => (INSIDE.has(socket.remoteAddress ?? '') ? 'client' : 'outside');

async function startSites(
  sockets: WorldSockets,
  servers: SiteServers,
  scenario: Scenario,
): Promise<WorldReady['dead']> {
  const dead: WorldReady['dead'] = {};
  for (const address of siteAddresses(scenario))
    for (const port of [HTTP_PORT, HTTPS_PORT]) {
      const numbers = new Map<View, number>();
      for (const view of ['client', 'outside'] as const) {
        const origin = servers.origin(view, address, port) ?? { dead: 'refused' as const };
        if ('dead' in origin) dead[`${view} ${address} ${port}`] = origin.dead;
        else numbers.set(view, origin.endpoint.port);
      }
      if (numbers.size === 0) continue;
      await listenAt(address, port, (socket) => {
        const number = numbers.get(viewOf(socket));
        if (number === undefined) socket.resetAndDestroy();
        else sockets.hand(number, socket);
      });
    }
  return dead;
}

/** The zone as everybody may know it: reflector and second opinion included. */
function zoneOf(scenario: Scenario, inside: boolean): Zone {
  return new Map<string, readonly string[]>([
    [DOH_NAME, [DOH_ADDRESS]],
    [REFLECTOR_NAME, [REFLECTOR[4], REFLECTOR[6]]],
    ...scenario.sites
      .filter((site) => inside || site.reach !== 'inside')
      .map((site) => [site.host, site.addresses] as const),
  ]);
}

async function startResolvers(sockets: WorldSockets, scenario: Scenario, diaryFile: string): Promise<void> {
  const everybody = zoneOf(scenario, false);
  const own = zoneOf(scenario, true);
  const here = resolverAddress(scenario);
  const inside: Resolver = (hostname) => resolveName(own, scenario.censor, hostname);
  await startUdpResolver(boundAt(sockets, here, DNS_PORT), inside, () => ({
    zone: WHOAMI_ZONE,
    to: { address: REFLECTOR[4], port: DNS_PORT },
    from: here,
  }));
  await startTcpResolver(here, DNS_PORT, inside);

  // The diary is written while this file is there: resolvers may have said something else then.
  const outsideRules = (): readonly Scenario['censor'][number][] =>
    readFileSync(diaryFile, 'utf8') === 'now'
      ? (scenario.diaryNames ?? scenario.outsideNames ?? [])
      : (scenario.outsideNames ?? []);
  const outside: Resolver = (hostname) => resolveName(everybody, outsideRules(), hostname);
  const suspended = new Set(scenario.sites.filter((site) => site.suspended).map((site) => site.host));
  const registryZone: Zone = new Map([...everybody].filter(([host]) => !suspended.has(host)));
  const view = {
    authoritative: (hostname: string) => resolveName(registryZone, outsideRules(), hostname)[0] ?? null,
    recursive: (hostname: string) => outside(hostname)[0] ?? null,
  };
  for (const address of [...REGISTRY_ADDRESSES, OUTSIDE_RESOLVER_ADDRESS]) {
    const registry = await startRegistry(boundAt(sockets, address, DNS_PORT), view);
    await listenAt(address, DNS_PORT, (socket) => sockets.hand(registry.tcp.port, socket));
  }
}

async function startSecondOpinion(
  sockets: WorldSockets,
  scenario: Scenario,
  identity: Parameters<typeof startDohServer>[1],
): Promise<void> {
  const zone = zoneOf(scenario, false);
  const doh = await startDohServer(sockets, identity, (hostname) =>
    resolveName(zone, scenario.secondOpinion ?? [], hostname),
  );
  await listenAt(DOH_ADDRESS, HTTPS_PORT, (socket) => sockets.hand(doh.port, socket));
}

async function main(folder: string): Promise<void> {
  const scenario = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as Scenario;
  stockKeys(JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as string[]);
  const certs = await labCertificates();
  await certs.prepare(interceptorsOf(scenario.censor));
  const sockets = createWorldSockets();
  const zone = zoneOf(scenario, false);
  const servers = await startSiteServers(sockets, certs, scenario.sites, (host, port) => {
    const address = zone.get(host)?.[0];
    return address === undefined ? null : { address, port };
  });
  const dead = await startSites(sockets, servers, scenario);
  await startResolvers(sockets, scenario, join(folder, 'diary'));
  await startSecondOpinion(sockets, scenario, certs.issue([DOH_NAME, DOH_ADDRESS]));
  await startBox(sockets, certs, scenario);

  const reflector = certs.issueOwn([REFLECTOR_NAME]);
  writeFileSync(join(folder, 'root.pem'), certs.rootPem);
  writeFileSync(join(folder, 'reflector.pem'), reflector.certPem);
  writeFileSync(join(folder, 'reflector.key'), reflector.keyPem, { mode: 0o600 });
  const roots = JSON.stringify({ version: 1, roots: certs.knownAuthorities });
  writeFileSync(join(folder, 'fingerprints.json'), roots);
  writeFileSync(join(folder, 'blockpages.csv'), LAB_BLOCKPAGES_CSV);
  writeFileSync(join(folder, 'networks.csv'), networkRows(scenario));
  const added = deviceRootOf(scenario);
  writeRoots(deviceFolders(folder), added === null ? null : certs.rootPemOf(added));
  const ready: WorldReady = { dead };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

await main(process.argv[2] ?? '.');
