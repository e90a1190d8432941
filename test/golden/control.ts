/** The control's side of a golden document: its reply in the test helper's shape, and a signature that holds. */
import { toBase64, utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../shared/codec/ed25519.ts';
import type { ControlResponse, SignedControlReply } from '../../shared/model/index.ts';
import type { Chain } from './chains.ts';
import { CONTROL_SEED, MIRROR_SEED } from './context.ts';

/** Some minutes into the ten by which the documents' start was rounded down. */
export const CONTROL_TIME = '2026-11-20T10:04:10.250Z';

export interface Page {
  readonly status: number;
  readonly body?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

export const page = (title: string, text: string, status = 200): Page => ({
  status,
  body: `<html><head><title>${title}</title></head><body>${text}</body></html>`,
});

export interface ControlSays {
  readonly addresses?: readonly string[];
  readonly dnsFailure?: string;
  /** `address:port` → failure; null for a connection. */
  readonly tcp?: Readonly<Record<string, string | null>>;
  readonly tls?: Readonly<
    Record<string, { readonly failure?: string; readonly chain?: Chain; readonly sni?: string }>
  >;
  readonly http: { readonly failure: string } | Page;
  /** URLs behind the first one that redirects led to. */
  readonly redirects?: readonly string[];
  /** What the zone above the name says, and where the site was in the last days. */
  readonly parent?: 'delegated' | 'denied' | 'unknown';
  readonly earlier?: readonly string[];
  /** By address: other names that work there. */
  readonly siblings?: Readonly<Record<string, readonly string[]>>;
  /** What the page took. */
  readonly seconds?: number;
  /** By address: whose it is. */
  readonly networks?: Readonly<Record<string, { readonly asn: number; readonly cc?: string }>>;
}

export const binaries = (chain: Chain) =>
  chain.map((der) => ({ format: 'base64' as const, data: toBase64(der) }));

function httpOf(http: ControlSays['http']): ControlResponse['http_request'] {
  if ('failure' in http)
    return {
      body_length: -1,
      failure: http.failure,
      title: '',
      headers: {},
      status_code: -1,
      x_body_sha256: null,
    };
  const body = http.body ?? '';
  return {
    body_length: utf8(body).length,
    failure: null,
    title: /<title>([^<]*)<\/title>/.exec(body)?.[1] ?? '',
    headers: Object.fromEntries(http.headers ?? []),
    status_code: http.status,
    x_body_sha256: sha256Hex(utf8(body)),
  };
}

export function controlReply(input: string, says: ControlSays): ControlResponse {
  const { tcp = {}, tls = {} } = says;
  const connects = Object.entries(tcp).map(
    ([endpoint, failure]) => [endpoint, { status: failure === null, failure }] as const,
  );
  const handshakes = Object.entries(tls).map(([endpoint, { failure = null, chain = [], sni }]) => {
    const certificates = chain.length === 0 ? {} : { x_peer_certificates: binaries(chain) };
    return [
      endpoint,
      { server_name: sni ?? new URL(input).hostname, status: failure === null, failure, ...certificates },
    ] as const;
  });
  return {
    tcp_connect: Object.fromEntries(connects),
    tls_handshake: Object.fromEntries(handshakes),
    http_request: httpOf(says.http),
    dns: { failure: says.dnsFailure ?? null, addrs: says.addresses ?? [] },
    x_request: { http_request: input, tcp_connect: Object.keys(tcp) },
    x_time: CONTROL_TIME,
    x_http_chain: [input, ...(says.redirects ?? [])],
    ...(says.networks === undefined
      ? {}
      : {
          ip_info: Object.fromEntries(
            Object.entries(says.networks).map(([address, { asn, cc }]) => [
              address,
              { asn, flags: 0, ...(cc === undefined ? {} : { x_cc: cc }) },
            ]),
          ),
        }),
    ...(says.siblings === undefined ? {} : { x_siblings: says.siblings }),
    ...(says.seconds === undefined ? {} : { x_http_seconds: says.seconds }),
    ...(says.parent === undefined
      ? {}
      : { x_parent: { zone: 'example', status: says.parent, failure: null } }),
    ...(says.earlier === undefined ? {} : { x_earlier_addrs: says.earlier }),
  };
}

function signJson(content: unknown, payloadType: string, seed: Uint8Array): SignedControlReply {
  const payload = JSON.stringify(content);
  const sig = sign(preAuthEncoding(payloadType, utf8(payload)), seed);
  const keyid = toBase64(publicKeyOf(seed));
  return { payloadType, payload, keyid, sig: toBase64(sig) };
}

export function signControl(reply: unknown, seed: Uint8Array = CONTROL_SEED): SignedControlReply {
  return signJson(reply, PAYLOAD_TYPES.control, seed);
}

/** The reflector's word on the network that it was asked from, in the hour of the documents' start. */
export function signNetwork(stated: { readonly cc: string; readonly asn: number }): SignedControlReply {
  return signJson({ ...stated, hour: '2026-11-20T10:00:00Z' }, PAYLOAD_TYPES.network, MIRROR_SEED);
}
