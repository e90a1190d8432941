import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCollector, type RunningCollector } from '../../collector/serve.ts';
import { LAB_BLOCKPAGE_ROWS, LAB_NETWORK_ROWS, type Scenario } from '../scenarios/index.ts';
import type { LoopbackLab } from './loopback/lab.ts';

/** Nothing in the lab may leave this machine. */
export const LAB_ONLY = '127.0.0.0/8,::1/128';

/** The reflector in the lab's world. */
const REFLECTOR = {
  name: 'mirror.example',
  addresses: ['11.255.0.3', '3ffe:ffff::3'],
  tlsPort: 443,
  httpPort: 80,
  morePorts: [8443, 2053],
  selfSignedPort: 9443,
  whoamiZone: 'whoami.mirror.example',
} as const;
const ANY_PORT = { host: '127.0.0.1', port: 0 } as const;

/** The real collector for a lab, its reflector and control placed behind every client's path. */
export async function startLabCollector(
  lab: LoopbackLab,
  folder: string,
  scenarios: readonly Scenario[],
): Promise<RunningCollector> {
  const asnDb = join(folder, 'networks.csv');
  await writeFile(asnDb, lab.networkTable);
  const { name, addresses, tlsPort, httpPort, morePorts, selfSignedPort, whoamiZone } = REFLECTOR;
  const trustedPorts: readonly number[] = [tlsPort, httpPort, ...morePorts];
  const collector = await startCollector({
    data: join(folder, 'collector'),
    listen: ANY_PORT,
    extraRootsPem: [lab.rootsPem],
    extraInterceptionEntries: lab.knownAuthorities.map((entry) => ({ ...entry })),
    extraBlockpageRows: LAB_BLOCKPAGE_ROWS,
    extraNetworkRows: LAB_NETWORK_ROWS,
    networks: { asnDb },
    reflector: {
      listen: trustedPorts.map(() => ANY_PORT),
      selfSignedListen: ANY_PORT,
      furtherPorts: false,
      identity: lab.issue([name]),
      whoami: { zone: whoamiZone, listen: ANY_PORT },
      described: { addresses: [...addresses], tlsPort, httpPort, morePorts, selfSignedPort, whoamiZone },
    },
    lab: lab.outside,
    diary: { urls: [...new Set(scenarios.flatMap((scenario) => scenario.listed ?? []))], minutes: null },
    only: LAB_ONLY,
  });
  const bound = collector.reflectorEndpoints.map(({ host, port, selfSigned }) => ({
    selfSigned,
    endpoint: { address: host, port },
  }));
  const trusted = bound.filter((b) => !b.selfSigned).map((b) => b.endpoint);
  const selfSigned = bound.find((b) => b.selfSigned)?.endpoint;
  const ports = new Map(trustedPorts.flatMap((port, i) => (trusted[i] ? [[port, trusted[i]]] : [])));
  if (selfSigned !== undefined) ports.set(selfSignedPort, selfSigned);
  if (ports.size !== trustedPorts.length + 1 || collector.whoami === null)
    throw new Error('the reflector does not listen on all of its ports');
  const { host, port } = collector.whoami;
  const whoami = { zone: whoamiZone, real: { address: host, port } };
  await lab.addReflector({ name, addresses, ports, whoami });
  await lab.addControl(`${collector.url}/api/v1/control`);
  return collector;
}
