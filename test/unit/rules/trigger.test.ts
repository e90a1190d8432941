/** What an interceptor reacts to: as much as the answers say, and no more. */
import { describe, expect, test } from 'vitest';
import type { CounterfactualKind, CounterfactualRecord, TriggerMap } from '../../../shared/model/index.ts';
import { interceptedHandshake } from '../../../shared/rules/index.ts';
import { triggerMapOf } from '../../../shared/rules/trigger.ts';
import { draft, type Draft, type GoldenDocument, type TlsSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { MIRROR_IDENTITY } from '../../golden/context.ts';
import { judged, withKeys } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
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
  tlsStep,
} from '../../golden/scenes.ts';

const UNTRUSTED = 'ssl_unknown_authority';
const SILENCE = 'generic_timeout_error';
const FORGED = { failure: UNTRUSTED, chain: chains.unknown(HOST) } as const;
const FORGED_INNOCUOUS = { failure: UNTRUSTED, chain: chains.unknown('example.com'), sni: 'example.com' };
const FORGED_MIRROR = { failure: UNTRUSTED, chain: chains.unknown(MIRROR), sni: MIRROR };
/** What the site shows to a name that is not its own. */
const OTHER_NAME = { failure: 'ssl_invalid_hostname', chain: SITE_CHAIN, sni: 'example.com' };
const MIRRORS = { chain: MIRROR_CHAIN, sni: MIRROR };
const GENUINE = { chain: SITE_CHAIN };
const V6 = '3ffe:ffff::10';

type Says = TlsSays;

const ownNames = (kind: CounterfactualKind) => ({ kind, suspect: HOST, innocuous: HOST });
const step =
  (d: Draft, says: Says, address = IP, port = 443) =>
  () => {
    d.tcp(address, port);
    d.tls(says);
  };
const again = (d: Draft, says: readonly Says[]): string =>
  d.pair(ownNames('tls.chain_again'), ...says.map((s) => step(d, s)));
const noName = (d: Draft, says: Says): string =>
  d.pair(ownNames('tls.chain_without_name'), step(d, { ...says, sni: '' }));
function innocuousHere(d: Draft, says: Says, target: Says = FORGED): string {
  const other = tlsStep(d, 'site', says);
  return d.pair(AT_SITE('tls.chain_at_address'), other, tlsStep(d, 'site', target), other);
}
function atReflector(
  d: Draft,
  innocuous: Says,
  target: Says,
  kind: CounterfactualKind = 'tls.chain_at_reflector',
) {
  const own = tlsStep(d, 'reflector', innocuous);
  return d.pair(AT_MIRROR(kind), own, tlsStep(d, 'reflector', { sni: HOST, ...target }), own);
}

/** A site whose own chain was `first`, with the pairs that follow, and a control that gets the true one. */
function met(then: (d: Draft) => void, first: Says = FORGED, addresses: readonly string[] = [IP]): Draft {
  const d = draft(HTTPS_URL);
  names(d, addresses);
  d.tcp(IP, 443);
  d.tls(first);
  then(d);
  d.control({ ...CONTROL_GETS_ALL, addresses });
  return d;
}

function mapOf(d: Draft | GoldenDocument): TriggerMap {
  const { case: c } = judged('document' in d ? d.document() : d);
  return triggerMapOf(c, c.hops[0]!);
}
const answer = (map: TriggerMap, question: string) => map.answers.find((a) => a.question === question);

const four = (says: Says): readonly Says[] => [says, says, says, says];
const always = (d: Draft): string => again(d, four(FORGED));

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
