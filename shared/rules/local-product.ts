/**
 * A security product on the device reads TLS by its nature, of every site. Its root is made anew on each device, so the
 * name is all there is to know it by: and whoever intercepts some names only, under such a name, is no such product.
 */
import type { TlsObservation } from '../model/index.ts';
import { readCertificate } from '../observe/chain/index.ts';
import type { Case } from './case.ts';
import type { Fingerprints, KnownProduct } from './fingerprints.ts';
import { sameAuthority } from './interception-facts.ts';
import { matchKnownAuthority } from './known-authority.ts';
import { bearsName, type Attributes } from './listed-names.ts';
import { localFinding } from './local-facts.ts';
import { atControl, isGenuineReflector } from './predicates.ts';
import type { Rule } from './rule.ts';

/** The product that made the last certificate sent; by its own name if it was sent, else by its signature's. */
export function productOf(c: Case, o: TlsObservation): KnownProduct | undefined {
  if (o.appraisal?.unknownAuthority !== true) return undefined;
  const top = o.chain.at(-1);
  const certificate = top === undefined ? undefined : readCertificate(top);
  if (certificate === undefined || 'error' in certificate) return undefined;
  return productNamed(certificate.issuer.attributes, c.fingerprints);
}

/** The product whose roots bear such a name. */
export function productNamed(
  attributes: Attributes,
  { products }: Pick<Fingerprints, 'products'>,
): KnownProduct | undefined {
  return products.find(({ name }) => bearsName(attributes, name));
}

/** By key where it was shown or named; a product that shows neither is told by its name alone. */
function sameMaker(c: Case, a: TlsObservation, b: TlsObservation): boolean {
  if (sameAuthority(a, b)) return true;
  if ([a, b].every((o) => o.appraisal?.authoritySpkiSha256 != null)) return false;
  const [x, y] = [a, b].map((o) => o.appraisal?.certificates.at(-1)?.authorityKeyId ?? null);
  return x === y && productOf(c, a) === productOf(c, b);
}

/** Handshakes for a reflector's own name, said to nobody's harm, that somebody else answered. */
function forgedInnocuous(c: Case): readonly TlsObservation[] {
  return c.tlsPairs
    .filter((p) => p.record.where === 'reflector')
    .flatMap((p) => [p.before, p.after])
    .filter((o): o is TlsObservation => o !== null && o.chain.length > 0)
    .filter((o) => o.appraisal?.unknownAuthority === true);
}

/** None of the reflector's own answers got through unread. */
const nothingSpared = (c: Case): boolean =>
  !c.tlsPairs
    .filter((p) => p.record.where === 'reflector')
    .some((p) => [p.before, p.after].some((o) => isGenuineReflector(c, p.record.reflector, o)));

export const LOCAL_PRODUCT_RULES: readonly Rule[] = [
  {
    id: 'local.security_product',
    layer: 'tls',
    claim:
      'The certificates of the site and of our own server were replaced by the same authority, which bears the name of a security product for devices.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: ['interceptor_under_a_products_name'],
    fires: (c) =>
      c.hops.flatMap((hop) => {
        for (const o of hop.tls) {
          if (productOf(c, o) === undefined || matchKnownAuthority(o, c.fingerprints.authorities) !== null)
            continue;
          // A product that its own device doesn't trust would break every page: somebody else bears its name.
          if (c.device?.in_device_store === false) continue;
          const same = forgedInnocuous(c).filter((step) => sameMaker(c, o, step));
          if (same.length === 0 || !nothingSpared(c)) continue;
          const control = atControl(c.control?.tls, o);
          const found = localFinding(c, {
            cause: 'local_interception',
            evidence: 'strong',
            because: [o, ...same, ...(control === undefined ? [] : [control])],
            counterfactuals: [...new Set(same.flatMap((step) => step.counterfactual ?? []))],
          });
          return [{ ...found, layer: 'tls' as const, host: hop.host, depth: hop.depth }];
        }
        return [];
      }),
  },
];
