/** The addresses of a target: what the zone's own servers said just now goes before what the resolver may have kept. */
import { MAX_ADDRESSES } from './outgoing.ts';
import type { Outgoing, Resolution } from './outgoing.ts';
import type { Walked } from './zone-walk.ts';

const isV4 = (address: string): boolean => !address.includes(':');

/** Per family. A walk without any address changes nothing: an alias that leads elsewhere ends it too. */
export function preferWalked(looked: Resolution, { v4, v6 }: Walked): Resolution {
  if ((v4 ?? []).length + (v6 ?? []).length === 0) return looked;
  const addresses = [
    ...(v4 ?? looked.addresses.filter(isV4)),
    ...(v6 ?? looked.addresses.filter((address) => !isV4(address))),
  ];
  return { addresses: [...new Set(addresses)].slice(0, MAX_ADDRESSES), failure: null };
}

/** The same, with this name's addresses settled. */
export function withAddresses(outgoing: Outgoing, host: string, addresses: readonly string[]): Outgoing {
  return {
    ...outgoing,
    resolve: (name, signal) =>
      name === host ? Promise.resolve({ addresses, failure: null }) : outgoing.resolve(name, signal),
  };
}
