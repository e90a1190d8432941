/**
 * Certificates of a device's stores → what a person should know of them. Pure. Known interceptors are matched as
 * everywhere else, by hash, key or signature; a name alone is said as such.
 */
import { sha256Hex } from '../../shared/codec/digest.ts';
import { parseCertificate, type Certificate } from '../../shared/codec/x509.ts';
import { appraiseChain, signedBy, type Roots } from '../../shared/observe/chain/index.ts';
import { isProof, matchKnownAuthority, productNamed, type Fingerprints } from '../../shared/rules/index.ts';
import { equalBytes } from '../../shared/codec/bytes.ts';
import { parsePem } from '../../shared/codec/pem.ts';
import type { UnreadReason } from './device-files.ts';
import type { StoredCertificate, StoreKind, StoreReading } from './reading.ts';

/** `interceptor`: on record. `imitation`: bears such a name, with another key. `added`: nothing is known of it. */
export type RootKind = 'interceptor' | 'imitation' | 'product' | 'added';

export interface DeviceRoot {
  readonly kind: RootKind;
  /** Of the authority on record or the product; null for others. */
  readonly id: string | null;
  readonly name: string;
  readonly sha256: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Null: its stores don't say. */
  readonly trusted: boolean | null;
  /** Each store that holds it, and whether it trusts it. */
  readonly stores: readonly {
    readonly kind: StoreKind;
    readonly place: string;
    readonly trusted: boolean | null;
  }[];
  /** Earliest, as far as a store tells; milliseconds since 1970. */
  readonly since: number | null;
}

export interface DeviceReport {
  /** Interceptors first, then those that bear their names; in each the trusted ones first, then by name. */
  readonly roots: readonly DeviceRoot[];
  readonly read: readonly {
    readonly kind: StoreKind;
    readonly place: string;
    readonly certificates: number;
  }[];
  readonly unread: readonly {
    readonly kind: StoreKind;
    readonly place: string;
    readonly reason: UnreadReason;
  }[];
}

export interface AssessContext {
  readonly roots: Roots;
  readonly fingerprints: Fingerprints;
  /** Milliseconds since 1970. */
  readonly now: number;
}

interface Copies {
  readonly der: Uint8Array;
  readonly sha256: string;
  readonly copies: readonly (StoredCertificate & { readonly kind: StoreKind })[];
}

/** The same certificate lies in many places: by its bytes. */
function byBytes(readings: readonly StoreReading[]): readonly Copies[] {
  const found = new Map<string, Copies['copies'][number][]>();
  for (const { kind, certificates } of readings)
    for (const certificate of certificates) {
      const sha256 = sha256Hex(certificate.der);
      const copies = found.get(sha256);
      if (copies === undefined) found.set(sha256, [{ ...certificate, kind }]);
      else copies.push({ ...certificate, kind });
    }
  return [...found].map(([sha256, copies]) => ({ sha256, der: copies[0]!.der, copies }));
}

/** May vouch for others. Certificates of version 1 can't say so, and old roots are such. */
const isAuthority = (c: Certificate): boolean =>
  c.basicConstraints?.ca === true || (c.version < 3 && c.selfIssued);

function kindOf(
  der: Uint8Array,
  certificate: Certificate,
  { roots, fingerprints, now }: AssessContext,
): Pick<DeviceRoot, 'kind' | 'id'> {
  const chain = [der];
  const shown = { chain, appraisal: appraiseChain({ chain, host: null, at: now, roots }) };
  const match = matchKnownAuthority(shown, fingerprints.authorities);
  if (match !== null) return { kind: isProof(match) ? 'interceptor' : 'imitation', id: match.id };
  const product = productNamed(certificate.subject.attributes, fingerprints);
  return product === undefined ? { kind: 'added', id: null } : { kind: 'product', id: product.id };
}

function trustedAnywhere(copies: Copies['copies']): boolean | null {
  if (copies.some((c) => c.trusted === true)) return true;
  return copies.some((c) => c.trusted === null) ? null : false;
}

