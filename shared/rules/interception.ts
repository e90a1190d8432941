/**
 * Who holds the other end of TLS? The row "untrusted chain" of the table of pairs, and decision record 010: matching is a
 * ladder, each step a rule. One probe alone can name an authority on record, but of an unknown one it only suspects.
 */
import type { MatchedBy, Observation, TlsObservation } from '../model/index.ts';
import { looksCopied } from '../observe/chain/index.ts';
import type { Case, Hop, Pair } from './case.ts';
import {
  differentAndTrusted,
  forgedReflectorSteps,
  forgeryOf,
  handshakesFor,
  makerOf,
  namesReplacedBy,
  repeatsOf,
  sameAtControl,
  sameAuthority,
  sameMakerAtControl,
  untrusted,
  untrustedHandshakes,
} from './interception-facts.ts';
import { keyWasProven, matchKnownAuthority } from './known-authority.ts';
import { atControl, isGenuineReflector } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

/** Names of unrelated owners that make the suspicion against an unknown authority strong. */
const ENOUGH_NAMES = 2;

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

type Said = Omit<Finding, 'host' | 'depth' | 'layer' | 'method' | 'repeats'>;

/** `forged`: the handshake that it is about. */
function onHop(c: Case, hop: Hop, forged: TlsObservation, said: Said): Finding {
  const repeats = repeatsOf(c, hop, forged);
  const pairs = new Set([...(said.counterfactuals ?? []), ...againPair(forged)]);
  return {
    ...said,
    layer: 'tls',
    method: 'tls.interception',
    host: hop.host,
    depth: hop.depth,
    ...(pairs.size === 0 ? {} : { counterfactuals: [...pairs] }),
    ...(repeats === undefined || repeats.n === 0 ? {} : { repeats }),
  };
}

/** A repetition is a record of its own among the pairs. */
const againPair = (o: TlsObservation): readonly string[] =>
  o.counterfactual === null ? [] : [o.counterfactual];

const withControl = (c: Case, o: TlsObservation): Observation[] => {
  const control = atControl(c.control?.tls, o);
  return control === undefined ? [o] : [o, control];
};

/**
 * The first handshake of a hop, or at a reflector, whose chain was matched by one of these steps; one whose other end
 * proved to hold the key before one that broke off.
 */
function onRecord(
  c: Case,
  hop: Hop,
  steps: readonly MatchedBy[],
): { readonly o: TlsObservation; readonly id: string } | null {
  const forged = forgedReflectorSteps(c).map(([, o]) => o);
  const found = [...untrustedHandshakes(c, hop), ...handshakesFor(c, hop), ...forged].flatMap((o) => {
    const match = matchKnownAuthority(o, c.fingerprints.authorities);
    if (match === null || !steps.includes(match.by) || sameAtControl(c, o)) return [];
    return [{ o, id: match.id }];
  });
  return found.find(({ o }) => keyWasProven(o)) ?? found[0] ?? null;
}

function ruleOnRecord(id: string, claim: string, steps: readonly MatchedBy[]): Rule {
  return {
    id,
    layer: 'tls',
    claim,
    evidence: 'confirmed',
    outcomes: ['interfered', 'suspected'],
    alternatives: [],
    standsAlone: true,
    fires: (c) =>
      c.hops.flatMap((hop) => {
        const found = onRecord(c, hop, steps);
        if (found === null) return [];
        const proven = keyWasProven(found.o);
        return [
          onHop(c, hop, found.o, {
            outcome: proven ? 'interfered' : 'suspected',
            evidence: proven ? 'confirmed' : 'weak',
            authority: found.id,
            because: withControl(c, found.o),
          }),
        ];
      }),
  };
}

