/**
 * What the device adds to a measurement that met an authority outside the roots: is that one trusted here, did it follow
 * the device, is this key the first that met it. Only the one authority is asked about; a list of a device's roots would
 * be a fingerprint. Chains of a security product of the device's own are taken out.
 */
import { sha256Hex } from '../../shared/codec/digest.ts';
import { judgeCase, type JudgeContext } from '../../shared/judge/index.ts';
import type { Interception, Measurement, TlsObservation, Verdict } from '../../shared/model/index.ts';
import { asnOf } from '../../shared/rules/networks.ts';
import { productOf, type Case } from '../../shared/rules/index.ts';
import { withoutChains } from '../report/device-chains.ts';
import type { Identity } from '../report/identity.ts';
import type { MetAuthorities } from '../report/met-authorities.ts';
import { holdsAuthority, type HeldAuthority } from '../trust-store/assess.ts';
import type { DeviceFiles } from '../trust-store/device-files.ts';
import type { StoreReading } from '../trust-store/reading.ts';
import { readStores } from '../trust-store/stores.ts';

/**
 * A run does not wait longer for its device's stores, once; without them nothing is said, and a product's chains stay in.
 * On Windows and macOS the system's own tool needs seconds on a slow device. Milliseconds.
 */
const STORES_TIMEOUT_MS = 20_000;
const PRODUCT_RULE = 'local.security_product';

export interface DeviceWord {
  /** What may be sealed. */
  readonly measurement: Measurement;
  /** As judged with everything that was seen, before chains were taken out. */
  readonly verdict: Verdict;
  /** Set where an interceptor was met. */
  readonly trusted: boolean | null | undefined;
}

export interface DeviceWords {
  /**
   * `redacted`: as it would be sealed. `identity`: the key that will sign. `now`: milliseconds since 1970. Throws for a
   * document that can't be judged, which is a fault of our own.
   */
  add(redacted: Measurement, identity: Identity, now: number): Promise<DeviceWord>;
}

/** Handshakes that ended in this authority's chain. */
function shownBy(c: Case, { spki, name }: Interception): readonly TlsObservation[] {
  return c.observations.filter(
    (o): o is TlsObservation =>
      o.kind === 'tls' &&
      o.vantage === 'probe' &&
      o.appraisal?.unknownAuthority === true &&
      (spki === null ? o.appraisal.authorityName === name : o.appraisal.authoritySpkiSha256 === spki),
  );
}

/** Only certificates that had a hand in the first one: anybody can append others, public roots too. */
function chainsOf(shown: readonly TlsObservation[]): readonly (readonly Uint8Array[])[] {
  return shown.map((o) => {
    const followed = new Set(o.appraisal?.followed ?? []);
    return o.chain.filter((der) => followed.has(sha256Hex(der)));
  });
}

/** Chains of a security product that reads every name here; none where the rules find no such product. */
function productChains(c: Case, verdict: Verdict): readonly (readonly Uint8Array[])[] {
  if (!verdict.rules.some((r) => r.id === PRODUCT_RULE)) return [];
  const made = c.observations.filter(
    (o): o is TlsObservation => o.kind === 'tls' && o.vantage === 'probe' && productOf(c, o) !== undefined,
  );
  return made.map((o) => o.chain);
}

function judged(measurement: Measurement, context: JudgeContext) {
  // As a reader of the sealed bytes would have it.
  const result = judgeCase(JSON.parse(JSON.stringify(measurement)), context);
  if ('problems' in result)
    throw new Error(`own measurement can't be judged: ${result.problems[0]?.message ?? ''}`);
  return result;
}

/** The stores, read once a run and only when somebody asks; null: in time there was no answer. */
function storesOnce(files: DeviceFiles | undefined): () => Promise<readonly StoreReading[] | null> {
  let asked: Promise<readonly StoreReading[] | null> | null = null;
  return () => {
    if (files === undefined) return Promise.resolve(null);
    asked ??= new Promise((resolve) => {
      const late = setTimeout(() => resolve(null), STORES_TIMEOUT_MS);
      void readStores(files)
        .catch(() => null)
        .then((readings) => {
          clearTimeout(late);
          resolve(readings);
        });
    });
    return asked;
  };
}

const NOT_KNOWN: HeldAuthority = { held: null, spki: null };

/** `files`: absent: this device has no stores to read. */
export function deviceWords(
  files: DeviceFiles | undefined,
  met: MetAuthorities,
  context: JudgeContext,
): DeviceWords {
  const stores = storesOnce(files);
  const ownerOf = (asnText: string, now: number): string | null => {
    const asn = asnOf(asnText);
    return asn === null ? null : (context.networks.ownerOf(asn, now) ?? `AS${asn}`);
  };
  return {
    async add(redacted, identity, now) {
      const { verdict, case: c } = judged(redacted, context);
      const { interception } = verdict;
      if (interception === null) return { measurement: redacted, verdict, trusted: undefined };
      const shown = shownBy(c, interception);
      const readings = await stores();
      const { held, spki: heldSpki } =
        readings === null || readings.length === 0 ? NOT_KNOWN : holdsAuthority(readings, chainsOf(shown));
      const product = productChains(c, verdict);
      if (held === true && product.length > 0)
        return { measurement: withoutChains(redacted, product), verdict, trusted: held };
      // A chain that ends below its root may show no key of an authority at all.
      const spki = interception.spki ?? heldSpki;
      if (spki === null) return { measurement: redacted, verdict, trusted: held };
      const memory = await met.meet({
        spki,
        owner: ownerOf(redacted.probe_asn, now),
        key: identity.group,
        now,
      });
      const measurement: Measurement = {
        ...redacted,
        x_interception: {
          spki_sha256: spki,
          in_device_store: held,
          on_other_network: memory.onOtherNetwork,
          first_met: memory.firstMet,
        },
      };
      return { measurement, verdict: judged(measurement, context).verdict, trusted: held };
    },
  };
}
