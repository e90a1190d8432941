/** When is a chain shown in another's place? Each condition of it by itself, and how an interception is told. */
import { describe, expect, test } from 'vitest';
import { createJudgeContext, judgeCase } from '../../../shared/judge/index.ts';
import type { TlsObservation, Verdict } from '../../../shared/model/index.ts';
import { sameAuthority } from '../../../shared/rules/interception-facts.ts';
import { type Draft, type TlsSays } from '../../golden/build.ts';
import { chains, INTERCEPTION_JSON, KNOWN_AUTHORITY_ID, type Chain } from '../../golden/chains.ts';
import { KNOWN_SERVERS, MIRROR_IDENTITY } from '../../golden/context.ts';
import { type ControlSays } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  HOST,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  OTHER_IP,
  SECURE,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';
import { forged, shown, verdictOf } from './shown-chains.ts';
import { makeAuthority, makeKey, makeLeaf, pemOf } from '../codec/helpers/certificate-maker.ts';

const rulesOf = ({ rules }: Verdict): readonly string[] => rules.map(({ id }) => id);

const controlWith = (tls: NonNullable<ControlSays['tls']>): ControlSays => ({ ...CONTROL_GETS_ALL, tls });
/** The handshakes at a reflector: its own name, the target's, its own again. */
function atReflector(
  d: Draft,
  own: TlsSays,
  target: TlsSays,
  last = own,
  kind = 'tls.chain_at_reflector' as const,
) {
  const step = (says: TlsSays, sni: string) => tlsStep(d, 'reflector', { ...says, sni });
  return d.pair(AT_MIRROR(kind), step(own, MIRROR), step(target, HOST), step(last, MIRROR));
}

describe('one authority', () => {
  const observed = (chain: Chain): TlsObservation =>
    judged(shown(forged(chain)).document()).case.hops[0]!.tls[0]!;
  test.each<[string, Chain, Chain, boolean]>([
    [
      'by key, and not by name where both keys were shown',
      chains.knownWhole(HOST),
      chains.imitation(HOST),
      false,
    ],
    ['by name where one key was not', chains.knownWhole(HOST), chains.known(HOST), true],
    ['not by another name', chains.known(HOST), chains.named(HOST), false],
    ['not by no name at all', [], [], false],
  ])('%s', (_, a, b, same) => {
    expect(sameAuthority(observed(a), observed(b))).toBe(same);
    expect(sameAuthority(observed(b), observed(a))).toBe(same);
  });
});

describe('what the control got', () => {
  const OTHER_CHAIN = 'tls.control_got_other_chain';
  const fires = (tls: NonNullable<ControlSays['tls']>, chain = chains.unknown(HOST)): boolean =>
    rulesOf(verdictOf(shown(forged(chain), undefined, controlWith(tls)))).includes(OTHER_CHAIN);
  const trusted = chains.trusted(HOST);
  test('has to be there, at this address and port, and trusted', () => {
    expect(fires({ [SECURE]: { chain: trusted } })).toBe(true);
    expect(fires({})).toBe(false);
    expect(fires({ [`${OTHER_IP}:443`]: { chain: trusted } })).toBe(false);
    expect(fires({ [`${IP}:8443`]: { chain: trusted } })).toBe(false);
    expect(fires({ [SECURE]: forged(chains.unknown(HOST)) })).toBe(false);
    expect(fires({ [SECURE]: { chain: chains.expired(HOST), failure: 'ssl_invalid_certificate' } })).toBe(
      false,
    );
  });
  test('is its own word where it kept no chain', () => {
    expect(fires({ [SECURE]: {} })).toBe(true);
    expect(fires({ [SECURE]: { failure: 'connection_reset' } })).toBe(false);
  });
  test('is for the same name, however that is written', () => {
    expect(fires({ [SECURE]: { chain: trusted, sni: HOST.toUpperCase() } })).toBe(true);
    expect(fires({ [SECURE]: { chain: trusted, sni: '' } })).toBe(true);
    expect(fires({ [SECURE]: { chain: trusted, sni: 'b.example' } })).toBe(false);
  });
  test('is another leaf', () => {
    const own = chains.unknown(HOST);
    expect(fires({ [SECURE]: { chain: own } }, own)).toBe(false);
  });

  test('is the site’s own, by its key or by an issuer of both, where only a part was sent here', () => {
    const root = makeAuthority('A Public Root');
    const issuer = makeAuthority('A Public Issuer', { parent: root });
    const stranger = makeAuthority('A Public Issuer');
    const key = makeKey('p256');
    const context = createJudgeContext({
      rootsPem: pemOf(root.der),
      interceptionJson: [INTERCEPTION_JSON],
      blockpagesCsv: '',
      resolversCsv: '',
      networksCsv: '',
      servers: KNOWN_SERVERS,
    });
    const suspected = (here: Chain, atControl: Chain): boolean => {
      const result = judgeCase(
        shown(forged(here), undefined, controlWith({ [SECURE]: { chain: atControl } })).document(),
        context,
      );
      if ('problems' in result) throw new Error('not judged');
      return rulesOf(result.verdict).includes(OTHER_CHAIN);
    };
    const whole = [makeLeaf(issuer, [HOST], { key }), issuer.der];
    expect(suspected([makeLeaf(issuer, [HOST])], whole)).toBe(false);
    expect(suspected([makeLeaf(stranger, [HOST], { key })], whole)).toBe(false);
    expect(suspected([makeLeaf(stranger, [HOST])], whole)).toBe(true);
    // An issuer that was not sent at the control tells nothing of it, and a broken leaf tells nothing at all.
    expect(suspected([makeLeaf(stranger, [HOST])], [makeLeaf(root, [HOST])])).toBe(true);
    expect(suspected([makeLeaf(issuer, [HOST])], [...whole, new Uint8Array([1, 2])])).toBe(false);
  });
});

