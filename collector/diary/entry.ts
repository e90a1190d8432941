/** A signed reply of our own control → the row that the archive keeps of it. */
import { formatIp, parseEndpoint, parseIp } from '../../shared/codec/ip.ts';
import type { ControlResponse, SignedControlReply } from '../../shared/model/index.ts';
import type { NewDiaryEntry } from '../store/store.ts';
import { diaryUrl } from './list.ts';

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
const canonical = (address: string): string => {
  const ip = parseIp(address);
  return ip === null ? address : formatIp(ip);
};

/** Addresses at which the chain for this very host was trusted: a handshake without failure, see control/handshake.ts. */
function trustedAddresses(reply: ControlResponse, host: string): ReadonlySet<string> {
  const trusted = Object.entries(reply.tls_handshake ?? {}).flatMap(([endpoint, tls]) => {
    const place = parseEndpoint(endpoint);
    const shown = tls.status && tls.failure === null && tls.server_name === host;
    return shown && place !== null ? [canonical(place.address)] : [];
  });
  return new Set(trusted);
}

/** `receivedAt`: ISO 8601 UTC, whole seconds. Throws for a reply without URL or time, which our control never gives. */
export function toDiaryEntry(
  reply: ControlResponse,
  signed: SignedControlReply,
  receivedAt: string,
): NewDiaryEntry {
  const url = diaryUrl(reply.x_request?.http_request ?? '');
  const made = Date.parse(reply.x_time ?? '');
  if (url === null || Number.isNaN(made))
    throw new Error('a control reply says neither what it is about nor when');
  const host = withoutBrackets(url.hostname);
  const trusted = trustedAddresses(reply, host);
  const addresses = [...new Set(reply.dns.addrs.map(canonical))].map((address) => ({
    address,
    trusted: trusted.has(address),
  }));
  return { url: url.href, host, madeAt: new Date(made).toISOString(), receivedAt, signed, addresses };
}