function placesOf(copies: Copies['copies']): DeviceRoot['stores'] {
  const places = new Map<string, DeviceRoot['stores'][number]>();
  for (const { kind, place, trusted } of copies)
    if (places.get(place)?.trusted !== true) places.set(place, { kind, place, trusted });
  return [...places.values()];
}

/** Null: nothing that was added here, and nothing on record. */
function rootOf(found: Copies, snapshot: ReadonlySet<string>, context: AssessContext): DeviceRoot | null {
  const { der, sha256, copies } = found;
  const certificate = parseCertificate(der);
  if ('error' in certificate) return null;
  const what = kindOf(der, certificate, context);
  const trusted = trustedAnywhere(copies);
  if (what.kind !== 'interceptor') {
    const brought = snapshot.has(sha256) || copies.some((c) => c.shipped);
    // What a browser has cached, and what was set aside, vouches for nobody.
    if (brought || trusted === false || !isAuthority(certificate)) return null;
  }
  const dates = copies.flatMap((c) => c.since ?? []);
  return {
    ...what,
    name: certificate.subject.text,
    sha256,
    notBefore: certificate.notBefore.iso,
    notAfter: certificate.notAfter.iso,
    trusted,
    stores: placesOf(copies),
    since: dates.length === 0 ? null : Math.min(...dates),
  };
}

const KIND_RANK: Readonly<Record<RootKind, number>> = { interceptor: 0, imitation: 1, product: 2, added: 3 };
const TRUST_RANK = (trusted: boolean | null): number => (trusted === true ? 0 : trusted === null ? 1 : 2);

export function assess(readings: readonly StoreReading[], context: AssessContext): DeviceReport {
  const snapshot = new Set(parsePem(context.roots.pem).blocks.map((der) => sha256Hex(der)));
  const roots = byBytes(readings).flatMap((found) => rootOf(found, snapshot, context) ?? []);
  return {
    roots: roots.sort(
      (a, b) =>
        KIND_RANK[a.kind] - KIND_RANK[b.kind] ||
        TRUST_RANK(a.trusted) - TRUST_RANK(b.trusted) ||
        (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
    ),
    read: readings
      .filter((r) => r.unread === null)
      .map(({ kind, place, certificates }) => ({ kind, place, certificates: certificates.length })),
    unread: readings.flatMap(({ kind, place, unread }) =>
      unread === null ? [] : [{ kind, place, reason: unread }],
    ),
  };
}

export interface HeldAuthority {
  /** Trusted as a root; null: not found, and not every store could be read or says. */
  readonly held: boolean | null;
  /** Of the certificate in the store, which may stand above those that were shown; hex SHA-256. */
  readonly spki: string | null;
}

/** Is the authority behind these shown chains trusted here? By key, or by its signature where it was not sent itself. */
export function holdsAuthority(
  readings: readonly StoreReading[],
  chains: readonly (readonly Uint8Array[])[],
): HeldAuthority {
  const shown = chains.flat().flatMap((der) => {
    const certificate = parseCertificate(der);
    return 'error' in certificate ? [] : [certificate];
  });
  const keys = new Set(shown.filter(isAuthority).map((c) => sha256Hex(c.publicKey.der)));
  let unsure = readings.some((r) => r.unread !== null);
  for (const { der, copies } of byBytes(readings)) {
    const trusted = trustedAnywhere(copies);
    if (trusted === false) continue;
    const stored = parseCertificate(der);
    if ('error' in stored) continue;
    const spki = sha256Hex(stored.publicKey.der);
    const vouches =
      keys.has(spki) ||
      shown.some((c) => equalBytes(c.issuer.der, stored.subject.der) && signedBy(c, stored.publicKey.der));
    if (vouches && trusted === true) return { held: true, spki };
    unsure ||= vouches;
  }
  return { held: unsure ? null : false, spki: null };
}
