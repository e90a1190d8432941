/**
 * Who holds the other end of TLS? The row "untrusted chain" of the table of pairs, and "Interception, who did it":
 * one probe alone can name a known authority, but of an unknown one it only suspects.
 */
import type { Observation, TlsObservation } from '../model/index.ts';
import { matchKnownAuthority } from './known-authority.ts';
import type { Case, Hop, Pair } from './case.ts';
import { atControl, isGenuineReflector } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

/** No path to a root: a trusted chain for another name is a misdirection or a misconfigured edge, not interception. */
const untrusted = (o: TlsObservation): boolean => o.appraisal?.unknownAuthority === true;

/** Handshakes of the hop that ended in a chain nobody should trust, none of them trusted elsewhere in the hop. */
function untrustedHandshakes(hop: Hop): readonly TlsObservation[] {
  return hop.tls.filter(untrusted);
}

const sameLeaf = (a: TlsObservation, b: TlsObservation): boolean =>
  a.appraisal?.leafSha256 != null && a.appraisal.leafSha256 === b.appraisal?.leafSha256;

/** The control got a chain at the same address and port that is trusted and another one. */
export function differentAndTrusted(c: Case, hop: Hop): readonly [TlsObservation, TlsObservation][] {
  return untrustedHandshakes(hop).flatMap((o): [TlsObservation, TlsObservation][] => {
    const control = atControl(c.control?.tls, o);
    const trusted = control !== undefined && (control.appraisal?.trusted ?? control.failure === null);
    return control !== undefined && trusted && !sameLeaf(o, control) ? [[o, control]] : [];
  });
}

/** Leaf of a reflector that is neither the promised key nor trusted for its name. */
function forgedReflectorSteps(c: Case): readonly [Pair<TlsObservation>, TlsObservation][] {
  return c.tlsPairs
    .filter((p) => p.record.where === 'reflector')
    .flatMap((p) =>
      p.steps
        .filter((o): o is TlsObservation => o !== null && o.chain.length > 0)
        .filter((o) => !isGenuineReflector(c, p.record.reflector, o))
        .map((o): [Pair<TlsObservation>, TlsObservation] => [p, o]),
    );
}

/** The same authority signed both, by key where it was shown and by name where it was not. */
export function sameAuthority(a: TlsObservation, b: TlsObservation): boolean {
  const [x, y] = [a.appraisal, b.appraisal];
  if (x === null || y === null) return false;
  if (x.authoritySpkiSha256 !== null && y.authoritySpkiSha256 !== null)
    return x.authoritySpkiSha256 === y.authoritySpkiSha256;
  return x.authorityName !== null && x.authorityName === y.authorityName;
}

/** What a chain that nobody has on record says of its maker: nothing, or that it borrows a known name. */
function strangerOf(c: Case, o: TlsObservation): string {
  const match = matchKnownAuthority(o, c.fingerprints.authorities);
  return match?.by === 'imitation' ? match.id : 'unknown';
}

/** The origin's own choice, shown to everyone. */
function sameAtControl(c: Case, o: TlsObservation): boolean {
  const control = atControl(c.control?.tls, o);
  return control !== undefined && sameLeaf(o, control);
}

/**
 * Pairs at the self-signed port where every name, the target's too, got the reflector's own certificate, while at its
 * trusted port the target's name was shown a forged one.
 */
function sparedPairs(c: Case, hop: Hop): readonly Pair<TlsObservation>[] {
  const forged = forgedReflectorSteps(c).some(
    ([p, o]) => p.record.kind === 'tls.chain_at_reflector' && o.serverName === hop.host,
  );
  if (!forged) return [];
  return c.tlsPairs.filter(
    (p) =>
      p.record.kind === 'tls.chain_at_self_signed' &&
      p.suspect?.serverName === hop.host &&
      [p.before, p.suspect, p.after].every((o) => isGenuineReflector(c, p.record.reflector, o)),
  );
}

function onHop(hop: Hop, rest: Omit<Finding, 'host' | 'depth' | 'layer' | 'method'>): Finding {
  return { ...rest, layer: 'tls', method: 'tls.interception', host: hop.host, depth: hop.depth };
}

