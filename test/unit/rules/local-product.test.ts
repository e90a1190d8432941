/** A security product on the device reads everything, under one name; whoever is choosier is somebody else. */
import { describe, expect, test } from 'vitest';
import { createJudgeContext, judgeCase } from '../../../shared/judge/index.ts';
import type { Verdict } from '../../../shared/model/index.ts';
import { productNamed, productOf } from '../../../shared/rules/local-product.ts';
import { draft, type TlsSays } from '../../golden/build.ts';
import { chains, INTERCEPTION_JSON, ROOTS_PEM, type Chain } from '../../golden/chains.ts';
import { KNOWN_SERVERS, MIRROR_IDENTITY } from '../../golden/context.ts';
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
  tlsStep,
} from '../../golden/scenes.ts';
import {
  basicConstraints,
  keyUsage,
  makeCertificate,
  makeKey,
  makeLeaf,
  name,
  tlv,
  type Authority,
} from '../codec/helpers/certificate-maker.ts';

const RULE = 'local.security_product';
const UNTRUSTED = 'ssl_unknown_authority';
const DEAD: TlsSays = { failure: 'connection_reset' };
const PRODUCTS = [
  { id: 'shield', vendor: 'Lab', name: { CN: 'Shield Root' } },
  { id: 'guard', vendor: 'Lab', name: { CN: 'Guard Root' } },
];

const contextWith = (...roots: readonly object[]) =>
  createJudgeContext({
    rootsPem: ROOTS_PEM,
    interceptionJson: [INTERCEPTION_JSON, JSON.stringify({ version: 1, roots, products: PRODUCTS })],
    blockpagesCsv: '',
    resolversCsv: '',
    networksCsv: '',
    servers: KNOWN_SERVERS,
  });
const CONTEXT = contextWith();

function authority(attributes: Readonly<Record<string, string>>): Authority {
  const [own, key] = [name(attributes), makeKey('p256')];
  const parts = { subject: own, issuer: own, publicKey: key.publicKey, signWith: key.privateKey };
  return {
    name: own,
    key,
    der: makeCertificate({ ...parts, extensions: [basicConstraints(true), keyUsage(4)] }),
  };
}
const keyId = (hex: string) => ({ oid: '2.5.29.35', value: tlv(0x30, tlv(0x80, Buffer.from(hex, 'hex'))) });
/** The root is not sent, as most products do. */
const by = (maker: Authority, host: string, id?: string): Chain => [
  makeLeaf(maker, [host], id === undefined ? {} : { more: [keyId(id)] }),
];
const forged = (chain: Chain): TlsSays => ({ chain, failure: UNTRUSTED });

interface Scene {
  readonly site: TlsSays;
  readonly before: TlsSays;
  readonly after?: TlsSays;
  readonly suspect?: TlsSays;
  readonly where?: 'reflector' | 'site';
  readonly context?: typeof CONTEXT;
  /** What the device says of its store. */
  readonly inStore?: boolean | null;
}
function judgedOn({
  site,
  before,
  after = before,
  suspect = site,
  where = 'reflector',
  context = CONTEXT,
  inStore,
}: Scene) {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(site);
  const innocuous = (says: TlsSays) =>
    tlsStep(d, where, { ...says, sni: where === 'site' ? 'example.com' : MIRROR });
  d.pair(
    where === 'site' ? AT_SITE('tls.chain_at_address') : AT_MIRROR('tls.chain_at_reflector'),
    innocuous(before),
    tlsStep(d, where, { ...suspect, sni: HOST }),
    innocuous(after),
  );
  d.control(CONTROL_GETS_ALL);
  const note = {
    spki_sha256: 'ab'.repeat(32),
    in_device_store: inStore ?? null,
    on_other_network: null,
    first_met: true,
  };
  const said = inStore === undefined ? {} : { x_interception: note };
  const result = judgeCase({ ...d.document(), ...said }, context);
  if ('problems' in result) throw new Error('not judged');
  return result;
}
const verdictOn = (scene: Scene): Verdict => judgedOn(scene).verdict;
const fires = (scene: Scene): boolean => verdictOn(scene).rules.some(({ id }) => id === RULE);

const shield = authority({ O: 'Lab', CN: 'Shield Root' });
const site = forged(by(shield, HOST));
const mirror = forged(by(shield, MIRROR));

