/** Steps of the ladder that golden cases leave out, and what a verdict says of an interceptor. */
import { describe, expect, test } from 'vitest';
import type { Interception, Verdict } from '../../../shared/model/index.ts';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import { chains, KNOWN_AUTHORITY_ID, NAMED_AUTHORITY_ID, type Chain } from '../../golden/chains.ts';
import type { ControlSays } from '../../golden/control.ts';
import { MIRROR_IDENTITY } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  OTHER_IP,
  SECURE,
  tlsStep,
} from '../../golden/scenes.ts';

const REFUSED = 'ssl_unknown_authority';

function shown(says: TlsSays, control: ControlSays | null = CONTROL_GETS_ALL): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(says);
  if (control !== null) d.control(control);
  return d;
}
const verdictOf = (d: Draft): Verdict => judged(d.document()).verdict;
const verdictOn = (chain: Chain, control?: ControlSays | null, failure = REFUSED): Verdict =>
  verdictOf(shown({ chain, failure }, control));
const firedIds = ({ rules }: Verdict): string[] =>
  rules.map(({ id }) => id).filter((id) => id.startsWith('tls.'));

describe('each step of the ladder', () => {
  test.each<[string, Chain, string, Interception['matchedBy'], string]>([
    [
      'the certificate on record',
      chains.knownWhole(HOST),
      'tls.authority_on_record',
      'hash',
      KNOWN_AUTHORITY_ID,
    ],
    ['its signature', chains.known(HOST), 'tls.signed_by_recorded_key', 'signature', KNOWN_AUTHORITY_ID],
    ['name and key number', chains.named(HOST), 'tls.recorded_name_and_key_id', 'key_id', NAMED_AUTHORITY_ID],
    [
      'a borrowed name',
      chains.imitation(HOST),
      'tls.imitated_authority',
      'imitation',
      `imitates:${KNOWN_AUTHORITY_ID}`,
    ],
  ])('%s is a rule’s own', (_, chain, rule, matchedBy, authority) => {
    const verdict = verdictOn(chain);
    const ladder = firedIds(verdict).filter((id) => !['tls.control_got_other_chain'].includes(id));
    expect(ladder).toEqual([rule]);
    expect(verdict).toMatchObject({ method: 'tls.interception', authority });
    expect(verdict.interception).toMatchObject({ matchedBy, names: [HOST] });
  });

  test('what the key on record signed counts only where it is part of the chain', () => {
    const verdict = verdictOn(chains.besideSigned(HOST), null);
    expect(verdict.outcome).not.toBe('interfered');
    expect(verdict.interception?.matchedBy ?? null).not.toBe('signature');
  });

  test.each([
    ['the certificate on record', chains.knownWhole(HOST)],
    ['its signature', chains.known(HOST)],
    ['name and key number', chains.named(HOST)],
  ])('%s in a handshake that broke off may be an old chain shown again', (_, chain) => {
    for (const failure of ['ssl_failed_handshake', 'connection_reset', 'generic_timeout_error'])
      expect(verdictOn(chain, CONTROL_GETS_ALL, failure)).toMatchObject({
        outcome: 'suspected',
        evidence: 'weak',
      });
    for (const failure of ['ssl_invalid_certificate', 'ssl_invalid_hostname', REFUSED])
      expect(verdictOn(chain, CONTROL_GETS_ALL, failure).evidence).not.toBe('weak');
  });
});

