/** Runs inside the country or abroad: the anchors of that place, and inside the resolver. One line to standard output when it stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { stockKeys } from '../certificate-parts.ts';
import { labCertificates } from '../certs.ts';
import { startUdpResolver } from '../loopback/dns-servers.ts';
import { resolveName } from '../loopback/names.ts';
import { DNS_PORT, HTTPS_PORT } from './layout.ts';
import { ANCHOR_NAMES, PLACES, RESOLVER, type Place } from './watch-plan.ts';
import { boundAt, createWorldSockets, listenAt } from './world-sockets.ts';

async function main(folder: string, place: Place): Promise<void> {
  stockKeys(JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as string[]);
  const certs = await labCertificates();
  const { anchors } = PLACES[place];
  const { certPem, keyPem } = certs.issue([...ANCHOR_NAMES, ...anchors]);
  const server = createServer({ cert: certPem, key: keyPem }, (socket) => {
    socket.on('error', () => undefined);
    socket.end();
  });
  server.on('tlsClientError', () => undefined);
  for (const address of anchors)
    await listenAt(address, HTTPS_PORT, (socket) => void server.emit('connection', socket));
  if (place === 'domestic') {
    const zone = new Map(ANCHOR_NAMES.map((name, i) => [name as string, [anchors[i]!] as readonly string[]]));
    await startUdpResolver(boundAt(createWorldSockets(), RESOLVER, DNS_PORT), (name) =>
      resolveName(zone, [], name),
    );
  }
  process.stdout.write('stands\n');
}

await main(process.argv[2] ?? '.', process.argv[3] === 'abroad' ? 'abroad' : 'domestic');
