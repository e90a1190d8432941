/** What the device says of itself excuses a network only where everything fits; it accuses nobody. */
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../shared/codec/x509.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { CHAINS_REMOVED } from '../../../shared/model/interception.ts';
import type { InterceptionNote, Verdict } from '../../../shared/model/index.ts';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import { chains, STORED, type Chain } from '../../golden/chains.ts';
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
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';

const UNTRUSTED = 'ssl_unknown_authority';
const forged = (chain: Chain): TlsSays => ({ chain, failure: UNTRUSTED });
function spkiOf(der: Uint8Array): string {
  const certificate = parseCertificate(der);
  if ('error' in certificate) throw new Error(certificate.error);
  return sha256Hex(certificate.publicKey.der);
}
const firedIds = ({ rules }: Verdict): readonly string[] => rules.map(({ id }) => id);

describe('an authority that goes with the device', () => {
  const RULE = 'local.authority_follows_device';
  const MET: InterceptionNote = {
    spki_sha256: spkiOf(STORED.unknown),
    in_device_store: true,
    on_other_network: true,
    first_met: true,
  };
  interface Scene {
    readonly note?: Partial<InterceptionNote> | null;
    readonly site?: TlsSays;
    readonly mirror?: TlsSays | null;
    readonly control?: Parameters<Draft['control']>[0];
  }
  function fires({
    note = {},
    site = forged(chains.unknown(HOST)),
    mirror = null,
    control = CONTROL_GETS_ALL,
  }: Scene) {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls(site);
    if (mirror !== null) {
      const own = tlsStep(d, 'reflector', { ...mirror, sni: MIRROR });
      d.pair(
        AT_MIRROR('tls.chain_at_reflector'),
        own,
        tlsStep(d, 'reflector', { ...mirror, sni: HOST }),
        own,
      );
    }
    d.control(control);
    const document = { ...d.document(), ...(note === null ? {} : { x_interception: { ...MET, ...note } }) };
    return firedIds(judged(document).verdict).includes(RULE);
  }

  test('is trusted by it, or answers for our own server', () => {
    expect(fires({})).toBe(true);
    for (const in_device_store of [false, null]) {
      expect(fires({ note: { in_device_store } })).toBe(false);
      expect(fires({ note: { in_device_store }, mirror: forged(chains.unknown(MIRROR)) })).toBe(true);
      // Somebody else’s there is not it.
      expect(fires({ note: { in_device_store }, mirror: forged(chains.named(MIRROR)) })).toBe(false);
      expect(fires({ note: { in_device_store }, mirror: { chain: MIRROR_CHAIN } })).toBe(false);
    }
  });

  test.each<[string, Scene]>([
    ['nothing was said', { note: null }],
    ['it was met on this network alone', { note: { on_other_network: false } }],
    ['whose network this is isn’t known', { note: { on_other_network: null } }],
    ['the note is about another authority', { note: { spki_sha256: '00'.repeat(32) } }],
    ['the chain shows no key', { site: forged(chains.named(HOST)) }],
    ['the site’s chain is genuine', { site: { chain: SITE_CHAIN } }],
    // A key on record, and even its name, is no device’s own.
    ['an authority on record was met', { mirror: forged(chains.knownWhole(MIRROR)) }],
    ['somebody under its name was met', { mirror: forged(chains.imitation(MIRROR)) }],
  ])('not where %s', (_, scene) => {
    expect(fires(scene)).toBe(false);
  });

  test('not where the control is shown the same', () => {
    const site = forged(chains.unknown(HOST));
    expect(fires({ site, control: { ...CONTROL_GETS_ALL, tls: { [SECURE]: site } } })).toBe(false);
  });
});

describe('chains that the device kept back', () => {
  const RULE = 'local.product_chain_kept_back';
  const SILENT: TlsSays = { failure: UNTRUSTED };
  function fires(handshakes: readonly TlsSays[], annotation: string | null = CHAINS_REMOVED): boolean {
    const d = draft(HTTPS_URL);
    names(d, [IP, OTHER_IP]);
    for (const [i, says] of handshakes.entries()) {
      d.tcp(i === 0 ? IP : OTHER_IP, 443);
      d.tls(says);
    }
    d.control(CONTROL_GETS_ALL);
    const document = d.document();
    const annotations = annotation === null ? {} : { chains_removed: annotation };
    return firedIds(judged({ ...document, annotations }).verdict).includes(RULE);
  }
  test('leave handshakes that failed for their chain and show none', () => {
    expect(fires([SILENT])).toBe(true);
    expect(fires([SILENT, { failure: 'connection_reset' }])).toBe(true);
  });
  test.each<[string, readonly TlsSays[], string | null]>([
    ['the document doesn’t say so', [SILENT], null],
    ['it says something else', [SILENT], 'yes'],
    ['the handshake failed otherwise', [{ failure: 'connection_reset' }], CHAINS_REMOVED],
    ['a chain is there', [forged(chains.unknown(HOST))], CHAINS_REMOVED],
    ['another’s chain is there', [SILENT, { chain: SITE_CHAIN }], CHAINS_REMOVED],
    ['an authority on record was met', [SILENT, forged(chains.known(HOST))], CHAINS_REMOVED],
  ])('not where %s', (_, handshakes, annotation) => {
    expect(fires(handshakes, annotation)).toBe(false);
  });
});
