/** What an interceptor reacts to: as much as the answers say, and no more. */
import { describe, expect, test } from 'vitest';
import { interceptedHandshake } from '../../../shared/rules/index.ts';
import { triggerMapOf } from '../../../shared/rules/trigger.ts';
import { draft, type Draft } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { MIRROR_IDENTITY } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import {
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  OTHER_IP,
  SECURE,
  SITE_CHAIN,
} from '../../golden/scenes.ts';
import {
  UNTRUSTED,
  SILENCE,
  FORGED,
  FORGED_INNOCUOUS,
  FORGED_MIRROR,
  OTHER_NAME,
  MIRRORS,
  GENUINE,
  V6,
  type Says,
  ownNames,
  step,
  again,
  noName,
  innocuousHere,
  atReflector,
  met,
  mapOf,
  answer,
  four,
  always,
} from './intercepted-pairs.ts';

describe('what it is keyed to', () => {
  const sni = (d: Draft): void => {
    always(d);
    innocuousHere(d, OTHER_NAME);
    noName(d, { failure: 'ssl_invalid_hostname', chain: SITE_CHAIN });
    atReflector(d, MIRRORS, FORGED);
  };
  test('the name, wherever it is sent', () => {
    const map = mapOf(met(sni));
    expect(map.keyed).toBe('sni');
    expect(answer(map, 'target_again')).toEqual({
      question: 'target_again',
      forged: 6,
      of: 6,
      counterfactuals: ['p1', 'p2'],
    });
    expect(answer(map, 'target_at_reflector')).toMatchObject({ forged: 1, of: 1, counterfactuals: ['p4'] });
    expect(answer(map, 'innocuous_at_reflector')).toMatchObject({ forged: 0, of: 2 });
    expect(answer(map, 'no_name_here')).toMatchObject({ forged: 0, of: 1 });
  });

  test('as in 2019: the name, and only where browsers would trust the origin', () => {
    const own = { failure: UNTRUSTED, chain: MIRROR_IDENTITY.chain } as const;
    const map = mapOf(
      met((d) => {
        sni(d);
        atReflector(d, { ...own, sni: MIRROR }, own, 'tls.chain_at_self_signed');
      }),
    );
    expect(map).toMatchObject({ keyed: 'sni', sparesUntrusted: true });
    // The reflector's own key is promised: whoever signed it, it is not forged.
    expect(answer(map, 'target_at_self_signed')).toMatchObject({ forged: 0, of: 1 });
  });

  test('who forges at the self-signed port too spares nobody', () => {
    const map = mapOf(
      met((d) => {
        sni(d);
        const own = { failure: UNTRUSTED, chain: MIRROR_IDENTITY.chain, sni: MIRROR } as const;
        atReflector(d, own, FORGED, 'tls.chain_at_self_signed');
      }),
    );
    expect(map).toMatchObject({ keyed: 'sni', sparesUntrusted: false });
  });

  test('the address, whatever is said there', () => {
    const here = (d: Draft): void => {
      always(d);
      innocuousHere(d, FORGED_INNOCUOUS);
      noName(d, FORGED);
    };
    expect(
      mapOf(
        met((d) => {
          here(d);
          atReflector(d, MIRRORS, { failure: 'ssl_invalid_hostname', chain: MIRROR_CHAIN });
        }),
      ).keyed,
    ).toBe('address');
    // Without the reflector it may be everything.
    expect(mapOf(met(here)).keyed).toBe('unclear');
    // A reflector that browsers don't trust may be spared for that.
    const own = { failure: UNTRUSTED, chain: MIRROR_IDENTITY.chain } as const;
    expect(
      mapOf(
        met((d) => {
          here(d);
          atReflector(d, { ...own, sni: MIRROR }, own);
        }),
      ).keyed,
    ).toBe('unclear');
  });

  test('everything', () => {
    const map = mapOf(
      met((d) => {
        always(d);
        innocuousHere(d, FORGED_INNOCUOUS);
        noName(d, FORGED);
        atReflector(d, FORGED_MIRROR, FORGED);
      }),
    );
    expect(map).toMatchObject({ keyed: 'everything', sparesUntrusted: null });
  });

  test('a reflector’s own name on the list is not everything', () => {
    const map = mapOf(
      met((d) => {
        always(d);
        innocuousHere(d, OTHER_NAME);
        atReflector(d, FORGED_MIRROR, FORGED);
      }),
    );
    expect(map.keyed).toBe('unclear');
  });

  test.each<[string, (d: Draft) => void]>([
    ['the target was not asked again', (d) => atReflector(d, MIRRORS, FORGED)],
    [
      'one connection in two is forged',
      (d) => {
        again(d, [FORGED, GENUINE, FORGED, GENUINE]);
        atReflector(d, MIRRORS, FORGED);
      },
    ],
    [
      'the reflector did not answer the innocuous name',
      (d) => {
        always(d);
        atReflector(d, { failure: SILENCE, sni: MIRROR }, FORGED);
      },
    ],
    [
      'another interceptor sits at the reflector',
      (d) => {
        always(d);
        atReflector(d, MIRRORS, { failure: UNTRUSTED, chain: chains.imitation(HOST) });
      },
    ],
    [
      'the name is spared at the reflector, and others here',
      (d) => {
        always(d);
        innocuousHere(d, OTHER_NAME);
        atReflector(d, MIRRORS, { failure: 'ssl_invalid_hostname', chain: MIRROR_CHAIN });
      },
    ],
  ])('unclear where %s', (_what, then) => {
    expect(mapOf(met(then))).toMatchObject({ keyed: 'unclear', sparesUntrusted: null });
  });
});

