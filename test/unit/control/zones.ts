/** Name servers on loopback, UDP and TCP, at public-looking addresses, and a resolver that knows top-level domains. */
import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import dnsPacket from 'dns-packet';
import type { Answer, DecodedPacket } from 'dns-packet';
import { createOutgoing } from '../../../collector/control/index.ts';
import type { Endpoint, OutgoingOptions } from '../../../collector/control/index.ts';
import type { Outgoing } from '../../../collector/control/outgoing.ts';
import { createZoneWalk } from '../../../collector/control/zone-walk.ts';
import type { Walked } from '../../../collector/control/zone-walk.ts';
import { KUAGER_ONLY, onCleanup } from './helpers.ts';

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export interface Said {
  readonly rcode?: keyof typeof RCODES;
  /** AA; absent: yes. */
  readonly aa?: boolean;
  readonly tc?: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  /** Instead of what was asked. */
  readonly question?: string | null;
  readonly id?: number;
  readonly delayMs?: number;
}
export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly recursive: boolean;
  readonly edns: boolean;
  readonly transport: 'udp' | 'tcp';
}
/** Several replies are sent in order; raw bytes as they are; none is silence. */
export type NameServerRule = (asked: Asked) => Said | readonly Said[] | Uint8Array | null;

export const a = (name: string, data: string): Answer => ({ type: 'A', name, data, ttl: 60, class: 'IN' });
export const aaaa = (name: string, data: string): Answer => ({
  type: 'AAAA',
  name,
  data,
  ttl: 60,
  class: 'IN',
});
export const ns = (zone: string, data: string): Answer => ({
  type: 'NS',
  name: zone,
  data,
  ttl: 60,
  class: 'IN',
});
export const cname = (name: string, data: string): Answer => ({
  type: 'CNAME',
  name,
  data,
  ttl: 60,
  class: 'IN',
});
export const soa = (zone: string): Answer => ({
  type: 'SOA',
  name: zone,
  ttl: 60,
  class: 'IN',
  data: { mname: `m.${zone}`, rname: `r.${zone}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
});
export const DENIES = (zone: string): Said => ({ rcode: 'NXDOMAIN', authorities: [soa(zone)] });
/** Name of the server → its address as glue, or null for none. */
export const refers = (zone: string, servers: Readonly<Record<string, string | null>>): Said => ({
  aa: false,
  authorities: Object.keys(servers).map((server) => ns(zone, server)),
  additionals: Object.entries(servers).flatMap(([server, address]) =>
    address === null ? [] : [address.includes(':') ? aaaa(server, address) : a(server, address)],
  ),
});

function encodeSaid(query: DecodedPacket, said: Said): Buffer {
  const asked = query.questions?.[0];
  const questions = said.question === null ? [] : [{ ...asked!, name: said.question ?? asked!.name }];
  return dnsPacket.encode({
    type: 'response',
    id: said.id ?? query.id ?? 0,
    flags:
      (said.aa === false ? 0 : dnsPacket.AUTHORITATIVE_ANSWER) |
      (said.tc === true ? dnsPacket.TRUNCATED_RESPONSE : 0) |
      RCODES[said.rcode ?? 'NOERROR'],
    questions,
    answers: [...(said.answers ?? [])],
    authorities: [...(said.authorities ?? [])],
    additionals: [...(said.additionals ?? [])],
  });
}

function readAsked(bytes: Buffer, transport: 'udp' | 'tcp'): { query: DecodedPacket; asked: Asked } {
  const query = dnsPacket.decode(bytes);
  const question = query.questions![0]!;
  return {
    query,
    asked: {
      name: question.name,
      type: question.type,
      recursive: ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED) !== 0,
      edns: (query.additionals ?? []).some(({ type }) => type === 'OPT'),
      transport,
    },
  };
}

function replies(bytes: Buffer, rule: NameServerRule, log: Asked[], transport: 'udp' | 'tcp') {
  const { query, asked } = readAsked(bytes, transport);
  log.push(asked);
  const said = rule(asked);
  if (said === null) return [];
  if (said instanceof Uint8Array) return [{ bytes: Buffer.from(said), delayMs: 0 }];
  const list = Array.isArray(said) ? (said as readonly Said[]) : [said as Said];
  return list.map((one) => ({ bytes: encodeSaid(query, one), delayMs: one.delayMs ?? 0 }));
}

interface RunningServer {
  readonly port: number;
  readonly log: Asked[];
}

async function bindUdp(port: number): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A TCP port that was free may be in use by UDP: tried again with another. */
async function bindBoth(tcp: TcpServer, tries = 8): Promise<UdpSocket> {
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  try {
    return await bindUdp((tcp.address() as AddressInfo).port);
  } catch (error) {
    if (tries === 0) throw error;
    tcp.close();
    await once(tcp, 'close');
    return bindBoth(tcp, tries - 1);
  }
}

/** UDP and TCP on one port. */
async function startNameServer(rule: NameServerRule): Promise<RunningServer> {
  const log: Asked[] = [];
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      for (const { bytes } of replies(data.subarray(2), rule, log, 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        socket.write(Buffer.concat([length, bytes]));
      }
    });
    onCleanup(async () => void socket.destroy());
  });
  const udp = await bindBoth(tcp);
  const { port } = udp.address();
  let open = true;
  udp.on('message', (data, from) => {
    for (const { bytes, delayMs } of replies(data, rule, log, 'udp'))
      setTimeout(() => open && udp.send(bytes, from.port, from.address), delayMs);
  });
  onCleanup(async () => {
    open = false;
    udp.close();
    tcp.close();
  });
  return { port, log };
}

const RESOLVER: Endpoint = { address: '11.255.0.53', port: 53 };

export interface Zones {
  /** For createOutgoing. */
  readonly hooks: Pick<OutgoingOptions, 'mapUdp' | 'mapTcp' | 'resolver'>;
  readonly outgoing: Outgoing;
  walk(host: string): Promise<Walked>;
  /** What the server at this address was asked; of the resolver without an address. */
  asked(address?: string): readonly Asked[];
  /** Every address that a packet was about to go to. */
  readonly reached: Set<string>;
  /** Moves the walk's clock on. */
  pass(ms: number): void;
}

/**
 * @param servers by address. What stands nowhere is silent.
 * @param known the resolver's answers: "kz NS" → names, "ns.other.example A" → addresses; a rule overrides it.
 */
export async function startZones(
  servers: Readonly<Record<string, NameServerRule>>,
  known: Readonly<Record<string, readonly string[]>> | NameServerRule,
  options: Partial<OutgoingOptions> = {},
): Promise<Zones> {
  const running = new Map<string, RunningServer>();
  for (const [address, rule] of Object.entries(servers)) running.set(address, await startNameServer(rule));
  const byTable: NameServerRule = ({ name, type }) => {
    const found = typeof known === 'function' ? undefined : known[`${name} ${type}`];
    if (found === undefined) return { aa: false, rcode: 'NXDOMAIN' };
    return { aa: false, answers: found.map((data) => ({ type: type as 'A', name, data, ttl: 60 })) };
  };
  const resolver = await startNameServer(typeof known === 'function' ? known : byTable);
  running.set(RESOLVER.address, resolver);
  const silent = await bindUdp(0);
  onCleanup(async () => void silent.close());
  const reached = new Set<string>();
  const map = ({ address, port }: Endpoint): Endpoint => {
    reached.add(address);
    const server = port === 53 ? running.get(address) : undefined;
    return { address: '127.0.0.1', port: server?.port ?? silent.address().port };
  };
  const hooks = { mapUdp: map, mapTcp: map, resolver: RESOLVER };
  const outgoing = createOutgoing({
    allow: [],
    only: KUAGER_ONLY,
    ownAddresses: () => [],
    ...hooks,
    ...options,
  });
  let now = 0;
  const zoneWalk = createZoneWalk(outgoing, () => now);
  return {
    hooks,
    outgoing,
    reached,
    walk: (host) => zoneWalk.walk(host, new AbortController().signal),
    asked: (address = RESOLVER.address) => running.get(address)?.log ?? [],
    pass: (ms) => void (now += ms),
  };
}

export const KZ = {
  'kz NS': ['a.nic.kz', 'b.nic.kz'],
  'a.nic.kz A': ['11.0.0.1'],
  'b.nic.kz A': ['11.0.0.2'],
} as const;
export const SITE_REFERRAL = refers('site.kz', { 'ns1.site.kz': '11.0.1.1', 'ns2.site.kz': '11.0.1.2' });

/** Both servers of kz refer site.kz to two servers with these rules, and deny everything else. */
export async function startSite(
  first: NameServerRule,
  second: NameServerRule = first,
  known: Readonly<Record<string, readonly string[]>> = {},
): Promise<Zones> {
  const registry: NameServerRule = ({ name }) =>
    name === 'site.kz' || name.endsWith('.site.kz') ? SITE_REFERRAL : DENIES('kz');
  return startZones(
    { '11.0.0.1': registry, '11.0.0.2': registry, '11.0.1.1': first, '11.0.1.2': second },
    { ...KZ, ...known },
  );
}

/** A server of site.kz with these addresses for every name in it. */
export const answers =
  (...addresses: readonly string[]): NameServerRule =>
  ({ name, type }) => ({
    answers: addresses
      .filter((address) => address.includes(':') === (type === 'AAAA'))
      .map((address) => (type === 'AAAA' ? aaaa(name, address) : a(name, address))),
    authorities: [ns('site.kz', 'ns1.site.kz')],
  });
