/** A week of measurements of many volunteers, signed and sealed as probes do it: two domains are blocked in the middle. */
import { randomBytes } from 'node:crypto';
import { toBase64, utf8 } from '../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../shared/codec/dsse.ts';
import { publicKeyOf } from '../../shared/codec/ed25519.ts';
import { hpkeKeyId, sealTo } from '../../shared/codec/sealed.ts';
import type { ControlResponse, SignedControlReply } from '../../shared/model/index.ts';
import type { CollectorKeys } from '../../collector/archive/keys.ts';
import { draft, type GoldenDocument } from '../../test/golden/build.ts';
import { chains } from '../../test/golden/chains.ts';
import { signControl } from '../../test/golden/control.ts';
import { FRONT_PAGE, IP } from '../../test/golden/scenes.ts';
import { makeMeasurement } from '../../test/unit/collector/support.ts';
import { createDraw, type Draw } from '../simulate/draw.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../simulate/habits.ts';

export const WEEK_MS = 7 * DAY_MS;
/** Two networks of different owners, as testlists/networks.csv has them. */
export const NETWORKS = ['AS9198', 'AS41798'] as const;

export interface FloodBlock {
  readonly domain: string;
  readonly networks: readonly string[];
  /** Of the week, milliseconds from its start; `to` null: goes on. */
  readonly from: number;
  readonly to: number | null;
}

export const BLOCKS: readonly FloodBlock[] = [
  { domain: 'blocked-on.example', networks: NETWORKS, from: 3.5 * DAY_MS, to: null },
  { domain: 'blocked-for-two-days.example', networks: ['AS9198'], from: 3 * DAY_MS, to: 5 * DAY_MS },
];
const INNOCENT = ['library.example', 'weather.example', 'letters.example'] as const;
export const DOMAINS: readonly string[] = [...BLOCKS.map((b) => b.domain), ...INNOCENT];

export interface SealedDocument {
  readonly probe: number;
  readonly bytes: Uint8Array;
}

const certificates = new Map<string, ReturnType<typeof chains.trusted>>();
function genuine(host: string) {
  const chain = certificates.get(host) ?? chains.trusted(host);
  certificates.set(host, chain);
  return chain;
}

/** The same place in a document whatever its time is: made once for each domain. */
function template(host: string, blocked: boolean): GoldenDocument {
  const url = `https://${host}/`;
  const endpoint = `${IP}:443`;
  const d = draft(url);
  d.lookup([IP]);
  d.wire([IP]);
  d.doh([IP]);
  d.tcp(IP, 443);
  d.tls(blocked ? { failure: 'ssl_unknown_authority', chain: chains.known(host) } : { chain: genuine(host) });
  if (!blocked) d.http(url, FRONT_PAGE);
  d.control({
    addresses: [IP],
    tcp: { [endpoint]: null },
    tls: { [endpoint]: { chain: genuine(host) } },
    http: FRONT_PAGE,
  });
  return d.document();
}

interface Pen {
  write(probe: number, domain: string, at: number, blocked: boolean, number: number): SealedDocument;
}

const seedOf = (probe: number): Uint8Array => {
  const seed = new Uint8Array(32).fill(11);
  new DataView(seed.buffer).setUint32(0, probe + 1);
  return seed;
};

export const networkOfProbe = (probe: number): string => NETWORKS[probe % NETWORKS.length]!;

function createPen(keys: CollectorKeys): Pen {
  const templates = new Map<string, GoldenDocument>();
  const replies = new Map<
    string,
    { readonly control: ControlResponse; readonly signed: SignedControlReply }
  >();
  const publicKeys = new Map<number, string>();
  const hpkeKey = keys.hpke.publicKey;

  const templateOf = (domain: string, blocked: boolean): GoldenDocument => {
    const id = `${domain} ${blocked}`;
    const made = templates.get(id) ?? template(domain, blocked);
    templates.set(id, made);
    return made;
  };
  /** The second opinion of that hour. */
  const replyOf = (document: GoldenDocument, at: number) => {
    const id = `${document.input} ${at}`;
    const control = {
      ...(document.test_keys.control as ControlResponse),
      x_time: new Date(at + MINUTE_MS).toISOString(),
    };
    const made = replies.get(id) ?? { control, signed: signControl(control, keys.control.seed) };
    replies.set(id, made);
    return made;
  };

  return {
    write(probe, domain, at, blocked, number) {
      const seed = seedOf(probe);
      const document = templateOf(domain, blocked);
      const { control, signed } = replyOf(document, at);
      const base = makeMeasurement({
        input: document.input,
        at,
        asn: networkOfProbe(probe),
        control,
        signed,
      });
      const key = publicKeys.get(probe) ?? toBase64(publicKeyOf(seed));
      publicKeys.set(probe, key);
      const { queries, tcp_connect, tls_handshakes, requests } = document.test_keys;
      const measurement = {
        ...base,
        x_key: key,
        // Tells documents of the same minute apart.
        test_runtime: 1 + number / 1000,
        test_keys: { ...base.test_keys, queries, tcp_connect, tls_handshakes, requests },
      };
      const payload = utf8(JSON.stringify(measurement));
      const envelope = signEnvelope({ payloadType: PAYLOAD_TYPES.measurement, payload, seed });
      const bytes = sealTo({
        keyid: hpkeKeyId(hpkeKey),
        hpkeKey,
        plaintext: utf8(`{"envelope":${envelope}}`),
        ephemeralSeed: new Uint8Array(randomBytes(32)),
      });
      return { probe, bytes };
    },
  };
}

const isBlocked = (domain: string, network: string, sinceStart: number): boolean =>
  BLOCKS.some(
    (b) =>
      b.domain === domain &&
      b.networks.includes(network) &&
      sinceStart >= b.from &&
      (b.to === null || sinceStart < b.to),
  );

/** The times of one probe's measurements, even over the week with some disorder; whole hours from its start. */
function hoursOf(draw: Draw, count: number): readonly number[] {
  const step = WEEK_MS / count;
  return Array.from({ length: count }, (_, i) =>
    Math.min(Math.floor(((i + draw.share()) * step) / HOUR_MS), WEEK_MS / HOUR_MS - 1),
  );
}

/** `perProbe` documents of each probe, in the order in which they were measured. */
export function floodDocuments(
  keys: CollectorKeys,
  options: { readonly probes: number; readonly perProbe: number; readonly weekStart: number },
): readonly (readonly SealedDocument[])[] {
  const draw = createDraw(1, 900);
  const pen = createPen(keys);
  const each = Math.ceil(options.perProbe / DOMAINS.length);
  return Array.from({ length: options.probes }, (_, probe) => {
    const planned = DOMAINS.flatMap((domain) => hoursOf(draw, each).map((hour) => ({ domain, hour })))
      .sort((a, b) => a.hour - b.hour)
      .slice(0, options.perProbe);
    return planned.map(({ domain, hour }, number) => {
      const sinceStart = hour * HOUR_MS;
      const blocked = isBlocked(domain, networkOfProbe(probe), sinceStart);
      return pen.write(probe, domain, options.weekStart + sinceStart, blocked, number);
    });
  });
}
