/** Measurements from other networks: what a witness may be, and what looks like one. */
import { CLOSED_PORT } from '../../shared/model/index.ts';
import { draft, STARTED_AT, type Draft, type GoldenDocument, type NetworkSays } from './build.ts';
import { ASN } from './context.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HTTPS_URL,
  IP,
  names,
  SITE_CHAIN,
} from './scenes.ts';
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
  /** What comes of the pair after the pause; null: none was made. */
  readonly pause?: PauseSays | null;
  /** What the control says of the address's closed port: a failure, `null` for a connection, `unasked`. */
  readonly controlClosed?: string | null;
  /** Other hosts that are known at the address. */
  readonly siblings?: readonly string[];
}

/** Absent: as where the address is cut off. `null`: it connects. */
export interface PauseSays {
  /** Since the last try. Seconds. */
  readonly after?: number;
  /** What the probe says of it; `null`: nothing. */
  readonly quiet?: number | null;
  readonly mirror?: readonly [string | null, string | null];
  readonly late?: string | null;
  readonly closed?: string | null;
  readonly ownClosed?: string | null;
  /** Made at another port, which is no closed one. */
  readonly port?: number;
  /** Something else that was sent to the address, so long before the late try. Seconds. */
  readonly sentBefore?: number;
}

const OTHER_SIDE = 'connection_refused';

function afterPause(d: Draft, failure: string, says: PauseSays): void {
  const { after = 190, quiet = 187, port = CLOSED_PORT, sentBefore } = says;
  const [before, later] = says.mirror ?? [null, null];
  const late = says.late === undefined ? failure : says.late;
  const closed = says.closed === undefined ? failure : says.closed;
  const ownClosed = says.ownClosed === undefined ? OTHER_SIDE : says.ownClosed;
  d.wait(sentBefore === undefined ? after : after - sentBefore);
  if (sentBefore !== undefined) {
    d.pair(AT_SITE('tls.sni_at_address'), () => void d.tcp(IP, 443, failure));
    d.wait(sentBefore);
  }
  d.pair(
    { ...AT_MIRROR('tcp.after_pause'), distance_s: after, ...(quiet === null ? {} : { quiet_s: quiet }) },
    () => void d.tcp(MIRROR_ADDRESS, 443, before ?? undefined),
    () => void d.tcp(IP, 443, late ?? undefined),
    () => void d.tcp(MIRROR_ADDRESS, 443, later ?? undefined),
    () => void d.tcp(IP, port, closed ?? undefined),
    () => void d.tcp(MIRROR_ADDRESS, port, ownClosed ?? undefined),
  );
}

/** The address is silent twice, between connects to the reflector and after a pause; the control connects. Judged with `others`. */
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
  if (says.pause !== null) afterPause(d, failure, says.pause ?? {});
  const { controlClosed = OTHER_SIDE, siblings = [] } = says;
  d.control({
    ...CONTROL_GETS_ALL,
    ...(controlClosed === 'unasked'
      ? {}
      : { tcp: { ...CONTROL_GETS_ALL.tcp, [`${IP}:${CLOSED_PORT}`]: controlClosed } }),
    ...(siblings.length === 0 ? {} : { siblings: { [IP]: siblings } }),
  });
  const witnesses = others.map((document, i) => ({ measurementId: witnessId(i + 1), document }));
  return { ...d.document(), beside: { witnesses } };
}
