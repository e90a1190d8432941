import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import dnsPacket from 'dns-packet';
import type { Packet } from 'dns-packet';
import type { Endpoint } from '../../../probe/net/net.ts';
import { decodeQuestion, RCODE_NUMBER, TTL_SECONDS } from './dns-messages.ts';
import type { NameReply } from './names.ts';
import type { Sockets } from './sockets.ts';

/**
 * The servers of the top-level domains, and the recursive resolver through which the control finds them: one program
 * at both addresses. What they say is uncached: a name that was taken off the zone is denied here, whatever caches say.
 */

export const REGISTRY_ADDRESSES = ['11.255.0.10', '11.255.0.11'] as const;
const SERVER_LABELS = ['a', 'b'] as const;
const HEADER_LENGTH_BYTES = 2;
const MAX_MESSAGE_BYTES = 4096;

/** What the servers say of a name; null: nothing. */
export interface RegistryView {
  /** Uncached, for questions without recursion. */
  authoritative(hostname: string): NameReply | null;
  /** For questions with recursion, which a cache may answer. */
  recursive(hostname: string): NameReply | null;
}

export interface Registry {
  readonly udp: Endpoint;
  readonly tcp: Endpoint;
}

type Answers = NonNullable<Packet['answers']>;

/** `a.nic.example` and `b.nic.example` for the zone `example`. */
const serversOf = (zone: string): string[] => SERVER_LABELS.map((label) => `${label}.nic.${zone}`);

function serverAddress(hostname: string): string | null {
  const [label, nic, zone, ...rest] = hostname.toLowerCase().replace(/\.$/, '').split('.');
  const i = (SERVER_LABELS as readonly string[]).indexOf(label ?? '');
  return i >= 0 && nic === 'nic' && zone !== undefined && rest.length === 0 ? REGISTRY_ADDRESSES[i]! : null;
}

const isTopLevel = (hostname: string): boolean => /^[^.]+\.?$/.test(hostname);

function addressRecords(name: string, type: string, addresses: readonly string[]): Answers {
  const family = type === 'AAAA' ? 6 : type === 'A' ? 4 : 0;
  return addresses
    .filter((address) => (address.includes(':') ? 6 : 4) === family)
    .map((data) => ({ type: type as 'A', name, ttl: TTL_SECONDS, data }));
}

function reply(view: RegistryView, query: Packet): Buffer | null {
  const question = query.questions?.[0];
  const name = question?.name ?? '';
  const type = question?.type ?? '';
  const wantsRecursion = ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED) !== 0;
  const zone = name.replace(/\.$/, '').split('.').at(-1) ?? '';
  const encode = (rcode: number, answers: Answers, flags = 0): Buffer =>
    dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags:
        rcode | flags | (wantsRecursion ? dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE : 0),
      questions: query.questions ?? [],
      answers,
      authorities: answers.length > 0 ? [] : [startOfAuthority(zone)],
    });
  const own = wantsRecursion ? 0 : dnsPacket.AUTHORITATIVE_ANSWER;
  if (isTopLevel(name)) {
    if (type !== 'NS') return encode(RCODE_NUMBER.NOERROR, [], own);
    const answers = serversOf(zone).map((data) => ({ type: 'NS', name, ttl: TTL_SECONDS, data }) as const);
    return encode(RCODE_NUMBER.NOERROR, answers, own);
  }
  if (zone === '') return encode(RCODE_NUMBER.REFUSED, []);
  const server = serverAddress(name);
  if (server !== null) return encode(RCODE_NUMBER.NOERROR, addressRecords(name, type, [server]), own);
  const found = wantsRecursion ? view.recursive(name) : view.authoritative(name);
  if (found === null) return null;
  const speaksForZone = found.rcode === 'NOERROR' || found.rcode === 'NXDOMAIN';
  const answers = addressRecords(name, type, found.addresses);
  return encode(RCODE_NUMBER[found.rcode], answers, speaksForZone ? own : 0);
}

/** What a denial carries, so that resolvers know for how long it holds (RFC 2308). */
function startOfAuthority(zone: string): Answers[number] {
  return {
    type: 'SOA',
    name: zone,
    ttl: TTL_SECONDS,
    data: {
      mname: serversOf(zone)[0] ?? '',
      rname: `hostmaster.nic.${zone}`,
      serial: 1,
      refresh: TTL_SECONDS,
      retry: TTL_SECONDS,
      expire: TTL_SECONDS,
      minimum: TTL_SECONDS,
    },
  };
}

/** RFC 1035 section 4.2.2: a message after its length in two bytes. */
function serveTcp(view: RegistryView, socket: Socket): void {
  let held = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    if (held.length < HEADER_LENGTH_BYTES) return;
    const end = HEADER_LENGTH_BYTES + held.readUInt16BE(0);
    if (end > MAX_MESSAGE_BYTES) {
      socket.destroy();
      return;
    }
    if (held.length < end) return;
    const asked = decodeQuestion(held.subarray(HEADER_LENGTH_BYTES, end));
    if (asked === null) {
      socket.destroy();
      return;
    }
    const message = reply(view, asked.query);
    if (message === null) return;
    const length = Buffer.alloc(HEADER_LENGTH_BYTES);
    length.writeUInt16BE(message.length);
    socket.end(Buffer.concat([length, message]));
  });
}

export async function startRegistry(sockets: Sockets, view: RegistryView): Promise<Registry> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const asked = decodeQuestion(bytes);
    const message = asked === null ? null : reply(view, asked.query);
    if (message !== null) socket.send(message, from.port, from.address);
  });
  const udp = await sockets.bind(socket);
  const tcp = await sockets.listen(createServer((connection) => serveTcp(view, connection)));
  return { udp, tcp };
}
