/** Which forged chains of a measurement are kept, and how many. */
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import type { Draft } from '../../golden/build.ts';
import { chains, type Chain } from '../../golden/chains.ts';
import { HOST, IP, OTHER_IP, SITE_CHAIN } from '../../golden/scenes.ts';
import { factsOf, shown, UNTRUSTED } from './judged-sightings.ts';

describe('the chains that are kept', () => {
  /** The target asked again and again, each time with a chain of its own. */
  function again(...shownThere: readonly Chain[]): Draft {
    const [first, ...rest] = shownThere;
    return shown({ chain: first!, failure: UNTRUSTED }, (d) => {
      for (let at = 0; at < rest.length; at += 4)
        d.pair(
          { kind: 'tls.chain_again', suspect: HOST, innocuous: HOST },
          ...rest.slice(at, at + 4).map((chain) => () => {
            d.tcp(IP, 443);
            d.tls({ chain, failure: UNTRUSTED });
          }),
        );
    });
  }
  const kept = (...list: readonly Chain[]): readonly Chain[] => factsOf(again(...list)).chains;
  const unknown = (): Chain => chains.unknown(HOST);
  const hashOf = ([leaf]: Chain): string => sha256Hex(leaf!);

  it('are the interceptor’s, each leaf once, and no others', () => {
    const [a, b] = [unknown(), unknown()];
    expect(kept(a, a, b, a)).toHaveLength(2);
    // A borrowed name is surer than a stranger's: it is what the verdict speaks of.
    const imitation = chains.imitation(HOST);
    for (const list of [
      [a, SITE_CHAIN, chains.trusted(HOST), imitation],
      [imitation, b, SITE_CHAIN],
    ])
      expect(kept(...list).map(hashOf)).toEqual([hashOf(imitation)]);
  });

  it('are at most four', () => {
    expect(kept(...Array.from({ length: 4 }, unknown))).toHaveLength(4);
    expect(kept(...Array.from({ length: 5 }, unknown))).toHaveLength(4);
  });

  it('have at most 16 certificates each, and 128 KiB together', () => {
    const padded = (certificates: number): Chain => {
      const [leaf, top] = unknown();
      return [leaf!, ...Array.from({ length: certificates - 1 }, () => top!)];
    };
    expect(kept(padded(16), padded(17)).map((chain) => chain.length)).toEqual([16]);
    const heavy = (bytes: number): Chain => {
      const [leaf, top] = unknown();
      return [leaf!, new Uint8Array(bytes - leaf!.length - top!.length), top!];
    };
    const KIB = 1024;
    expect(kept(heavy(128 * KIB))).toHaveLength(1);
    expect(kept(heavy(128 * KIB + 1))).toHaveLength(0);
    expect(kept(heavy(64 * KIB), heavy(64 * KIB + 1), heavy(64 * KIB))).toHaveLength(2);
  });

  it('are told by the name of the authority where no key was shown', () => {
    const other = shown({ chain: chains.known(HOST), failure: UNTRUSTED }, (d) => {
      d.tcp(OTHER_IP, 443);
      d.tls({ chain: chains.named(HOST), failure: UNTRUSTED });
    });
    expect(factsOf(other).chains).toHaveLength(1);
  });
});
