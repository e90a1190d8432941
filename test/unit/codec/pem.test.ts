import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parsePem, toPem } from '../../../shared/codec/pem.ts';

describe('PEM', () => {
  it('reads back what it writes, among comments and other labels', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }), (all) => {
        const text = all
          .map((der, i) => `# root ${i}\r\n${toPem(der)}${toPem(der, 'PRIVATE KEY')}`)
          .join('\n');
        expect(parsePem(text)).toEqual({ blocks: all, errors: [] });
      }),
    );
  });

  it('names the block that is broken and reads the others', () => {
    const good = toPem(Uint8Array.of(1, 2, 3));
    const text = `${good}-----BEGIN CERTIFICATE-----\nA*==\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n${good}`;
    expect(parsePem(text)).toEqual({
      blocks: [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)],
      errors: ['block 2 is not base64', 'block 3 has no end'],
    });
  });

  it('never throws', () => {
    const pieces = fc.constantFrom(
      '-----BEGIN CERTIFICATE-----',
      '-----END CERTIFICATE-----',
      'AAAA',
      '\n',
      '-----BEGIN ',
    );
    fc.assert(fc.property(fc.array(pieces), (text) => void parsePem(text.join(''))));
  });
});