export const INTERCEPTION_RULES: readonly Rule[] = [
  {
    id: 'tls.known_authority',
    layer: 'tls',
    claim:
      'The presented chain leads to a known interception authority: its hash, its key, or its signature.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    standsAlone: true,
    fires: (c) =>
      c.hops.flatMap((hop) => {
        const forged = forgedReflectorSteps(c).map(([, o]) => o);
        for (const o of [...untrustedHandshakes(hop), ...hop.tls, ...forged]) {
          const match = matchKnownAuthority(o, c.fingerprints.authorities);
          if (match === null || match.by === 'imitation') continue;
          if (sameAtControl(c, o)) continue;
          const control = atControl(c.control?.tls, o);
          const because: Observation[] = control === undefined ? [o] : [o, control];
          return [onHop(hop, { outcome: 'interfered', evidence: 'confirmed', authority: match.id, because })];
        }
        return [];
      }),
  },
  {
    id: 'tls.imitated_authority',
    layer: 'tls',
    claim: 'The presented chain bears the name of a known interception authority, but not its key.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['local_security_product', 'company_proxy'],
    fires: (c) =>
      c.hops.flatMap((hop) =>
        untrustedHandshakes(hop).flatMap((o) => {
          const match = matchKnownAuthority(o, c.fingerprints.authorities);
          if (match?.by !== 'imitation' || sameAtControl(c, o)) return [];
          return [onHop(hop, { outcome: 'suspected', evidence: 'weak', authority: match.id, because: [o] })];
        }),
      ),
  },
  {
    id: 'tls.forged_at_reflector',
    layer: 'tls',
    claim:
      'A reflector’s own certificate was replaced, by the same authority as the site’s: somebody between this device and the servers reads TLS. One probe alone can’t tell who.',
    evidence: 'confirmed',
    outcomes: ['suspected'],
    alternatives: ['local_security_product', 'company_proxy'],
    fires: (c) =>
      c.hops.flatMap((hop) => {
        for (const o of untrustedHandshakes(hop)) {
          const hit = forgedReflectorSteps(c).find(([, step]) => sameAuthority(o, step));
          const control = atControl(c.control?.tls, o);
          if (hit === undefined || sameAtControl(c, o)) continue;
          return [
            onHop(hop, {
              outcome: 'suspected',
              evidence: 'confirmed',
              authority: strangerOf(c, o),
              because: [o, hit[1], ...(control === undefined ? [] : [control])],
              counterfactuals: [hit[0].record.id],
            }),
          ];
        }
        return [];
      }),
  },
  {
    id: 'tls.control_got_other_chain',
    layer: 'tls',
    claim:
      'The chain shown here is not trusted; the control got a different and trusted one for the same name at the same address.',
    evidence: 'strong',
    outcomes: ['suspected'],
    alternatives: ['local_security_product', 'company_proxy', 'origin_changed_certificate'],
    fires: (c) =>
      c.hops.flatMap((hop) => {
        const found = differentAndTrusted(c, hop)[0];
        if (found === undefined) return [];
        const pair = c.tlsPairs.find(
          (p) =>
            p.record.kind === 'tls.chain_at_address' &&
            p.suspect?.address === found[0].address &&
            p.before?.appraisal?.pathToRoot === true &&
            p.after?.appraisal?.pathToRoot === true,
        );
        return [
          onHop(hop, {
            outcome: 'suspected',
            evidence: pair === undefined ? 'weak' : 'strong',
            authority: strangerOf(c, found[0]),
            because: [
              ...found,
              ...(pair === undefined ? [] : [pair.before, pair.after].flatMap((o) => o ?? [])),
            ],
            counterfactuals: pair === undefined ? [] : [pair.record.id],
          }),
        ];
      }),
  },
  {
    id: 'tls.spares_untrusted',
    layer: 'tls',
    claim:
      'At a reflector’s port with a self-signed certificate the target’s name was left alone, at the one with a trusted certificate it was intercepted: the interceptor spares what browsers refuse anyway.',
    evidence: 'contrary',
    outcomes: ['insufficient'],
    alternatives: [],
    fires: (c) =>
      c.hops.flatMap((hop): Finding[] => {
        const pairs = sparedPairs(c, hop);
        if (pairs.length === 0) return [];
        return [
          {
            outcome: 'insufficient',
            layer: 'tls',
            evidence: 'contrary',
            host: hop.host,
            depth: hop.depth,
            because: pairs.flatMap((p) => p.steps.flatMap((o) => o ?? [])),
            counterfactuals: pairs.map((p) => p.record.id),
          },
        ];
      }),
  },
];
