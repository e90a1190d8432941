import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { verifierKey } from '../../../shared/codec/signed-note.ts';
import { signCheckpoint } from '../../../shared/proof/checkpoint.ts';
import { leafData } from '../../../shared/proof/leaf.ts';
import { inclusionProof, leafHash, nodesToStore, rootFrom } from '../../../shared/proof/merkle.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../../shared/proof/tlog-proof.ts';

const SEED = new Uint8Array(32).fill(1);
const ORIGIN = 'log.example/kz';
const LOG = verifierKey(ORIGIN, publicKeyOf(SEED));
const SIZE = 11;

const nodes = new Map<string, Uint8Array>();
const read = (level: number, index: number): Uint8Array =>
  nodes.get(`${level}/${index}`) ?? expect.fail(`no node ${level}/${index}`);
const entries = Array.from({ length: SIZE }, (_, i) =>
  leafData(new Uint8Array(32).fill(i), utf8(`payload ${i}`)),
);
entries.forEach((entry, i) => {
  for (const { level, index, hash } of nodesToStore(i, leafHash(entry), read))
    nodes.set(`${level}/${index}`, hash);
});
const checkpoint = signCheckpoint({ origin: ORIGIN, size: SIZE, root: rootFrom(SIZE, read) }, SEED);
const textOf = (index: number): string =>
  formatTlogProof({ index, proof: inclusionProof(index, SIZE, read), checkpoint });
const errorOf = (text: string, entry = entries[4] ?? expect.fail()): string => {
  const result = verifyTlogProof({ text, leafData: entry, vkeys: [LOG] });
  return 'error' in result ? result.error : expect.fail('verified');
};

describe('tlog proof', () => {
  it('verifies every entry of a log', () => {
    entries.forEach((entry, index) => {
      expect(verifyTlogProof({ text: textOf(index), leafData: entry, vkeys: [LOG] })).toEqual({
        ok: { index, size: SIZE, origin: ORIGIN, root: rootFrom(SIZE, read), signedBy: [LOG] },
      });
    });
  });

  it('has the text of the specification', () => {
    const hash = new Uint8Array(32);
    const parts = { index: 73894, proof: [hash, hash], checkpoint: 'c\n' };
    const rest = `index 73894\n${toBase64(hash)}\n${toBase64(hash)}\n\nc\n`;
    expect(formatTlogProof(parts)).toBe(`c2sp.org/tlog-proof@v1\n${rest}`);
    expect(formatTlogProof({ ...parts, extra: utf8('note') })).toBe(
      `c2sp.org/tlog-proof@v1\nextra bm90ZQ==\n${rest}`,
    );
    expect(formatTlogProof({ index: 0, proof: [], checkpoint: 'c\n' })).toBe(
      'c2sp.org/tlog-proof@v1\nindex 0\n\nc\n',
    );
  });

  it('round-trips', () => {
    const proofs = fc.record({
      index: fc.maxSafeNat(),
      proof: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 53 }),
      extra: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 })),
      checkpoint: fc.constant(checkpoint),
    });
    fc.assert(
      fc.property(proofs, (proof) => {
        expect(parseTlogProof(formatTlogProof(proof))).toEqual({ ok: proof });
      }),
    );
  });

  it('says what is wrong', () => {
    const text = textOf(4);
    expect(errorOf(text, entries[5])).toBe('not_included');
    expect(errorOf(text.replace('index 4', 'index 5'))).toBe('not_included');
    expect(errorOf(text.replace('\n11\n', '\n12\n'))).toBe('bad_signature');
    expect(verifyTlogProof({ text, leafData: entries[4] ?? expect.fail(), vkeys: [] })).toEqual({
      error: 'unknown_signer',
    });
    // A correct proof under a checkpoint of another key with the log's name.
    const forged = signCheckpoint(
      { origin: ORIGIN, size: SIZE, root: rootFrom(SIZE, read) },
      new Uint8Array(32).fill(9),
    );
    expect(errorOf(text.replace(checkpoint, forged))).toBe('unknown_signer');
  });

  const good = textOf(4);
  const [firstHash = ''] = good.split('\n').slice(2);
  it.each([
    ['another version', good.replace('@v1', '@v2')],
    ['no empty line', good.replaceAll('\n\n', '\n')],
    ['no index', good.replace('index 4\n', '')],
    ['an index with a leading zero', good.replace('index 4', 'index 04')],
    ['an index beyond 2^53', good.replace('index 4', 'index 9007199254740992')],
    ['a space after the index', good.replace('index 4', 'index 4 ')],
    ['empty extra data', good.replace('index 4', 'extra \nindex 4')],
    ['extra data that is not base64', good.replace('index 4', 'extra !\nindex 4')],
    ['extra data twice', good.replace('index 4', 'extra YQ==\nextra YQ==\nindex 4')],
    ['extra data after the index', good.replace('index 4', 'index 4\nextra YQ==')],
    ['a short hash', good.replace(firstHash, firstHash.slice(4))],
    ['a hash without padding', good.replace(firstHash, firstHash.slice(0, -1))],
    ['54 hashes', good.replace(firstHash, `${firstHash}\n`.repeat(54).trimEnd())],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
    ['a megabyte', good + 'x'.repeat(1024 * 1024)],
  ])('refuses %s', (_what, text) => {
    expect(errorOf(text)).toBe('malformed_proof');
  });

  it('never verifies a proof with a character changed, and never throws', () => {
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.constantFrom('A', '0', '\n', ' ', '+', '—', '\u0000'),
        (at, put) => {
          fc.pre(good[at] !== put);
          const result = verifyTlogProof({
            text: good.slice(0, at) + put + good.slice(at + 1),
            leafData: entries[4] ?? expect.fail(),
            vkeys: [LOG],
          });
          expect(result).toHaveProperty('error');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('does not write what it would not read', () => {
    const bad = expect.objectContaining({ code: 'bad_size' }) as Error;
    const parts = { index: 0, proof: [], checkpoint };
    expect(() => formatTlogProof({ ...parts, index: -1 })).toThrow(bad);
    expect(() => formatTlogProof({ ...parts, proof: [new Uint8Array(31)] })).toThrow(bad);
    expect(() => formatTlogProof({ ...parts, extra: new Uint8Array(0) })).toThrow(bad);
    expect(() => formatTlogProof({ ...parts, checkpoint: 'x' })).toThrow(
      expect.objectContaining({ code: 'bad_text' }),
    );
  });
});