describe('answers', () => {
  test('of handshakes that died are not counted', () => {
    const map = mapOf(
      met((d) => again(d, [FORGED, { failure: SILENCE }, { failure: 'connection_reset' }, GENUINE])),
    );
    expect(answer(map, 'target_again')).toMatchObject({ forged: 2, of: 3 });
  });

  test('of the target’s own other addresses are heard without a pair', () => {
    const d = met(() => undefined, FORGED, [IP, OTHER_IP, V6]);
    const more = draft(HTTPS_URL);
    names(more, [IP, OTHER_IP, V6]);
    for (const [address, says] of [
      [IP, FORGED],
      [OTHER_IP, FORGED],
      [V6, GENUINE],
    ] as const) {
      more.tcp(address, 443);
      more.tls(says);
    }
    more.control({ ...CONTROL_GETS_ALL, addresses: [IP, OTHER_IP, V6] });
    const map = mapOf(more);
    expect(answer(map, 'sibling_address')).toMatchObject({ forged: 1, of: 1, counterfactuals: [] });
    expect(answer(map, 'other_family')).toMatchObject({ forged: 0, of: 1, counterfactuals: [] });
    expect(answer(mapOf(d), 'sibling_address')).toBeUndefined();
  });

  test('of another port, protocol, address and family', () => {
    const map = mapOf(
      met(
        (d) => {
          d.pair(ownNames('tls.chain_other_protocol'), step(d, GENUINE), step(d, FORGED));
          d.pair(ownNames('tls.chain_other_port'), step(d, FORGED, IP, 8443));
          d.pair(ownNames('tls.chain_at_sibling'), step(d, FORGED, OTHER_IP));
          d.pair(ownNames('tls.chain_other_family'), step(d, GENUINE, V6));
        },
        FORGED,
        [IP, OTHER_IP, V6],
      ),
    );
    expect(map.answers.map(({ question, forged, of }) => [question, forged, of])).toEqual([
      ['target_again', 1, 1],
      ['other_protocol_here', 1, 2],
      ['other_port_here', 1, 1],
      ['sibling_address', 1, 1],
      ['other_family', 0, 1],
    ]);
  });

  test('of an address that nobody gave for the name are not heard', () => {
    const map = mapOf(met((d) => d.pair(ownNames('tls.chain_at_sibling'), step(d, FORGED, OTHER_IP))));
    expect(answer(map, 'sibling_address')).toBeUndefined();
  });
});

describe('one connection in five', () => {
  const page = (d: Draft): void => void d.http(HTTPS_URL, { status: 200, body: 'here' });
  const oneOf = (odd: Says) =>
    judged(
      met((d) => {
        page(d);
        again(d, [GENUINE, odd, GENUINE, GENUINE]);
      }, GENUINE).document(),
    );

  test('an unknown authority is suspected, once in five', () => {
    const { case: c, verdict } = oneOf(FORGED);
    expect(verdict).toMatchObject({ outcome: 'suspected', method: 'tls.interception', authority: 'unknown' });
    const hop = c.hops[0]!;
    expect(interceptedHandshake(c, hop)?.counterfactual).toBe('p1');
    expect(verdict.repeats).toEqual({ n: 1, m: 5 });
    expect(triggerMapOf(c, hop)).toMatchObject({
      keyed: 'unclear',
      answers: [{ question: 'target_again', forged: 1, of: 5 }],
    });
  });

  test('a pair in which the target’s name was spared adds nothing', () => {
    const paired = (target: Says) =>
      judged(
        met((d) => {
          page(d);
          again(d, [GENUINE, FORGED, GENUINE, GENUINE]);
          innocuousHere(d, OTHER_NAME, target);
        }, GENUINE).document(),
      ).verdict;
    expect(paired(GENUINE)).toMatchObject({ outcome: 'suspected', evidence: 'weak' });
    expect(paired(FORGED)).toMatchObject({ outcome: 'suspected', evidence: 'strong' });
  });

  test('an authority on record interferes, once in five', () => {
    const { verdict } = oneOf({ failure: UNTRUSTED, chain: chains.known(HOST) });
    expect(verdict).toMatchObject({
      outcome: 'interfered',
      method: 'tls.interception',
      repeats: { n: 1, m: 5 },
    });
  });

  test.each<[string, Says]>([
    ['a machine with another trusted certificate', { chain: chains.trusted(HOST) }],
    [
      'a machine whose certificate is out of date',
      { failure: 'ssl_invalid_certificate', chain: chains.expired(HOST) },
    ],
    ['a machine that nobody set up', { failure: UNTRUSTED, chain: chains.selfSigned(HOST) }],
    [
      'a machine for another name',
      { failure: 'ssl_invalid_hostname', chain: chains.trusted('other.example') },
    ],
    ['a connection that died', { failure: 'connection_reset' }],
    [
      'a chain that broke off, somebody’s old one shown again',
      { failure: 'connection_reset', chain: chains.unknown(HOST) },
    ],
    [
      'bytes that are no certificate',
      { failure: 'ssl_invalid_certificate', chain: [new Uint8Array([1, 2, 3])] },
    ],
  ])('%s, among four in order: the site is there', (_what, odd) => {
    const { case: c, verdict } = oneOf(odd);
    expect(verdict).toMatchObject({ outcome: 'accessible' });
    expect(interceptedHandshake(c, c.hops[0]!)).toBeNull();
  });
});

test('a chain that the control gets as well is nobody’s interception', () => {
  const own = chains.unknown(HOST);
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: UNTRUSTED, chain: own });
  again(d, four({ failure: UNTRUSTED, chain: own }));
  d.control({ ...CONTROL_GETS_ALL, tls: { [SECURE]: { failure: UNTRUSTED, chain: own } } });
  expect(mapOf(d)).toEqual({ keyed: 'unclear', sparesUntrusted: null, answers: [] });
});
