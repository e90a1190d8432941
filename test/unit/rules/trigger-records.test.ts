/** Records of pairs that are not what their kind says: whoever writes a document can call them anything. */
import { describe, expect, test } from 'vitest';
import type { CounterfactualRecord, TriggerMap } from '../../../shared/model/index.ts';
import type { Draft, GoldenDocument } from '../../golden/build.ts';
import { withKeys } from '../../golden/judged.ts';
import { IP, MIRROR, OTHER_IP } from '../../golden/scenes.ts';
import {
  FORGED,
  FORGED_INNOCUOUS,
  ownNames,
  step,
  again,
  met,
  mapOf,
  answer,
  four,
  always,
} from './intercepted-pairs.ts';

/** The same document with each record of a pair changed. */
function retold(
  document: GoldenDocument,
  change: (pair: CounterfactualRecord) => Partial<CounterfactualRecord>,
): GoldenDocument {
  const pairs = document.test_keys.x_counterfactuals.map((p) => ({ ...p, ...change(p) }));
  return withKeys(document, { x_counterfactuals: pairs });
}

describe('a record that is not what its kind says answers nothing', () => {
  const honest = met((d) => always(d)).document();
  test('as it was made it does', () =>
    expect(answer(mapOf(honest), 'target_again')).toMatchObject({ forged: 5, of: 5 }));

  test.each<[string, (d: Draft) => void, string, Partial<CounterfactualRecord>?]>([
    [
      'again, at another address',
      (d) => d.pair(ownNames('tls.chain_again'), step(d, FORGED, OTHER_IP)),
      'sibling_address',
    ],
    [
      'again, at another port',
      (d) => d.pair(ownNames('tls.chain_again'), step(d, FORGED, IP, 8443)),
      'other_port_here',
    ],
    [
      'again, with another name',
      (d) => d.pair(ownNames('tls.chain_again'), step(d, FORGED_INNOCUOUS)),
      'target_again',
    ],
    ['again, five times', (d) => again(d, [...four(FORGED), FORGED]), 'target_again'],
    [
      'no name, and one was said',
      (d) => d.pair(ownNames('tls.chain_without_name'), step(d, FORGED)),
      'no_name_here',
    ],
    [
      'another port, and it was the same',
      (d) => d.pair(ownNames('tls.chain_other_port'), step(d, FORGED)),
      'other_port_here',
    ],
    [
      'another port, at another address',
      (d) => d.pair(ownNames('tls.chain_other_port'), step(d, FORGED, OTHER_IP, 8443)),
      'other_port_here',
    ],
    [
      'a sibling, and it was the same address',
      (d) => d.pair(ownNames('tls.chain_at_sibling'), step(d, FORGED)),
      'sibling_address',
    ],
    [
      'a pair of the site, said to be made at a reflector',
      (d) => again(d, four(FORGED)),
      'target_again',
      { where: 'reflector', reflector: MIRROR },
    ],
    [
      'about another target',
      (d) => again(d, four(FORGED)),
      'target_again',
      { suspect: 'another-site.example' },
    ],
    ['ten minutes and more away', (d) => again(d, four(FORGED)), 'target_again', { distance_s: 700 }],
  ])('%s', (_what, then, question, change = {}) => {
    const map = mapOf(retold(met(then, FORGED, [IP, OTHER_IP]).document(), () => change));
    // The target's own handshake is all that is left.
    expect(answer(map, question)?.of ?? 1).toBe(1);
    expect(map.answers.flatMap((a) => a.counterfactuals)).toEqual([]);
  });

  test('one protocol agreed on twice', () => {
    const document = met((d) =>
      d.pair(ownNames('tls.chain_other_protocol'), step(d, FORGED), step(d, FORGED)),
    ).document();
    const both = (first: string, second: string): TriggerMap => {
      const spoken = ['', first, second];
      return mapOf(
        withKeys(document, {
          tls_handshakes: document.test_keys.tls_handshakes.map((h, i) => ({
            ...h,
            negotiated_protocol: spoken[i] ?? '',
          })),
        }),
      );
    };
    expect(answer(both('h2', 'http/1.1'), 'other_protocol_here')).toMatchObject({ of: 2 });
    expect(answer(both('', ''), 'other_protocol_here')).toMatchObject({ of: 2 });
    expect(answer(both('h2', 'h2'), 'other_protocol_here')).toBeUndefined();
  });
});