describe('certificates of the site itself', () => {
  const issued = { ...CONTROL_GETS_ALL, tls: { [SECURE]: { chain: chains.issued(HOST) } } };
  test('one whose issuer was forgotten here is no suspicion', () => {
    expect(verdictOn(chains.reissued(HOST), issued)).toMatchObject({
      outcome: 'insufficient',
      interception: null,
    });
    // By somebody else it is one.
    expect(verdictOn(chains.copied(HOST), issued)).toMatchObject({
      outcome: 'suspected',
      authority: 'unknown',
    });
  });

  test('one that the control asked for by another name is not compared', () => {
    const other = {
      ...CONTROL_GETS_ALL,
      tls: { [SECURE]: { chain: chains.trusted('b.example'), sni: 'b.example' } },
    };
    expect(verdictOn(chains.unknown(HOST), other)).toMatchObject({
      outcome: 'insufficient',
      interception: null,
    });
  });

  test('expired, self-signed or for another name are facts of their own', () => {
    const facts = (chain: Chain) =>
      judged(shown({ chain, failure: REFUSED }).document()).case.hops[0]!.tls[0]!.appraisal;
    expect(facts(chains.expired(HOST))).toMatchObject({
      expired: true,
      unknownAuthority: false,
      selfSigned: false,
    });
    expect(facts(chains.selfSigned(HOST))).toMatchObject({
      expired: false,
      unknownAuthority: true,
      selfSigned: true,
    });
    expect(facts(chains.trusted('b.example'))).toMatchObject({ wrongName: true, unknownAuthority: false });
    for (const chain of [chains.expired(HOST), chains.trusted('b.example')])
      expect(verdictOn(chain).interception).toBeNull();
  });
});

describe('a borrowed name', () => {
  const control = (chain: Chain): ControlSays => ({
    ...CONTROL_GETS_ALL,
    tls: { [SECURE]: { chain, failure: REFUSED } },
    http: { failure: REFUSED },
  });

  test('that the control meets too, under a new leaf each time, is the site’s own', () => {
    const verdict = verdictOn(chains.imitation(HOST), control(chains.imitation(HOST)));
    expect([firedIds(verdict), verdict.interception]).toEqual([[], null]);
  });

  test('is suspected where the control met somebody else’s', () => {
    expect(firedIds(verdictOn(chains.imitation(HOST), control(chains.unknown(HOST))))).toEqual([
      'tls.imitated_authority',
    ]);
  });

  test('and a key on record are two things: the control may be intercepted as well', () => {
    const verdict = verdictOn(chains.knownWhole(HOST), control(chains.knownWhole(HOST)));
    expect(verdict).toMatchObject({ outcome: 'interfered', authority: KNOWN_AUTHORITY_ID });
  });
});

describe('one authority over several names', () => {
  test('counts no name for which the control says that it is content and shows nothing', () => {
    const unseen = { ...CONTROL_GETS_ALL, tls: { [SECURE]: {} } };
    expect(verdictOn(chains.unknown(HOST), unseen).interception?.names).toEqual([]);
    expect(verdictOn(chains.unknown(HOST)).interception?.names).toEqual([HOST]);
  });

  const OTHER = 'elsewhere.example';
  const OTHER_SECURE = `${OTHER_IP}:443`;
  /** A redirect from one site to another. */
  function two(second: string, chain: Chain, otherAtControl = chains.trusted(second)): Verdict {
    const d = shown({ chain: chains.unknown(HOST), failure: REFUSED }, null);
    d.redirected(second);
    names(d, [OTHER_IP]);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain, failure: REFUSED });
    d.control({
      ...CONTROL_GETS_ALL,
      tls: { ...CONTROL_GETS_ALL.tls, [OTHER_SECURE]: { chain: otherAtControl, sni: second } },
    });
    return verdictOf(d);
  }
  const RULE = 'tls.authority_over_unrelated_names';

  test('is a strong suspicion where the control got trusted chains for both', () => {
    const verdict = two(OTHER, chains.unknown(OTHER));
    expect(firedIds(verdict)).toContain(RULE);
    expect(verdict).toMatchObject({ outcome: 'suspected', evidence: 'strong', authority: 'unknown' });
    expect(verdict.interception?.names).toEqual([OTHER, HOST]);
  });

  const company = chains.unknown(OTHER);
  test.each<[string, string, Chain, Chain | undefined]>([
    ['the other one is of the same owner', `www.${HOST}`, chains.unknown(`www.${HOST}`), undefined],
    ['the other one is shown so to everybody', OTHER, company, company],
    ['each of them signed itself', OTHER, chains.selfSigned(OTHER), undefined],
    ['the other one got a chain for another name', OTHER, chains.unknown('default.example'), undefined],
  ])('is none where %s', (_, second, chain, atControl) => {
    const verdict = two(second, chain, atControl);
    expect(firedIds(verdict)).not.toContain(RULE);
    expect(verdict.interception?.names.length ?? 0).toBeLessThan(2);
  });

  test('counts a reflector’s own name, and not one that is only said there', () => {
    const at = (sni: string, chain: Chain): Verdict => {
      const d = shown({ chain: chains.unknown(HOST), failure: REFUSED });
      const own = tlsStep(d, 'reflector', { sni: MIRROR, chain: sni === MIRROR ? chain : MIRROR_CHAIN });
      const named = tlsStep(d, 'reflector', { sni: HOST, chain: sni === HOST ? chain : MIRROR_CHAIN });
      d.pair(AT_MIRROR('tls.chain_at_reflector'), own, named, own);
      return verdictOf(d);
    };
    expect(at(MIRROR, chains.unknown(MIRROR)).interception?.names).toEqual([MIRROR, HOST]);
    const said = at(HOST, chains.unknown(HOST));
    expect(said.interception?.names).toEqual([HOST]);
    expect(firedIds(said)).not.toContain(RULE);
  });
});

