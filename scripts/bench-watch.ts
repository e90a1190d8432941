/**
 * What an idle `kuager watch` costs, measured on the built program: memory against bare Node, and bytes a day at the interface. It talks
 * TLS to a real collector over loopback; heartbeats come every minute instead of every five, and the day is projected from their bytes.
 *
 *   npx tsx scripts/bench-watch.ts [--beats 6]      some minutes; exit 1 when a bound is missed
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startCollector } from '../collector/serve.ts';
import { HEARTBEAT_PERIOD_SECONDS } from '../shared/model/index.ts';
import { labCertificates } from '../test/lab/certs.ts';
import { startCollectorPath } from '../test/unit/report/collector-path.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const ONLY = '127.0.0.0/8,::1/128';
const MAX_MORE_MIB = 35;
const MAX_BYTES_PER_DAY = 1_000_000;
const BEAT_SECONDS = HEARTBEAT_PERIOD_SECONDS.min;
const SECONDS_PER_DAY = 24 * 3600;
const MIB = 1024 * 1024;
/** What the collector asks of a proxy in front of it. */
const KEEP_ALIVE_MS = 11 * 60_000;
/** Garbage is collected in the half minute after a heartbeat; the next one may come in between. */
const SETTLED_MS = 34_000;
const LOOKS_AT_MEMORY = 20;
/** Ethernet, IP and TCP with time stamps. */
const HEADER_BYTES = 66;
const SEGMENT_BYTES = 1400;
/** Acknowledgements of question and answer, and one probe of the idle connection with its answer. */
const EMPTY_PACKETS = 4;

const argument = process.argv.indexOf('--beats');
const beats = argument === -1 ? 4 : Number(process.argv[argument + 1]);

/** Bytes of the whole process that stay in memory. */
async function rssMib(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / MIB;
}

interface Wire {
  bytes: number;
  packets: number;
  connections: number;
}

/** Between the program and TLS: counts what goes over its connections. */
async function countingRelay(port: number, wire: Wire): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    open.add(from);
    from.on('data', (chunk: Buffer) => {
      wire.bytes += chunk.length;
      wire.packets += Math.ceil(chunk.length / SEGMENT_BYTES);
      to.write(chunk);
    });
    from.on('end', () => to.end()).on('error', () => to.destroy());
    from.on('close', () => void open.delete(from));
  };
  const server = createServer((socket) => {
    wire.connections++;
    const behind = connect(port, '127.0.0.1');
    pass(socket, behind);
    pass(behind, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

async function bareNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60000)'], { stdio: 'ignore' });
  await wait(3000);
  const rss = await rssMib(child);
  child.kill();
  return rss;
}

const folder = await mkdtemp(join(tmpdir(), 'kuager-bench-watch-'));
const dist = join(folder, 'dist');
await promisify(execFile)(
  process.execPath,
  ['--import', 'tsx', join(ROOT, 'scripts/build.ts'), '--out', dist],
  {
    cwd: ROOT,
  },
);
const certs = await labCertificates();
const collector = await startCollector({
  data: join(folder, 'data'),
  listen: { host: '127.0.0.1', port: 0 },
  only: ONLY,
});
const path = await startCollectorPath(certs.issue(['localhost']), { keepAliveMs: KEEP_ALIVE_MS });
// As a proxy in front does it: the collector's own headers, all of them.
path.act = async (_seen, forward, response) => {
  const { status, headers, body } = await forward();
  const { connection: _, 'keep-alive': __, ...rest } = headers;
  response.writeHead(status, rest).end(body);
};
path.leadTo(collector.url);
const wire: Wire = { bytes: 0, packets: 0, connections: 0 };
const relay = await countingRelay(Number(new URL(path.url).port), wire);
await writeFile(join(folder, 'root.pem'), certs.rootPem);

const flags = ['--collector', `https://localhost:${relay.port}`, '--extra-root', join(folder, 'root.pem')];
const network = ['--cc', 'KZ', '--asn', 'AS9198', '--network-type', 'mobile'];
const child = spawn(
  process.execPath,
  [
    join(dist, 'kuager.mjs'),
    ...['watch', '--yes', '--json', '--period', String(BEAT_SECONDS), '--every', '10000'],
    ...flags,
    ...network,
  ],
  {
    env: { ...process.env, KUAGER_ONLY: ONLY, KUAGER_HOME: join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let heard = 0;
let after: Wire | null = null as Wire | null;
createInterface({ input: child.stdout }).on('line', (line) => {
  if (!line.includes('"heard":true')) return;
  heard++;
  // What a start costs comes once.
  if (heard === 1) after = { ...wire };
});
while (heard < beats + 1 && child.exitCode === null) await wait(500);
// Before goodbye and what else comes now.
const until: Wire = { ...wire };
// Of what it has when it rests, the least: a heartbeat comes every minute here, and garbage with it.
let rss = Number.POSITIVE_INFINITY;
for (let i = 0; i < LOOKS_AT_MEMORY; i++) {
  await wait(SETTLED_MS / LOOKS_AT_MEMORY);
  rss = Math.min(rss, await rssMib(child));
}
const bare = await bareNode();
child.kill('SIGINT');
await once(child, 'exit');
relay.close();
await path.close();
await collector.close();
await rm(folder, { recursive: true, force: true });

const from: Wire = after ?? until;
const perBeat =
  (until.bytes - from.bytes + (until.packets - from.packets) * HEADER_BYTES) / beats +
  EMPTY_PACKETS * HEADER_BYTES;
const perDay = (perBeat * SECONDS_PER_DAY) / HEARTBEAT_PERIOD_SECONDS.usual;
const verdict = (ok: boolean): string => (ok ? 'ok' : 'MISSED');
const small = rss - bare <= MAX_MORE_MIB;
const cheap = perDay <= MAX_BYTES_PER_DAY;
process.stdout.write(
  [
    `memory   watch ${rss.toFixed(1)} MiB, bare Node ${bare.toFixed(1)} MiB: ${(rss - bare).toFixed(1)} more, at most ${MAX_MORE_MIB}: ${verdict(small)}`,
    `data     ${Math.round(perBeat)} bytes a heartbeat over ${beats}, ${until.connections - from.connections} connections opened meanwhile`,
    `         ${Math.round(perDay / 1000)} kB a day at ${HEARTBEAT_PERIOD_SECONDS.usual} s, at most ${MAX_BYTES_PER_DAY / 1000}: ${verdict(cheap)}`,
    '',
  ].join('\n'),
);
process.exitCode = small && cheap ? 0 : 1;
