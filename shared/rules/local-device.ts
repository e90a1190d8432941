/**
 * What only the device can know: that an authority goes with it from one network to another, and that a security product
 * of its own made the chains. Its word can excuse a network; it accuses nobody.
 */
import type { TlsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { forgedReflectorSteps, sameAtControl, sameAuthority, untrusted } from './interception-facts.ts';
import { matchKnownAuthority } from './known-authority.ts';
import { localFinding } from './local-facts.ts';
import type { Finding, Rule } from './rule.ts';

/** Somewhere in this measurement an authority on record had a hand, or one that borrows its name: no device's own. */
function recordedAuthorityMet(c: Case): boolean {
  return c.observations.some(
    (o) =>
      o.kind === 'tls' &&
      o.vantage === 'probe' &&
      matchKnownAuthority(o, c.fingerprints.authorities) !== null,
  );
}

/**
 * Handshakes at reflectors for their own names, answered by the same authority. A site that shows visitors from here a
 * certificate of its own making does so on every network; it does not answer for our server.
 */
function alsoAtReflector(c: Case, o: TlsObservation): readonly TlsObservation[] {
  return forgedReflectorSteps(c)
    .map(([, step]) => step)
    .filter((step) => untrusted(step) && sameAuthority(o, step));
}

function onHop(c: Case, hop: Hop, because: readonly TlsObservation[], evidence: 'strong' | 'weak'): Finding {
  const ids = because.flatMap((o) => o.counterfactual ?? []);
  const found = localFinding(c, {
    cause: 'local_interception',
    evidence,
    because,
    counterfactuals: [...new Set(ids)],
  });
  return { ...found, layer: 'tls', host: hop.host, depth: hop.depth };
}

/** An untrusted chain was replaced by none: what a document looks like from which the product's chains were taken. */
const keptBack = (o: TlsObservation): boolean =>
  o.chain.length === 0 && o.failure === 'ssl_unknown_authority';

export const LOCAL_DEVICE_RULES: readonly Rule[] = [
  {
    id: 'local.authority_follows_device',
    layer: 'tls',
    claim:
      'This device met the same unknown authority on a network of another owner too, and it answers for our own server or is trusted by the device: it goes with the device, not with the network.',
    evidence: 'strong',
    outcomes: ['local'],
    alternatives: ['interceptor_on_several_networks'],
    fires: (c) => {
      const { device } = c;
      if (device?.on_other_network !== true || recordedAuthorityMet(c)) return [];
      return c.hops.flatMap((hop) => {
        const o = hop.tls.find(
          (shown) =>
            untrusted(shown) &&
            shown.appraisal?.authoritySpkiSha256 === device.spki_sha256 &&
            !sameAtControl(c, shown),
        );
        if (o === undefined) return [];
        const steps = alsoAtReflector(c, o);
        if (steps.length === 0 && device.in_device_store !== true) return [];
        return [onHop(c, hop, [o, ...steps], 'strong')];
      });
    },
  },
  {
    id: 'local.product_chain_kept_back',
    layer: 'tls',
    claim:
      'The device says that a security product of its own replaced the certificates, and has kept them back, since they would name the device.',
    evidence: 'weak',
    outcomes: ['local'],
    alternatives: ['interceptor_under_a_products_name'],
    fires: (c) => {
      if (!c.chainsRemoved || recordedAuthorityMet(c)) return [];
      return c.hops.flatMap((hop) => {
        const silent = hop.tls.filter(keptBack);
        const readable = hop.tls.some((o) => o.chain.length > 0);
        return silent.length === 0 || readable ? [] : [onHop(c, hop, silent, 'weak')];
      });
    },
  },
];
