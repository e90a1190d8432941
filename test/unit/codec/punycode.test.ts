import { domainToASCII, domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePunycode, shownDomain } from '../../../shared/codec/punycode.ts';

describe('punycode', () => {
  it('shows a name in its own letters, and what it is in DNS', () => {
    expect(shownDomain(domainToASCII('қазақша.қаз'))).toBe(`қазақша.қаз (${domainToASCII('қазақша.қаз')})`);
    expect(shownDomain('plain.example')).toBe('plain.example');
  });

  it('agrees with another implementation', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'әғқңөұүһіабвгдежзийклмнопрстуфхцчшщъыьэюяçğışöüßñ日本語ελληνικά0a'),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(letters, (name) => {
        const ascii = domainToASCII(`${name}.kz`);
        fc.pre(ascii.startsWith('xn--'));
        expect(shownDomain(ascii)).toBe(`${domainToUnicode(ascii)} (${ascii})`);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('leaves alone what is no such name, and what could be drawn as another', () => {
    for (const name of [
      'xn--.example',
      'xn--a.example',
      'xn--99999999999.example',
      `xn--${'a'.repeat(70)}.kz`,
    ])
      expect(shownDomain(name)).not.toContain('�');
    expect(decodePunycode('A')).toBeNull();
    // A left-to-right mark and a zero-width joiner.
    for (const name of ['xn--a-ugn', 'xn--ab-m1t']) expect(shownDomain(name)).not.toMatch(/[\u200b-\u200f]/);
  });

  it('never throws, whatever a volunteer made up', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(typeof shownDomain(`xn--${text}`)).toBe('string');
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
