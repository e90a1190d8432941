/**
 * Takes the chains of a security product on the device out of a measurement: a root that was made on one device is a name
 * for it. What the handshakes ended in stays, and the document says that chains are missing. Pure.
 */
import { toBase64 } from '../../shared/codec/base64.ts';
import { CHAINS_REMOVED, type Measurement } from '../../shared/model/index.ts';

/** `chains`: DER, in wire order; a handshake that showed one of them shows none afterwards. */
export function withoutChains(
  measurement: Measurement,
  chains: readonly (readonly Uint8Array[])[],
): Measurement {
  const removed = new Set(chains.map((chain) => JSON.stringify(chain.map((der) => toBase64(der)))));
  const { test_keys: keys } = measurement;
  return {
    ...measurement,
    annotations: { ...measurement.annotations, chains_removed: CHAINS_REMOVED },
    test_keys: {
      ...keys,
      tls_handshakes: keys.tls_handshakes.map((handshake) => {
        const shown = JSON.stringify((handshake.peer_certificates ?? []).map(({ data }) => data));
        return removed.has(shown) ? { ...handshake, peer_certificates: null } : handshake;
      }),
    },
  };
}
