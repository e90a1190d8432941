/** Looks at real sockets of loopback: what counts as an answer, and what only looks like one. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNet } from '../../../probe/net/create-net.ts';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import { readAnchors, type Anchor } from '../../../probe/watch/anchors.ts';
import { learnAnchors, lookAround, type LookTools } from '../../../probe/watch/look.ts';
import { ROUTE_FILES } from '../../../probe/watch/routes.ts';
import { createRoots } from '../../../shared/observe/chain/index.ts';
import { labCertificates, type LabCertificates } from '../../lab/certs.ts';

const servers: Server[] = [];
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return portOf(server);
}

let certs: LabCertificates;
let open: number;
let refusing: number;
/** Ports that the names' port 443 leads to. */
let honest: number;
let portal: number;
let mute: number;

beforeAll(async () => {
  certs = await labCertificates();
  const sockets = new Set<Socket>();
  open = await listening(createServer((socket) => socket.destroy()));
  const spare = createServer();
  refusing = await listening(spare);
  spare.close();
  const tls = (name: string): Promise<number> => {
    const { certPem, keyPem } = certs.issue([name]);
    const server = createTlsServer({ cert: certPem, key: keyPem }, (socket) => socket.destroy());
    server.on('tlsClientError', () => undefined);
    return listening(server);
  };
  honest = await tls('bank.example');
  portal = await tls('login.example');
  // A box that accepts every connection itself, and has nobody behind it.
  mute = await listening(
    createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('data', () => socket.destroy());
    }),
  );
});
afterAll(() => {
  for (const server of servers) server.close();
});

function tools(anchors: readonly Anchor[], tlsPort: number, more: Partial<LookTools> = {}): LookTools {
  const signal = new AbortController().signal;
  const net = createNet({
    roots: createRoots(certs.rootPem),
    wallClock: () => Date.now(),
    only: createDestinationGuard('127.0.0.0/8'),
    lab: {
      lookup: (name) =>
        Promise.resolve(name.endsWith('.example') ? { addresses: ['127.0.0.1'] } : { failure: 'ENOTFOUND' }),
      mapTcp: (endpoint) => (endpoint.port === 443 ? { address: '127.0.0.1', port: tlsPort } : endpoint),
      mapUdp: (endpoint) => endpoint,
    },
  });
  return {
    net,
    anchors,
    allows: () => true,
    mayBeAnchor: () => true,
    systemText: () => null,
    random: Math.random,
    signal,
    addresses: new Map(),
    ...more,
  };
}
const named = (host: string, port = 443): Anchor => ({ kind: 'domestic', host, port });
const foreign = (port: number): Anchor => ({ kind: 'foreign', host: '127.0.0.1', port });

describe('an anchor', () => {
  it('is up where a certificate with its name comes back, trusted or not', async () => {
    expect(await lookAround(tools([named('bank.example')], honest))).toMatchObject({ dns: 'up' });
    const t = tools([named('bank.example')], honest);
    await learnAnchors(t);
    expect(await lookAround(t)).toMatchObject({ domestic: 'up', foreign: 'unknown', dns: 'up' });
  });

  it('is down behind a log-in page that answers for every name, or a box that only accepts', async () => {
    for (const port of [portal, mute, refusing]) {
      const t = tools([named('bank.example')], port);
      await learnAnchors(t);
      expect((await lookAround(t)).domestic, String(port)).toBe('down');
    }
  });

  it('elsewhere than at port 443 a connection counts; one of several is enough', async () => {
    const t = tools([foreign(refusing), foreign(open), foreign(refusing)], honest);
    expect((await lookAround(t)).foreign).toBe('up');
    expect((await lookAround(tools([foreign(refusing)], honest))).foreign).toBe('down');
  });

  it('whose name was never resolved says nothing', async () => {
    const t = tools([named('nobody.invalid')], honest);
    expect(await lookAround(t)).toMatchObject({ domestic: 'unknown', dns: 'up' });
  });

  it('of a name that leads home is not contacted', async () => {
    const t = tools([named('bank.example')], honest, { mayBeAnchor: () => false });
    await learnAnchors(t);
    expect((await lookAround(t)).domestic).toBe('unknown');
  });
});

describe('the gateway', () => {
  const through = (gateway: string, texts: Partial<Record<string, string>> = {}) =>
    lookAround(
      tools([foreign(open)], honest, {
        systemText: (path) =>
          path === ROUTE_FILES.v4
            ? `lo0\t00000000\t${gateway}\t0003\t0\t0\t0\t00000000\t0\t0\t0`
            : (texts[path] ?? null),
      }),
    );

  it('that refuses a connection is up', async () => {
    expect((await through('0100007F')).gateway).toBe('up');
  });

  it('is down where there is no default route, and unknown where the system says nothing', async () => {
    const none = tools([foreign(open)], honest, {
      systemText: (p) => (p === ROUTE_FILES.v4 ? 'Iface\n' : null),
    });
    expect((await lookAround(none)).gateway).toBe('down');
    expect((await lookAround(tools([foreign(open)], honest))).gateway).toBe('unknown');
  });

  it('is not contacted where KUAGER_ONLY forbids it', async () => {
    const t = tools([foreign(open)], honest, {
      systemText: (p) =>
        p === ROUTE_FILES.v4 ? 'e\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0' : null,
      allows: (address) => address.startsWith('127.'),
    });
    expect((await lookAround(t)).gateway).toBe('unknown');
  });
});

describe('the file of anchors', () => {
  it('names rows that can’t be used, with their line', () => {
    const { anchors, problems } = readAnchors(
      'kind,name,host,port,source\ndomestic,A,a.example,443,x\nabroad,B,b.example,1,x\nforeign,C,c d,1,x\nforeign,D,d,0,x\n',
    );
    expect(anchors).toEqual([{ kind: 'domestic', host: 'a.example', port: 443 }]);
    expect(problems.map((p) => p.line)).toEqual([3, 4, 5]);
    expect(readAnchors('a,b\n').problems).toHaveLength(1);
  });
});
