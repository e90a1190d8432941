/** What a volunteer reads of an interception: one sentence a fact, in three languages. */
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { explainInterception } from '../../../shared/judge/index.ts';
import type { ForgeryPoint, Interception, InterceptionNote, Verdict } from '../../../shared/model/index.ts';
import { draft } from '../../golden/build.ts';
import { chains, KNOWN_AUTHORITY_ID } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../../golden/scenes.ts';

function verdictOn(chain: readonly Uint8Array[]): Verdict {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ chain, failure: 'ssl_unknown_authority' });
  d.control({ ...CONTROL_GETS_ALL, tls: { [SECURE]: { chain: chains.issued(HOST) } } });
  return judged(d.document()).verdict;
}
const copied = verdictOn(chains.copied(HOST));
const withPart = (part: Partial<Interception>): Verdict => ({
  ...copied,
  interception: { ...copied.interception!, ...part },
});
const said = (part: Partial<Interception>): string[] => explainInterception(withPart(part), 'en');

describe('an interception in words', () => {
  it('is nothing where there was none, or in a verdict of an earlier version', () => {
    const clean = verdictOn(chains.reissued(HOST));
    expect(clean.interception).toBeNull();
    expect(explainInterception(clean, 'en')).toEqual([]);
    const { interception: _, ...earlier } = copied;
    expect(explainInterception(earlier as Verdict, 'en')).toEqual([]);
  });

  it('says who, over which names, and how it was forged', () => {
    expect(explainInterception(copied, 'en')).toEqual([
      'Nobody has this authority on record; it calls itself “C=KZ, CN=Golden Gateway”.',
      `In this measurement it took the place of: ${HOST}.`,
      'Both its dates are those of the real certificate, moved by -6 h.',
      'Its number begins as the real certificate’s does: 6 of 10 bytes are equal.',
      'Its key is not the site’s.',
      'It was issued by somebody else than the real certificate.',
    ]);
  });

  it('names an authority on record by its id, and what told', () => {
    expect(explainInterception(verdictOn(chains.known(HOST)), 'en')[0]).toBe(
      `Whoever did it is on record: ${KNOWN_AUTHORITY_ID}, known by its signature.`,
    );
    expect(explainInterception(verdictOn(chains.imitation(HOST)), 'en')[0]).toContain(
      `has another key (imitates:${KNOWN_AUTHORITY_ID})`,
    );
  });

  it('says what triggers it only where that is clear', () => {
    const trigger = { keyed: 'sni', sparesUntrusted: true, answers: [] } as const;
    expect(said({ trigger }).slice(-2)).toEqual([
      'It happens where the name of the site is said, to whatever address.',
      'Servers that browsers don’t trust anyway are left alone.',
    ]);
    const unclear = said({ trigger: { keyed: 'unclear', sparesUntrusted: false, answers: [] } });
    expect(unclear).toEqual(explainInterception(copied, 'en'));
  });

  it('says whether the device trusts that authority, and nothing of another', () => {
    const { spki } = copied.interception!;
    const note = (in_device_store: boolean | null, spki_sha256 = spki!): InterceptionNote => ({
      spki_sha256,
      in_device_store,
      on_other_network: null,
      first_met: true,
    });
    const last = (device: InterceptionNote) => explainInterception(copied, 'en', device).slice(6);
    expect(last(note(true))).toEqual([
      'This device trusts that authority: programs on it show no warning, and what they send can be read.',
    ]);
    expect(last(note(false))).toEqual([
      'This device doesn’t trust that authority: browsers warn before anything is sent.',
    ]);
    expect(last(note(null))).toEqual([]);
    expect(last(note(true, '00'.repeat(32)))).toEqual([]);
  });

  it('keeps long lists and long names short', () => {
    const many = Array.from({ length: 20 }, (_, i) => `n${i}.example`);
    const [who, where] = said({ name: 'x'.repeat(5_000), names: many });
    expect(who!.length).toBeLessThan(200);
    expect(where).toContain('n7.example, …');
    expect(where).not.toContain('n8.example');
    expect(said({ name: null })[0]).toBe('Nobody has this authority on record, and it gives no name.');
  });

  it.each(LANGUAGES)('has a sentence for everything in %s', (language) => {
    const forgery: ForgeryPoint[] = [
      { point: 'subject_copied' },
      { point: 'names_copied' },
      { point: 'names_from_sni' },
      { point: 'dates_shifted', hours: -6 },
      { point: 'serial_prefix', equal: 14, of: 18 },
      { point: 'extensions_gone', oids: ['2.5.29.15', '2.5.29.19'] },
      { point: 'key_differs' },
      { point: 'issuer_replaced' },
    ];
    for (const keyed of ['sni', 'address', 'everything', 'unclear'] as const)
      for (const matchedBy of ['hash', 'key', 'key_id', 'signature', 'imitation', null] as const) {
        const trigger = { keyed, sparesUntrusted: true, answers: [] };
        const lines = explainInterception(withPart({ forgery, matchedBy, trigger }), language);
        expect(lines).toHaveLength(keyed === 'unclear' ? 11 : 12);
        for (const line of lines) expect(line).toMatch(/^[^{}]+\.$/);
        expect(new Set(lines).size).toBe(lines.length);
      }
  });
});