describe('a product', () => {
  test('reads the site and our server, before and after', () => {
    expect(verdictOn({ site, before: mirror })).toMatchObject({
      outcome: 'local',
      cause: 'local_interception',
    });
  });

  test.each<[string, Scene]>([
    ['spares our server', { site, before: { chain: MIRROR_CHAIN } }],
    ['spares it before', { site, before: { chain: MIRROR_CHAIN }, after: mirror }],
    ['spares it after', { site, before: mirror, after: { chain: MIRROR_CHAIN } }],
    ['leaves it its own key', { site, before: mirror, after: forged(MIRROR_IDENTITY.chain) }],
    ['was not seen there', { site, before: DEAD, suspect: site }],
    ['was seen there over the target’s name alone', { site, before: DEAD }],
    ['was seen at the site’s own address alone', { site, before: mirror, where: 'site' }],
    ['is another’s there', { site, before: forged(chains.unknown(MIRROR)) }],
    ['is a stranger’s here', { site: forged(chains.unknown(HOST)), before: mirror }],
    ['its own device does not trust', { site, before: mirror, inStore: false }],
    ['made no chain here', { site: DEAD, before: mirror, suspect: site }],
  ])('that %s is none', (_, scene) => {
    expect(fires(scene)).toBe(false);
    expect(verdictOn(scene).outcome).not.toBe('local');
  });

  test('is one whether the device trusts it or could not look', () => {
    expect(fires({ site, before: mirror, inStore: true })).toBe(true);
    expect(fires({ site, before: mirror, inStore: null })).toBe(true);
  });

  test('was seen once of twice, the other time nothing came', () => {
    expect(fires({ site, before: mirror, after: DEAD })).toBe(true);
    expect(fires({ site, before: DEAD, after: mirror })).toBe(true);
  });

  test('whose key is on record is what the record says', () => {
    const key = shield.key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const context = contextWith({ id: 'r', public_key: key });
    expect(verdictOn({ site, before: mirror, context })).toMatchObject({
      outcome: 'interfered',
      authority: 'r',
    });
    expect(fires({ site, before: mirror, context })).toBe(false);
  });
});

describe('two certificates that show no key have one maker', () => {
  const [here, there] = [authority({ O: 'A', CN: 'Shield Root' }), authority({ O: 'B', CN: 'Shield Root' })];
  const guard = authority({ O: 'A', CN: 'Guard Root' });
  const pair = (a: Chain, b: Chain): boolean => fires({ site: forged(a), before: forged(b) });
  test.each<[string, Chain, Chain, boolean]>([
    ['by the product’s name', by(here, HOST), by(there, MIRROR), true],
    ['by the key number too', by(here, HOST, 'aa'), by(there, MIRROR, 'aa'), true],
    ['not by two key numbers', by(here, HOST, 'aa'), by(there, MIRROR, 'bb'), false],
    ['not where one of them has none', by(here, HOST, 'aa'), by(there, MIRROR), false],
    ['not by two products’ names', by(here, HOST), by(guard, MIRROR), false],
    [
      'not where both keys were shown',
      [...by(here, HOST), here.der],
      [...by(there, MIRROR), there.der],
      false,
    ],
  ])('%s', (_, a, b, same) => {
    expect(pair(a, b)).toBe(same);
  });
});

describe('whose product it is', () => {
  const observed = (says: TlsSays) => {
    const { case: c } = judgedOn({ site: says, before: DEAD });
    return productOf(c, c.hops[0]!.tls[0]!)?.id;
  };
  test('is told by the last certificate’s issuer, where no root vouches for it', () => {
    expect(observed(site)).toBe('shield');
    expect(observed(forged([...by(shield, HOST), shield.der]))).toBe('shield');
    expect(observed(forged(chains.unknown(HOST)))).toBeUndefined();
    expect(observed({ chain: chains.trusted(HOST) })).toBeUndefined();
    expect(observed(DEAD)).toBeUndefined();
    expect(observed(forged([...by(shield, HOST), new Uint8Array([1, 2, 3])]))).toBeUndefined();
  });

  test('by all attributes on record, and perhaps others', () => {
    const named = (attributes: Readonly<Record<string, string>>) =>
      productNamed(
        Object.entries(attributes).map(([type, value]) => ({ type, value })),
        { products: [{ id: 'p', vendor: '', name: { O: 'Lab', CN: 'Shield' } }] },
      )?.id;
    expect(named({ O: 'Lab', CN: 'Shield' })).toBe('p');
    expect(named({ CN: 'Shield', C: 'KZ', O: 'Lab' })).toBe('p');
    expect(named({ CN: 'Shield' })).toBeUndefined();
    expect(named({ O: 'Lab', CN: 'Shields' })).toBeUndefined();
    expect(named({})).toBeUndefined();
  });
});
