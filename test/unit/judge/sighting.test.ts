/** What one judged measurement adds to the question who intercepts: each of its limits, and what is none of it. */
import { describe, expect, it } from 'vitest';
import { regionOf, type InterceptionFacts } from '../../../shared/judge/sighting.ts';
import type { InterceptionNote, Sighting } from '../../../shared/model/index.ts';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import { chains, KNOWN_AUTHORITY_ID, NAMED_AUTHORITY_ID, type Chain } from '../../golden/chains.ts';
import {
  AT_MIRROR,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  OTHER_IP,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';
import { factsOf, ID, shown, UNTRUSTED } from './judged-sightings.ts';

const by = (chain: Chain, failure = UNTRUSTED): Draft => shown({ chain, failure });
function sighted(...args: Parameters<typeof factsOf>): Sighting {
  const { sighting, clean } = factsOf(...args);
  expect(clean).toEqual([]);
  expect(sighting).not.toBeNull();
  return sighting!;
}

describe('a sighting', () => {
  it('says who was met, where, and over which names', () => {
    const d = by(chains.unknown(HOST));
    d.network({ asn: 64500, type: 'mobile' });
    const part = factsOf(d);
    expect(part.sighting).toMatchObject({
      measurementId: ID,
      startTime: '2026-11-20 10:00:00',
      late: false,
      pseudonym: 'key',
      asn: 64500,
      cc: 'KZ',
      line: 'mobile',
      region: null,
      authority: 'unknown',
      proven: false,
      finished: true,
      name: 'C=KZ, CN=Golden Gateway',
      hosts: [HOST],
      firstMet: false,
      forgedAtReflector: false,
      keyed: 'unclear',
      local: false,
    });
    expect(part.sighting!.spki).toMatch(/^[0-9a-f]{64}$/);
    expect(part.chains).toHaveLength(1);
    expect(part.chains[0]).toHaveLength(2);
  });

  it.each<[string, Chain, string, boolean]>([
    ['its certificate on record', chains.knownWhole(HOST), KNOWN_AUTHORITY_ID, true],
    ['its signature', chains.known(HOST), KNOWN_AUTHORITY_ID, true],
    // Text that anybody can write.
    ['name and key number', chains.named(HOST), NAMED_AUTHORITY_ID, false],
    ['a borrowed name', chains.imitation(HOST), `imitates:${KNOWN_AUTHORITY_ID}`, false],
    ['nothing on record', chains.unknown(HOST), 'unknown', false],
  ])('by %s', (_, chain, authority, proven) => {
    expect(sighted(by(chain))).toMatchObject({ authority, proven, finished: true });
    // Shown and not gone on with: it may be an old one.
    expect(sighted(by(chain, 'connection_reset'))).toMatchObject({
      authority,
      proven: false,
      finished: false,
    });
  });

  it('counts as its device’s first for an authority on record, and for a stranger on the device’s word about him', () => {
    const d = by(chains.unknown(HOST));
    const { spki } = sighted(d);
    const note = (more: Partial<InterceptionNote>) => ({
      x_interception: {
        spki_sha256: spki!,
        in_device_store: false,
        on_other_network: null,
        first_met: true,
        ...more,
      },
    });
    expect(sighted(d, note({})).firstMet).toBe(true);
    expect(sighted(d, note({ first_met: false })).firstMet).toBe(false);
    expect(sighted(d, note({ spki_sha256: '00'.repeat(32) })).firstMet).toBe(false);
    expect(sighted(by(chains.known(HOST))).firstMet).toBe(true);
    expect(sighted(by(chains.imitation(HOST))).firstMet).toBe(false);
    const whole = by(chains.knownWhole(HOST));
    const told = { ...note({ first_met: false, spki_sha256: sighted(whole).spki! }) };
    expect(sighted(whole, told).firstMet).toBe(false);
  });

  it('tells the line only by the two words for it', () => {
    for (const [type, line] of [
      ['mobile', 'mobile'],
      ['fixed', 'fixed'],
      ['wifi', 'unknown'],
    ])
      expect(sighted(by(chains.unknown(HOST)), { annotations: { network_type: type } as never }).line).toBe(
        line,
      );
    expect(sighted(by(chains.unknown(HOST))).line).toBe('unknown');
  });

  it('is on the network that a reflector signed, and on none where the document says another', () => {
    const asnOn = (says: Parameters<Draft['network']>[0]): number | null => {
      const d = by(chains.unknown(HOST));
      d.network(says);
      return sighted(d).asn;
    };
    expect(asnOn({})).toBeNull();
    expect(asnOn({ asn: 64500 })).toBe(64500);
    expect(asnOn({ stated: { cc: 'KZ', asn: 64510 } })).toBe(64510);
    expect(asnOn({ asn: 64510, stated: { cc: 'KZ', asn: 64510 } })).toBe(64510);
    expect(asnOn({ asn: 64500, stated: { cc: 'KZ', asn: 64510 } })).toBeNull();
  });

  it('sees a reflector’s certificate replaced', () => {
    const at = (mirror: TlsSays, target: TlsSays) =>
      sighted(
        shown({ chain: chains.unknown(HOST), failure: UNTRUSTED }, (d) => {
          const own = tlsStep(d, 'reflector', { ...mirror, sni: MIRROR });
          d.pair(
            AT_MIRROR('tls.chain_at_reflector'),
            own,
            tlsStep(d, 'reflector', { ...target, sni: HOST }),
            own,
          );
        }),
      );
    const forged = (host: string): TlsSays => ({ chain: chains.unknown(host), failure: UNTRUSTED });
    expect(at(forged(MIRROR), forged(HOST))).toMatchObject({
      forgedAtReflector: true,
      hosts: [MIRROR, HOST],
    });
    expect(at({ chain: MIRROR_CHAIN }, forged(HOST))).toMatchObject({
      forgedAtReflector: true,
      hosts: [HOST],
    });
    const own = { chain: MIRROR_CHAIN, failure: 'ssl_invalid_hostname' };
    expect(at({ chain: MIRROR_CHAIN }, own)).toMatchObject({ forgedAtReflector: false, hosts: [HOST] });
  });

  it('needs somebody’s word that the chain was put there, unless its maker is on record', () => {
    const alone = (chain: Chain): InterceptionFacts => {
      const d = draft(HTTPS_URL);
      names(d);
      d.tcp(IP, 443);
      d.tls({ chain, failure: UNTRUSTED });
      return factsOf(d);
    };
    expect(alone(chains.known(HOST)).sighting).toMatchObject({
      authority: KNOWN_AUTHORITY_ID,
      hosts: [HOST],
    });
    expect(alone(chains.imitation(HOST))).toMatchObject({ sighting: null, chains: [] });
    expect(alone(chains.unknown(HOST))).toMatchObject({ sighting: null, chains: [] });
  });

  it('is the site’s own side’s where the verdict is local', () => {
    const d = by(chains.unknown(HOST));
    const spki = sighted(d).spki!;
    const x_interception = {
      spki_sha256: spki,
      in_device_store: true,
      on_other_network: true,
      first_met: true,
    };
    expect(sighted(d, { x_interception })).toMatchObject({ local: true, firstMet: true });
  });
});

describe('what anybody could write', () => {
  const d = by(chains.unknown(HOST));
  const hosts = (...list: string[]): readonly string[] => sighted(d, {}, { names: list }).hosts;

  it('counts as names only where it can be one: lower case, each once, sorted', () => {
    expect(
      hosts('b.example', 'A.Example', 'a.example', '_dmarc.a-b.example', '192.0.2.1', '2001:db8::1'),
    ).toEqual(['192.0.2.1', '2001:db8::1', '_dmarc.a-b.example', 'a.example', 'b.example']);
    const long = `${'a'.repeat(60)}.`.repeat(4);
    expect(hosts(`${long}${'b'.repeat(9)}`, `${long}${'b'.repeat(10)}`)).toEqual([`${long}${'b'.repeat(9)}`]);
    for (const odd of [
      '-a.example',
      'a-.example',
      'a..example',
      '.a',
      'a.',
      'a b',
      'a/b',
      'ä.example',
      '<b>',
    ])
      expect(hosts(odd, 'a.example'), odd).toEqual(['a.example']);
  });

  it('is the target where none of the names is one', () => {
    expect(sighted(by(chains.known(HOST)), {}, { names: ['?'] }).hosts).toEqual([HOST]);
    expect(factsOf(d, {}, { names: ['?'] }).sighting).toBeNull();
  });

  it('is at most 16 names, and a name of 200 characters without what moves a cursor', () => {
    const many = Array.from({ length: 17 }, (_, i) => `n${String(i).padStart(2, '0')}.example`);
    expect(hosts(...many)).toEqual(many.slice(0, 16));
    const nameless = { spki: null };
    const called = (name: string | null) => sighted(by(chains.known(HOST)), {}, { name, ...nameless }).name;
    expect(called('CN=a\u001b[2J\u202eb')).toBe('CN=a\ufffd[2J\ufffdb');
    expect(called('x'.repeat(201))).toBe('x'.repeat(200));
    expect(called(null)).toBeNull();
  });

  it('is a key only as 64 lower-case hex digits', () => {
    const known = by(chains.knownWhole(HOST));
    for (const [spki, kept] of [
      ['ab'.repeat(32), true],
      ['AB'.repeat(32), false],
      ['ab'.repeat(31), false],
      ['ab'.repeat(33), false],
      [null, false],
    ] as const)
      expect(sighted(known, {}, { spki }).spki).toBe(kept ? spki : null);
  });

  it('is a region only as one of the country', () => {
    expect(regionOf({ region: 'KZ-75' })).toBe('KZ-75');
    expect(regionOf({ region: 'KZ-ALA' })).toBe('KZ-ALA');
    for (const odd of [
      null,
      undefined,
      'KZ-75',
      {},
      { region: 75 },
      { region: null },
      { region: 'KZ-' },
      { region: 'KZ-ALMA' },
      { region: 'xKZ-75' },
      { region: 'KZ-75x' },
      { region: 'KZ-al' },
      { region: 'RU-75' },
    ])
      expect(regionOf(odd)).toBeNull();
  });
});

describe('a genuine chain', () => {
  const own = (says: TlsSays = { chain: SITE_CHAIN }, then?: (d: Draft) => void): Draft => {
    const d = shown(says, then);
    d.network({ asn: 64500 });
    return d;
  };

  it('is one for each name of its own, where nothing was intercepted', () => {
    expect(factsOf(own())).toEqual({
      sighting: null,
      chains: [],
      clean: [
        { measurementId: ID, startTime: '2026-11-20 10:00:00', pseudonym: 'key', asn: 64500, host: HOST },
      ],
    });
  });

  it('says nothing where its network is not known', () => {
    expect(factsOf(shown({ chain: SITE_CHAIN })).clean).toEqual([]);
  });

  it('has to be trusted each time', () => {
    expect(factsOf(own({ chain: chains.expired(HOST), failure: 'ssl_invalid_certificate' })).clean).toEqual(
      [],
    );
    const sometimes = own({ chain: SITE_CHAIN }, (d) => {
      d.tcp(OTHER_IP, 443);
      d.tls({ chain: chains.expired(HOST), failure: 'ssl_invalid_certificate' });
    });
    expect(factsOf(sometimes).clean).toEqual([]);
    // A handshake without a chain says nothing for or against.
    const dead = own({ chain: SITE_CHAIN }, (d) => {
      d.tcp(OTHER_IP, 443);
      d.tls({ failure: 'connection_reset' });
    });
    expect(factsOf(dead).clean).toHaveLength(1);
  });

  it('is not one of a pair, nor the control’s', () => {
    const paired = own({ failure: 'connection_reset' }, (d) => {
      const step = tlsStep(d, 'reflector', { chain: MIRROR_CHAIN, sni: MIRROR });
      d.pair(AT_MIRROR('tls.chain_at_reflector'), step, step, step);
    });
    expect(factsOf(paired).clean).toEqual([]);
  });
});
