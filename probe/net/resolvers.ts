import { getServers } from 'node:dns';
import { parseIp } from '../../shared/codec/ip.ts';
import type { Endpoint } from './net.ts';

const DNS_PORT = 53;

/**
 * One entry of `dns.getServers()`: `1.2.3.4`, `1.2.3.4:1053`, `2001:db8::1`, `[2001:db8::1]:1053`, each IPv6 address
 * perhaps with a zone (`%eth0`), which is kept: a link-local resolver can't be reached without it. Null for junk.
 */
export function parseServer(text: string): Endpoint | null {
  const match = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? text;
  const port = match?.[3] === undefined ? DNS_PORT : Number(match[3]);
  return parseIp(address) === null || port < 1 || port > 65_535 ? null : { address, port };
}

/** The resolvers of the system's configuration, in its order, each once. */
export function systemResolvers(): readonly Endpoint[] {
  const seen = new Map<string, Endpoint>();
  for (const text of getServers()) {
    const server = parseServer(text);
    if (server !== null) seen.set(`${server.address} ${server.port}`, server);
  }
  return [...seen.values()];
}
