/** Who a client is towards servers: a loopback address of its own, and what a database says of it. */

import type { Site } from '../../scenarios/scenario.ts';

/** A network number for documentation (RFC 5398): no real operator is accused by a demo. */
const LAB_NETWORK = { cc: 'KZ', asn: 64500 } as const;

export interface Network {
  readonly cc: string;
  readonly asn: number;
}

export interface ClientAddresses {
  /** Where connections of the client and of its resolver come from; absent where the system has one address only. */
  readonly client: string | undefined;
  readonly resolver: string | undefined;
  readonly network: Network;
  readonly resolverNetwork: Network;
}

const BYTE = 256;

/** Only Linux takes every address of 127.0.0.0/8 for its own. Elsewhere all clients are one to a server. */
export function clientAddresses(
  index: number,
  line: { readonly network?: Network; readonly resolver?: Network } = {},
): ClientAddresses {
  const own = process.platform === 'linux';
  const inBlock = (block: number): string => `127.${block}.${Math.floor(index / BYTE)}.${index % BYTE}`;
  const network = line.network ?? LAB_NETWORK;
  return {
    client: own ? inBlock(64) : undefined,
    resolver: own ? inBlock(65) : undefined,
    network,
    resolverNetwork: line.resolver ?? network,
  };
}

/** Rows `prefix,asn,cc` for a reflector's database. */
/** Rows for the sites that an address database knows. */
export function siteRows(sites: readonly Site[]): string[] {
  return sites.flatMap(({ addresses, network }) =>
    network === undefined
      ? []
      : addresses.map((a) => `${a}/${a.includes(':') ? 128 : 32},${network.asn},${network.cc}`),
  );
}

export function networkRows(clients: readonly ClientAddresses[], sites: readonly Site[]): string {
  const rows = clients.flatMap(({ client, resolver, network, resolverNetwork }) => [
    { ...network, address: client },
    { ...resolverNetwork, address: resolver },
  ]);
  const known = rows.flatMap(({ address, asn, cc }) =>
    address === undefined ? [] : [`${address}/32,${asn},${cc}`],
  );
  return ['prefix,asn,cc', ...known, ...siteRows(sites), ''].join('\n');
}
