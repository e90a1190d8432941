/** Documents in which somebody's chain stood in a site's place, for a collector that knows the authorities of test/golden. */
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../../shared/codec/ed25519.ts';
import { parseCertificate } from '../../../shared/codec/x509.ts';
import type {
  ControlResponse,
  InterceptionNote,
  Measurement,
  SignedControlReply,
} from '../../../shared/model/index.ts';
import type { CollectorKeys } from '../../../collector/archive/keys.ts';
import type { CollectorOptions } from '../../../collector/serve.ts';
import { chains, INTERCEPTION_JSON, ROOTS_PEM, type Chain } from '../../golden/chains.ts';
import { binaries } from '../../golden/control.ts';
import { controlReply, makeMeasurement } from './support.ts';

/** As its own files have them: two owners' fixed networks, a mobile one. */
export const ASN = { fixed: 'AS9198', other: 'AS41798', mobile: 'AS29355' } as const;
const IP = '93.184.215.14';

export const KNOWS_AUTHORITIES: Partial<CollectorOptions> = {
  extraRootsPem: [ROOTS_PEM],
  interceptionFiles: [INTERCEPTION_JSON],
};

export const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const trusted = new Map<string, Chain>();
/** What everybody else gets: one certificate for each site. */
function genuine(host: string): Chain {
  const chain = trusted.get(host) ?? chains.trusted(host);
  trusted.set(host, chain);
  return chain;
}

function withTls(input: string, keys: CollectorKeys, at: number) {
  const host = new URL(input).hostname;
  const { control } = controlReply(input, keys, at);
  const reply: ControlResponse = {
    ...control,
    tcp_connect: { [`${IP}:443`]: { status: true, failure: null } },
    tls_handshake: {
      [`${IP}:443`]: {
        server_name: host,
        status: true,
        failure: null,
        x_peer_certificates: binaries(genuine(host)),
      },
    },
  };
  const payload = JSON.stringify(reply);
  const sig = toBase64(sign(preAuthEncoding(PAYLOAD_TYPES.control, utf8(payload)), keys.control.seed));
  const signed: SignedControlReply = {
    payloadType: PAYLOAD_TYPES.control,
    payload,
    keyid: toBase64(keys.control.publicKey),
    sig,
  };
  return { control: reply, signed };
}

/** Of the last certificate of a chain, as an authority's. */
export function spkiOf(chain: Chain): string {
  const top = parseCertificate(chain.at(-1)!);
  if ('error' in top) throw new Error(top.error);
  return sha256Hex(top.publicKey.der);
}

export interface Met {
  readonly keys: CollectorKeys;
  /** Null: the genuine one. */
  readonly chain: ((host: string) => Chain) | null;
  /** Whose key signs. */
  readonly who: number;
  readonly host?: string;
  readonly asn?: string;
  readonly at?: number;
  readonly note?: Partial<InterceptionNote>;
  /** Of the handshake that ended in `chain`. */
  readonly failure?: string;
  readonly fields?: Partial<Measurement>;
}

let counter = 0;

export function metDocument(met: Met): Measurement {
  const { keys, chain, who, host = 'letters.example', asn = ASN.fixed, at = Date.now(), note } = met;
  const input = `https://${host}/`;
  const shown = chain === null ? genuine(host) : chain(host);
  const base = makeMeasurement({ input, seed: seedOf(who), at, asn, ...withTls(input, keys, at) });
  const tags = { t0: 0.3, t: 0.4, tags: [] };
  const failure = chain === null ? null : (met.failure ?? 'ssl_unknown_authority');
  const address = { answer_type: 'A' as const, ipv4: IP, ttl: null };
  counter += 1;
  return {
    ...base,
    x_key: toBase64(publicKeyOf(seedOf(who))),
    test_runtime: counter,
    ...(note === undefined
      ? {}
      : {
          x_interception: {
            spki_sha256: spkiOf(shown),
            in_device_store: false,
            on_other_network: null,
            first_met: true,
            ...note,
          },
        }),
    test_keys: {
      ...base.test_keys,
      queries: base.test_keys.queries.map((query) => ({ ...query, answers: [address] })),
      tcp_connect: [
        { ...tags, transaction_id: 3, ip: IP, port: 443, status: { failure: null, success: true } },
      ],
      tls_handshakes: [
        {
          ...tags,
          transaction_id: 3,
          network: 'tcp',
          address: `${IP}:443`,
          cipher_suite: '',
          failure,
          negotiated_protocol: 'http/1.1',
          no_tls_verify: false,
          peer_certificates: binaries(shown),
          server_name: host,
          tls_version: 'TLSv1.3',
        },
      ],
    },
    ...met.fields,
  };
}
