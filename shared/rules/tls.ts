/** Does TLS die because of the name? The row "TLS dies after ClientHello" of the table of pairs. */
import { diedAfterClientHello, endingOf, gotAnswer, isGenuineReflector, methodOf } from './predicates.ts';
import type { Rule } from './rule.ts';
import {
  addressPairs,
  agreeing,
  controlCompletes,
  everyNameIsRead,
  faredBetter,
  forDeadHops,
  idsOf,
  innocuousDied,
  lineFlaps,
  pairsFor,
  passedUnsplit,
  stepsOf,
  tlsFinding,
} from './tls-facts.ts';
import { TLS_RESIDUAL_RULES } from './tls-residual.ts';

export const TLS_RULES: readonly Rule[] = [
  {
    id: 'tls.sni_at_reflector',
    layer: 'tls',
    claim:
      'At a reflector that answers any name, the target’s name dies the same way as at the site, and an innocuous name works before and after.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const endings = new Set(dead.map((o) => endingOf(o.failure)));
        const pairs = agreeing(
          c,
          'tls.sni_at_reflector',
          hop.host,
          ({ record, before, suspect, after }) =>
            isGenuineReflector(c, record.reflector, before) &&
            isGenuineReflector(c, record.reflector, after) &&
            suspect !== null &&
            diedAfterClientHello(suspect) &&
            endings.has(endingOf(suspect.failure)),
        );
        const method = methodOf('tls', pairs[0]?.suspect?.failure ?? null);
        if (method === null) return null;
        return tlsFinding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'confirmed',
          because: [...dead, ...pairs.flatMap(stepsOf)],
          counterfactuals: idsOf(pairs),
          repeats: { n: pairs.length, m: pairs.length },
        });
      }),
  },
  {
    id: 'tls.split_passes',
    layer: 'tls',
    claim: 'The same name at the same address gets a valid chain when its ClientHello is sent in two pieces.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: [],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const pair = pairsFor(c, 'tls.split_client_hello', hop.host).find(
          (p) =>
            p.suspect?.splitClientHello === true &&
            p.suspect.appraisal?.trusted === true &&
            dead.some((o) => o.address === p.suspect?.address),
        );
        const died = dead.find((o) => o.address === pair?.suspect?.address);
        const method = died === undefined ? null : methodOf('tls', died.failure);
        // One death may be chance, and one that passes too: the name dies again each time, in silence (TCP would have
        // sent a lost packet again) or where another name is answered.
        const again = agreeing(
          c,
          'tls.sni_at_address',
          hop.host,
          ({ before, suspect, after }) =>
            suspect !== null &&
            diedAfterClientHello(suspect) &&
            (endingOf(suspect.failure) === 'timeout' ||
              (faredBetter(before, suspect) && faredBetter(after, suspect))),
        );
        if (pair === undefined || method === null || again.length === 0) return null;
        return tlsFinding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'confirmed',
          because: [...dead, ...stepsOf(pair), ...again.flatMap(stepsOf)],
          counterfactuals: [pair.record.id, ...idsOf(again)],
          repeats: { n: again.length, m: again.length },
        });
      }),
  },
  {
    id: 'tls.sni_at_address',
    layer: 'tls',
    claim:
      'At the site’s own address an innocuous name is answered before and after, the target’s name dies twice, and the control completes.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['origin_filters_name_for_country'],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const pairs = addressPairs(c, hop);
        const control = controlCompletes(c, hop, dead);
        const method = methodOf('tls', pairs[0]?.suspect?.failure ?? null);
        if (method === null || control.length === 0 || everyNameIsRead(c)) return null;
        return tlsFinding(hop, dead, {
          outcome: 'interfered',
          method,
          evidence: 'strong',
          because: [...dead, ...pairs.flatMap(stepsOf), ...control],
          counterfactuals: idsOf(pairs),
          repeats: { n: pairs.length, m: pairs.length },
        });
      }),
  },
  {
    id: 'tls.control_completes',
    layer: 'tls',
    claim: 'TLS dies after the ClientHello here, and the control completes it.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['origin_filters_country', 'transient_failure'],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        if (passedUnsplit(c, hop) || lineFlaps(c) || innocuousDied(c)) return null;
        const control = controlCompletes(c, hop, dead);
        const method = methodOf('tls', dead[0]?.failure ?? null);
        if (control.length === 0 || method === null) return null;
        return tlsFinding(hop, dead, {
          outcome: 'suspected',
          method,
          evidence: 'weak',
          because: [...dead, ...control],
        });
      }),
  },
  {
    id: 'tls.reflector_not_interfered',
    layer: 'tls',
    claim: 'The target’s name passes at the reflector: this pair proves nothing either way.',
    evidence: 'contrary',
    outcomes: ['insufficient'],
    alternatives: [],
    fires: (c) =>
      forDeadHops(c, (hop, dead) => {
        const pair = pairsFor(c, 'tls.sni_at_reflector', hop.host).find((p) => gotAnswer(p.suspect));
        if (pair === undefined) return null;
        return tlsFinding(hop, dead, {
          outcome: 'insufficient',
          evidence: 'contrary',
          because: stepsOf(pair),
          counterfactuals: [pair.record.id],
        });
      }),
  },
  ...TLS_RESIDUAL_RULES,
];