describe('a pair at the site’s address makes the suspicion strong', () => {
  const evidence = (before: TlsSays, target: TlsSays, after = before): string | undefined =>
    verdictOf(
      shown(forged(chains.unknown(HOST)), (d) => {
        const other = (says: TlsSays) => tlsStep(d, 'site', { ...says, sni: 'example.com' });
        d.pair(AT_SITE('tls.chain_at_address'), other(before), tlsStep(d, 'site', target), other(after));
      }),
    ).rules.find(({ id }) => id === 'tls.control_got_other_chain')?.evidence;
  const spared: TlsSays = { chain: SITE_CHAIN, failure: 'ssl_invalid_hostname' };
  const target = forged(chains.unknown(HOST));
  test.each<[string, TlsSays, TlsSays, TlsSays, string]>([
    ['where the other name was spared', spared, target, spared, 'strong'],
    ['not where it was forged too', forged(chains.unknown('example.com')), target, spared, 'weak'],
    ['not where it was forged afterwards', spared, target, forged(chains.unknown('example.com')), 'weak'],
    ['not where the target’s was genuine then', spared, { chain: SITE_CHAIN }, spared, 'weak'],
    ['not where it was another’s then', spared, forged(chains.imitation(HOST)), spared, 'weak'],
    ['not where nothing came for the other name', { failure: 'connection_reset' }, target, spared, 'weak'],
  ])('%s', (_, before, suspect, after, wanted) => {
    expect(evidence(before, suspect, after)).toBe(wanted);
  });
});

describe('an authority on record', () => {
  test('is no interceptor where the control is shown the very same', () => {
    for (const chain of [
      chains.known(HOST),
      chains.knownWhole(HOST),
      chains.named(HOST),
      chains.imitation(HOST),
    ]) {
      const { outcome, interception } = verdictOf(
        shown(forged(chain), undefined, controlWith({ [SECURE]: forged(chain) })),
      );
      expect(['interfered', 'suspected']).not.toContain(outcome);
      expect(interception).toBeNull();
    }
  });
  test('is proven by the handshake that went on, not by the first that broke off', () => {
    const d = shown({ chain: chains.known(HOST), failure: 'connection_reset' }, (more) => {
      more.tcp(OTHER_IP, 443);
      more.tls(forged(chains.known(HOST)));
    });
    expect(verdictOf(d)).toMatchObject({
      outcome: 'interfered',
      evidence: 'confirmed',
      authority: KNOWN_AUTHORITY_ID,
    });
  });
  test('is told by a reflector’s handshake as well', () => {
    const d = shown({ failure: 'connection_reset' }, (more) =>
      atReflector(more, { chain: MIRROR_CHAIN }, forged(chains.known(HOST))),
    );
    expect(rulesOf(verdictOf(d))).toContain('tls.signed_by_recorded_key');
    expect(verdictOf(d).interception).toMatchObject({ matchedBy: 'signature' });
  });
  test('is shown beside what the control got, where it got anything', () => {
    const because = (control: ControlSays) =>
      verdictOf(shown(forged(chains.known(HOST)), undefined, control)).rules.find(
        ({ id }) => id === 'tls.signed_by_recorded_key',
      )!.because;
    expect(because(CONTROL_GETS_ALL)).toHaveLength(2);
    expect(because(controlWith({}))).toHaveLength(1);
  });
});

