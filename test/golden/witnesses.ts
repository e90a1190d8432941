/** Measurements from other networks: what a witness may be, and what looks like one. */
import { draft, STARTED_AT, type GoldenDocument, type NetworkSays } from './build.ts';
import { ASN } from './context.ts';
import { AT_MIRROR, CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, names, SITE_CHAIN } from './scenes.ts';
import type { Chain } from './chains.ts';

const MIRROR_ADDRESS = '11.255.0.3';
export const OWN: NetworkSays = { asn: ASN.own, stated: { cc: 'KZ', asn: ASN.own } };
export const RIVAL: NetworkSays = { asn: ASN.other, stated: { cc: 'KZ', asn: ASN.other } };

/** Any id of the right form; the golden documents are in no archive. */
export const witnessId = (n: number): string => n.toString(16).padStart(64, '0');

export interface WitnessSays {
  readonly network?: NetworkSays;
  readonly chain?: Chain;
  readonly address?: string;
  readonly minutesLater?: number;
  /** Only its port 80 was reached. */
  readonly plain?: true;
}

/** Somebody elsewhere got the page, ten minutes later unless said otherwise. */
export function elsewhere(says: WitnessSays = {}): GoldenDocument {
  const { network = RIVAL, chain = SITE_CHAIN, address = IP, minutesLater = 10, plain } = says;
  const url = plain === true ? HTTPS_URL.replace('https:', 'http:') : HTTPS_URL;
  const d = draft(url);
  d.network(network);
  names(d, [address]);
  d.tcp(address, plain === true ? 80 : 443);
  if (plain !== true) d.tls({ chain });
  d.http(url, FRONT_PAGE);
  const at = Date.parse(`${STARTED_AT.replace(' ', 'T')}Z`) + minutesLater * 60_000;
  return {
    ...d.document(),
    measurement_start_time: new Date(at).toISOString().slice(0, 19).replace('T', ' '),
  };
}

export interface SilentSays {
  readonly network?: NetworkSays;
  /** What our own server does before and after; absent: it answers. */
  readonly mirror?: readonly [string | undefined, string | undefined];
  readonly failure?: string;
}

/** The address is silent twice and between connects to the reflector; the control connects. Judged with `others`. */
export function silentHere(others: readonly GoldenDocument[], says: SilentSays = {}): GoldenDocument {
  const { network = OWN, mirror: [before, after] = [undefined, undefined] } = says;
  const failure = says.failure ?? 'generic_timeout_error';
  const d = draft(HTTPS_URL);
  d.network(network);
  names(d);
  d.tcp(IP, 443, failure);
  d.tcp(IP, 443, failure);
  d.pair(
    AT_MIRROR('tcp.between_reflector'),
    () => void d.tcp(MIRROR_ADDRESS, 443, before),
    () => void d.tcp(IP, 443, failure),
    () => void d.tcp(MIRROR_ADDRESS, 443, after),
  );
  d.control(CONTROL_GETS_ALL);
  const witnesses = others.map((document, i) => ({ measurementId: witnessId(i + 1), document }));
  return { ...d.document(), beside: { witnesses } };
}