describe('what the verdict says beside it', () => {
  test('nothing where nothing was replaced', () => {
    const office = { failure: REFUSED, chain: chains.unknown(HOST) };
    const same = { ...CONTROL_GETS_ALL, tls: { [SECURE]: office }, http: { failure: REFUSED } };
    expect(verdictOf(shown(office, same)).interception).toBeNull();
    expect(verdictOf(shown(office, null)).interception).toBeNull();
    expect(verdictOf(shown({ chain: chains.trusted(HOST) })).interception).toBeNull();
    expect(verdictOf(shown({ chain: [], failure: 'connection_reset' })).interception).toBeNull();
  });

  test('who, how forged, and how long it took', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.takes(0.25);
    d.tcp(IP, 443);
    d.takes(0.5);
    d.tls({ chain: chains.copied(HOST), failure: REFUSED });
    d.control({ ...CONTROL_GETS_ALL, tls: { [SECURE]: { chain: chains.issued(HOST) } } });
    const { interception } = verdictOf(d);
    const [, root] = judged(d.document()).case.hops[0]!.tls[0]!.appraisal!.certificates;
    expect(interception).toMatchObject({
      spki: root!.spkiSha256,
      name: root!.subject,
      matchedBy: null,
      names: [HOST],
    });
    expect(interception!.forgery.map(({ point }) => point)).toEqual([
      'dates_shifted',
      'serial_prefix',
      'key_differs',
      'issuer_replaced',
    ]);
    expect(interception!.seconds.connect).toBeCloseTo(0.25);
    expect(interception!.seconds.handshake).toBeCloseTo(0.5);
  });

  test('how forged, too, where a step of a pair comes first by its id', () => {
    const d = shown({ chain: chains.knownWhole(HOST), failure: REFUSED }, null);
    const forged = tlsStep(d, 'reflector', { sni: HOST, chain: chains.knownWhole(HOST) });
    const own = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
    // By the eleventh step `tls-1…` sorts before the target's own handshake.
    for (let i = 0; i < 4; i++) d.pair(AT_MIRROR('tls.chain_at_reflector'), own, forged, own);
    d.control(CONTROL_GETS_ALL);
    const { interception } = verdictOf(d);
    expect(interception!.forgery.map(({ point }) => point)).toEqual(['key_differs', 'issuer_replaced']);
  });

  test('no name where the highest authority was not sent', () => {
    const { interception } = verdictOn(chains.known(HOST));
    expect(interception).toMatchObject({ spki: null });
    expect(interception!.name).toContain('Golden Security Certificate');
  });

  test('the surest of two interceptors', () => {
    const d = shown({ chain: chains.unknown(HOST), failure: REFUSED }, null);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain: chains.known(HOST), failure: REFUSED });
    d.control({
      ...CONTROL_GETS_ALL,
      tls: { ...CONTROL_GETS_ALL.tls, [`${OTHER_IP}:443`]: { chain: chains.trusted(HOST) } },
    });
    expect(verdictOf(d).interception).toMatchObject({ matchedBy: 'signature' });
  });

  test('a reflector that is known by its key is not replaced', () => {
    const d = shown({ chain: chains.unknown(HOST), failure: REFUSED });
    const own = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_IDENTITY.chain, failure: REFUSED });
    d.pair(AT_MIRROR('tls.chain_at_reflector'), own, own, own);
    expect(verdictOf(d).interception?.names).toEqual([HOST]);
  });
});