describe('a reflector’s certificate', () => {
  const RULE = 'tls.forged_at_reflector';
  const fires = (
    own: TlsSays,
    target: TlsSays,
    site = forged(chains.unknown(HOST)),
    control = CONTROL_GETS_ALL,
  ) => rulesOf(verdictOf(shown(site, (d) => atReflector(d, own, target), control))).includes(RULE);
  const [mirror, host] = [forged(chains.unknown(MIRROR)), forged(chains.unknown(HOST))];
  test('replaced by the site’s own forger is told', () => {
    expect(fires(mirror, host)).toBe(true);
    expect(fires({ chain: MIRROR_CHAIN }, host)).toBe(true);
    // The control need not have been there.
    expect(fires(mirror, host, host, controlWith({}))).toBe(true);
  });
  test('replaced by somebody else, or not at all, is not', () => {
    const other = forged(chains.imitation(HOST));
    expect(fires({ chain: MIRROR_CHAIN }, other)).toBe(false);
    expect(fires({ chain: MIRROR_CHAIN }, { chain: MIRROR_CHAIN, failure: 'ssl_invalid_hostname' })).toBe(
      false,
    );
    expect(fires(forged(MIRROR_IDENTITY.chain), forged(MIRROR_IDENTITY.chain))).toBe(false);
    expect(fires({ failure: 'connection_reset' }, { failure: 'connection_reset' })).toBe(false);
    expect(fires(mirror, host, { chain: SITE_CHAIN })).toBe(false);
  });
  test('says nothing of a site that shows its chain to everybody', () => {
    const own = forged(chains.unknown(HOST));
    expect(fires(mirror, host, own, controlWith({ [SECURE]: own }))).toBe(false);
  });
});

describe('who spares what browsers refuse anyway', () => {
  const RULE = 'tls.spares_untrusted';
  const SELF = 'tls.chain_at_self_signed';
  const own = forged(MIRROR_IDENTITY.chain);
  const forgedHere = forged(chains.unknown(HOST));
  const fires = (make: (d: Draft) => void): boolean =>
    rulesOf(verdictOf(shown(forgedHere, make))).includes(RULE);
  const trustedPort =
    (target: TlsSays, mirror: TlsSays = { chain: MIRROR_CHAIN }) =>
    (d: Draft) =>
      void atReflector(d, mirror, target);
  const selfSigned = (before: TlsSays, target: TlsSays, after: TlsSays) => (d: Draft) =>
    void atReflector(d, before, target, after, SELF as never);
  const both =
    (...makes: readonly ((d: Draft) => void)[]) =>
    (d: Draft): void =>
      makes.forEach((make) => make(d));
  test('forges the target’s name at the one port and leaves all alone at the other', () => {
    expect(fires(both(trustedPort(forgedHere), selfSigned(own, own, own)))).toBe(true);
  });
  test.each<[string, (d: Draft) => void]>([
    ['was not seen at the trusted port', selfSigned(own, own, own)],
    ['was not seen at the other', trustedPort(forgedHere)],
    [
      'let the target’s name pass at the trusted port',
      both(trustedPort({ chain: MIRROR_CHAIN, failure: 'ssl_invalid_hostname' }), selfSigned(own, own, own)),
    ],
    [
      'forged another name alone there',
      both(
        trustedPort({ chain: MIRROR_CHAIN, failure: 'ssl_invalid_hostname' }, forged(chains.unknown(MIRROR))),
        selfSigned(own, own, own),
      ),
    ],
    ['forged the target’s at the other', both(trustedPort(forgedHere), selfSigned(own, forgedHere, own))],
    [
      'forged the other name before',
      both(trustedPort(forgedHere), selfSigned(forged(chains.unknown(MIRROR)), own, own)),
    ],
    [
      'forged the other name after',
      both(trustedPort(forgedHere), selfSigned(own, own, forged(chains.unknown(MIRROR)))),
    ],
    [
      'was not answered',
      both(trustedPort(forgedHere), selfSigned(own, { failure: 'connection_reset' }, own)),
    ],
  ])('not who %s', (_, make) => {
    expect(fires(make)).toBe(false);
  });
});
