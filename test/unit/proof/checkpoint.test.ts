import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../shared/codec/base64.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { signNote, verifierKey } from '../../../shared/codec/signed-note.ts';
import {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../../shared/proof/checkpoint.ts';
import { EMPTY_ROOT } from '../../../shared/proof/merkle.ts';

// c2sp.org/tlog-checkpoint, the example at the top.
const SPEC_TEXT = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const SPEC_ROOT = fromBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=');

const SEED = new Uint8Array(32).fill(1);
const WITNESS_SEED = new Uint8Array(32).fill(2);
const ORIGIN = 'log.example/kz';
const LOG = verifierKey(ORIGIN, publicKeyOf(SEED));
const WITNESS = verifierKey('witness.example', publicKeyOf(WITNESS_SEED));
const ROOT = new Uint8Array(32).fill(8);
const line = (note: string): string => note.slice(note.lastIndexOf('\n\n') + 2);

describe('checkpoint', () => {
  it('reads and writes the example of the specification', () => {
    const checkpoint = {
      origin: 'example.com/behind-the-sofa',
      size: 20852163,
      root: SPEC_ROOT,
      extensions: [],
    };
    expect(parseCheckpoint(SPEC_TEXT)).toEqual({ ok: checkpoint });
    expect(formatCheckpoint({ ...checkpoint, root: SPEC_ROOT ?? EMPTY_ROOT })).toBe(SPEC_TEXT);
  });

  it('round-trips', () => {
    const text = fc.stringMatching(/^[ -~]{1,30}$/);
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(
        fc.record({ origin: text, size, root, extensions: fc.array(text, { maxLength: 3 }) }),
        (checkpoint) => {
          expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual({ ok: checkpoint });
        },
      ),
    );
  });

  const good = formatCheckpoint({ origin: ORIGIN, size: 10, root: ROOT });
  it.each([
    ['no final newline', good.slice(0, -1)],
    ['two lines', `${ORIGIN}\n10\n`],
    ['an empty origin', good.replace(ORIGIN, '')],
    ['an empty extension line', `${good}\n`],
    ['a leading zero', good.replace('10', '010')],
    ['a plus sign', good.replace('10', '+10')],
    ['a negative size', good.replace('10', '-10')],
    ['a size in other digits', good.replace('10', '١٠')],
    ['a size beyond 2^53', good.replace('10', '9007199254740992')],
    ['an exponent', good.replace('10', '1e1')],
    ['a short root', good.replace(toBase64(ROOT), toBase64(ROOT.slice(1)))],
    ['a root without padding', good.replace('=', '')],
    ['an empty tree with a root', good.replace('10', '0')],
  ])('refuses %s', (_what, text) => {
    expect(parseCheckpoint(text)).toHaveProperty('error', 'malformed_checkpoint');
  });

  it('knows the empty tree', () => {
    const empty = { origin: ORIGIN, size: 0, root: EMPTY_ROOT, extensions: [] };
    expect(parseCheckpoint(formatCheckpoint(empty))).toEqual({ ok: empty });
  });

  it('opens what the log signed, witnesses named after it', () => {
    const note = signCheckpoint({ origin: ORIGIN, size: 10, root: ROOT }, SEED);
    const checkpoint = { origin: ORIGIN, size: 10, root: ROOT, extensions: [] };
    expect(openCheckpoint(note, [LOG])).toEqual({ ok: { checkpoint, signedBy: [LOG] } });
    const cosigned = `${good}\n${line(signNote(good, { name: WITNESS.name, seed: WITNESS_SEED }))}${line(note)}`;
    expect(openCheckpoint(cosigned, [WITNESS, LOG])).toEqual({
      ok: { checkpoint, signedBy: [LOG, WITNESS] },
    });
  });

  it('lets nobody else speak for the log', () => {
    const byWitness = signNote(good, { name: WITNESS.name, seed: WITNESS_SEED });
    expect(openCheckpoint(byWitness, [LOG, WITNESS])).toEqual({
      error: 'not_signed_by_origin',
      detail: ORIGIN,
    });
    expect(openCheckpoint(byWitness, [LOG])).toEqual({ error: 'unknown_signer' });
    const impostor = signNote(good, { name: ORIGIN, seed: WITNESS_SEED });
    expect(openCheckpoint(impostor, [LOG])).toEqual({ error: 'unknown_signer' });
    const grown = signCheckpoint({ origin: ORIGIN, size: 10, root: ROOT }, SEED).replace('\n10\n', '\n11\n');
    expect(openCheckpoint(grown, [LOG])).toHaveProperty('error', 'bad_signature');
    const notATree = signNote('some text\n', { name: ORIGIN, seed: SEED });
    expect(openCheckpoint(notATree, [LOG])).toHaveProperty('error', 'malformed_checkpoint');
  });

  it('does not write what it would not read', () => {
    const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
    expect(() => formatCheckpoint({ origin: '', size: 1, root: ROOT })).toThrow(code('bad_text'));
    expect(() => formatCheckpoint({ origin: 'a\nb', size: 1, root: ROOT })).toThrow(code('bad_text'));
    expect(() => formatCheckpoint({ origin: 'a', size: 1, root: ROOT, extensions: [''] })).toThrow(
      code('bad_text'),
    );
    expect(() => formatCheckpoint({ origin: 'a', size: -1, root: ROOT })).toThrow(code('bad_size'));
    expect(() => formatCheckpoint({ origin: 'a', size: 1, root: ROOT.slice(1) })).toThrow(code('bad_size'));
  });
});
