/** Documents of test/golden/witnesses.ts, signed and with the control of a running collector. */
import { toBase64 } from '../../../shared/codec/base64.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import type { Measurement } from '../../../shared/model/index.ts';
import type { CollectorKeys } from '../../../collector/archive/keys.ts';
import type { CollectorOptions } from '../../../collector/serve.ts';
import type { GoldenDocument } from '../../golden/build.ts';
import { ROOTS_PEM } from '../../golden/chains.ts';
import { ASN, MIRROR, MIRROR_SEED } from '../../golden/context.ts';
import { signControl } from '../../golden/control.ts';
import { elsewhere, silentHere, type SilentSays, type WitnessSays } from '../../golden/witnesses.ts';
import { makeMeasurement, SEED } from './support.ts';

/** Some minutes after the golden documents. */
export const NOW = Date.parse('2026-11-20T12:00:00Z');

export const KNOWS_NETWORKS: Partial<CollectorOptions> = {
  extraRootsPem: [ROOTS_PEM],
  extraNetworkRows: [
    `${ASN.own},Golden Telecom,fixed,,,test/golden/context.ts`,
    `${ASN.ownToo},Golden Telecom,mobile,,,test/golden/context.ts`,
    `${ASN.other},Silver Telecom,fixed,,,test/golden/context.ts`,
    '',
  ].join('\n'),
  otherReflectors: [
    {
      name: MIRROR,
      addresses: ['11.255.0.3'],
      tlsPort: 443,
      httpPort: 80,
      spkiSha256: [],
      key: toBase64(publicKeyOf(MIRROR_SEED)),
    },
  ],
};

/** `n` tells equal documents apart. */
function whole(golden: GoldenDocument, keys: CollectorKeys, n: number): Measurement {
  const { test_keys: given, beside: _, ...rest } = golden;
  const base = makeMeasurement({ input: golden.input });
  const signed = { x_control_signed: signControl(given.control, keys.control.seed) };
  return {
    ...base,
    ...rest,
    x_key: toBase64(publicKeyOf(SEED)),
    test_start_time: golden.measurement_start_time,
    test_runtime: n,
    test_keys: {
      ...base.test_keys,
      ...given,
      ...(Object.keys(given.control).length === 0 ? {} : signed),
    } as Measurement['test_keys'],
  };
}

export const silentDocument = (keys: CollectorKeys, n = 1, says: SilentSays = {}): Measurement =>
  whole(silentHere([], says), keys, n);
export const witnessDocument = (keys: CollectorKeys, n = 1, says: WitnessSays = {}): Measurement =>
  whole(elsewhere(says), keys, n);