export const INTERCEPTION_RULES: readonly Rule[] = [
  ruleOnRecord(
    'tls.authority_on_record',
    'The presented chain rests on a certificate or a key of an interception authority on record.',
    ['hash', 'key'],
  ),
  ruleOnRecord(
    'tls.signed_by_recorded_key',
    'A certificate of the presented chain is signed by the key of an interception authority on record, whose own certificate was not needed to tell.',
    ['signature'],
  ),
  {
    id: 'tls.recorded_name_and_key_id',
    layer: 'tls',
    claim:
      'A certificate of the presented chain names an interception authority on record as its issuer, by name and key identifier; its key is not on record, so no signature could be checked.',
    evidence: 'strong',
    outcomes: ['suspected'],
    alternatives: ['authority_copied_by_others'],
    fires: (c) =>
      c.hops.flatMap((hop) => {
        const found = onRecord(c, hop, ['key_id']);
        if (found === null) return [];
        const evidence = keyWasProven(found.o) ? 'strong' : 'weak';
        const because = withControl(c, found.o);
        return [onHop(c, hop, found.o, { outcome: 'suspected', evidence, authority: found.id, because })];
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
        untrustedHandshakes(c, hop).flatMap((o) => {
          const match = matchKnownAuthority(o, c.fingerprints.authorities);
          if (match?.by !== 'imitation' || sameAtControl(c, o) || sameMakerAtControl(c, o)) return [];
          return [
            onHop(c, hop, o, { outcome: 'suspected', evidence: 'weak', authority: match.id, because: [o] }),
          ];
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
        for (const o of untrustedHandshakes(c, hop)) {
          const hit = forgedReflectorSteps(c).find(([, step]) => sameAuthority(o, step));
          const control = atControl(c.control?.tls, o);
          if (hit === undefined || sameAtControl(c, o)) continue;
          return [
            onHop(c, hop, o, {
              outcome: 'suspected',
              evidence: 'confirmed',
              authority: makerOf(c, o),
              because: [o, hit[1], ...(control === undefined ? [] : [control])],
              counterfactuals: [hit[0].record.id],
            }),
          ];
        }
        return [];
      }),
  },
  {
    id: 'tls.authority_over_unrelated_names',
    layer: 'tls',
    claim:
      'One authority that no browser trusts replaced the certificates of names of unrelated owners; for each of them the control got a different and trusted one at the same address, or the name is a reflector’s own.',
    evidence: 'strong',
    outcomes: ['suspected'],
    alternatives: ['local_security_product', 'company_proxy'],
    fires: (c) =>
      c.hops.flatMap((hop) => {
        const mine = differentAndTrusted(c, hop).find(([o]) => o.appraisal?.wrongName === false);
        if (mine === undefined || namesReplacedBy(c, mine[0]).length < ENOUGH_NAMES) return [];
        const alike = c.hops
          .flatMap((h) => differentAndTrusted(c, h))
          .filter(([o]) => sameAuthority(o, mine[0]));
        const steps = forgedReflectorSteps(c).filter(([, o]) => untrusted(o) && sameAuthority(o, mine[0]));
        return [
          onHop(c, hop, mine[0], {
            outcome: 'suspected',
            evidence: 'strong',
            authority: makerOf(c, mine[0]),
            because: [...alike.flat(), ...steps.map(([, o]) => o)],
            counterfactuals: [...new Set(steps.map(([p]) => p.record.id))],
          }),
        ];
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
            // The target's name fared worse than the other, in this pair too: one machine of many may be out of order.
            sameAuthority(p.suspect, found[0]) &&
            p.before?.appraisal?.pathToRoot === true &&
            p.after?.appraisal?.pathToRoot === true,
        );
        return [
          onHop(c, hop, found[0], {
            outcome: 'suspected',
            evidence: pair === undefined ? 'weak' : 'strong',
            authority: makerOf(c, found[0]),
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
    id: 'tls.forged_copy',
    layer: 'tls',
    claim:
      'The untrusted certificate shown here copies the trusted one that the control got: moved dates or the start of its serial number, under another key and another issuer.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['local_security_product', 'company_proxy'],
    fires: (c) =>
      c.hops.flatMap((hop) => {
        const found = differentAndTrusted(c, hop).find(([o, control]) => looksCopied(forgeryOf(o, control)));
        if (found === undefined) return [];
        const authority = makerOf(c, found[0]);
        return [
          onHop(c, hop, found[0], { outcome: 'suspected', evidence: 'weak', authority, because: found }),
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
