import { toBase64, utf8 } from '../shared/codec/base64.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../shared/codec/dsse.ts';
import { hpkeKeyId } from '../shared/codec/sealed.ts';
import type { Descriptor, ReflectorDescriptor } from '../shared/model/index.ts';
import type { CollectorKeys } from './archive/keys.ts';

/** The descriptor as served: signed by the collector's key. `url` has no final slash. */
export function signDescriptor(
  keys: CollectorKeys,
  facts: {
    readonly url: string;
    readonly issued: string;
    readonly reflectors: readonly ReflectorDescriptor[];
  },
): string {
  const descriptor: Descriptor = {
    version: 1,
    issued: facts.issued,
    collector: { url: facts.url, key: toBase64(keys.collector.publicKey) },
    hpke: { keyid: hpkeKeyId(keys.hpke.publicKey), key: toBase64(keys.hpke.publicKey) },
    log: { origin: keys.log.origin, vkey: keys.log.vkey },
    controls: [{ url: `${facts.url}/api/v1/control`, key: toBase64(keys.control.publicKey) }],
    reflectors: facts.reflectors,
  };
  return signEnvelope({
    payloadType: PAYLOAD_TYPES.descriptor,
    payload: utf8(JSON.stringify(descriptor)),
    seed: keys.collector.seed,
  });
}
