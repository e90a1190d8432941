import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, toHex, utf8 } from '../../../shared/codec/base64.ts';
import { concatBytes } from '../../../shared/codec/bytes.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import type { VerifierKey } from '../../../shared/codec/signed-note.ts';
import {
  formatVerifierKey,
  noteKeyHash,
  openNote,
  parseVerifierKey,
  signNote,
  verifierKey,
} from '../../../shared/codec/signed-note.ts';

// c2sp.org/signed-note, the example under "Verifier keys".
const SPEC_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const SPEC_NOTE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

// golang.org/x/mod/sumdb/note, the example of the package documentation (private key, public key, note).
const GO_SEED = fromBase64('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz')?.subarray(1) ?? new Uint8Array();
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE = `${GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

function key(text: string): VerifierKey {
  const parsed = parseVerifierKey(text);
  return 'ok' in parsed ? parsed.ok : expect.fail(parsed.error);
}

const SEED = new Uint8Array(32).fill(5);
const OTHER_SEED = new Uint8Array(32).fill(6);
const OURS = verifierKey('log.example/kz', publicKeyOf(SEED));
const OTHER = verifierKey('witness.example', publicKeyOf(OTHER_SEED));
const signed = (text: string): string => signNote(text, { name: OURS.name, seed: SEED });
/** Only the signature line. */
const line = (note: string): string => note.slice(note.lastIndexOf('\n\n') + 2);

describe('signed note', () => {
  it('opens the examples of the specification and of the reference implementation', () => {
    expect(openNote(SPEC_NOTE, [key(SPEC_KEY)])).toEqual({
      ok: { text: 'This is an example message.\n', verifiedBy: [key(SPEC_KEY)] },
    });
    expect(openNote(utf8(GO_NOTE), [key(SPEC_KEY), key(GO_KEY)])).toEqual({
      ok: { text: GO_TEXT, verifiedBy: [key(GO_KEY)] },
    });
  });

  it('writes the reference implementation’s bytes', () => {
    expect(signNote(GO_TEXT, { name: 'PeterNeumann', seed: GO_SEED })).toBe(GO_NOTE);
    expect(formatVerifierKey('PeterNeumann', publicKeyOf(GO_SEED))).toBe(GO_KEY);
    expect(toHex(noteKeyHash('PeterNeumann', publicKeyOf(GO_SEED)))).toBe('c74f20a3');
  });

  it('round-trips any allowed text, empty lines and other scripts included', () => {
    const chars = fc.constantFrom('a', 'Қ', '😀', '\n', '—', ' ', '+', '=', '\u2028', '\u0085');
    fc.assert(
      fc.property(fc.string({ unit: chars, maxLength: 40 }), (body) => {
        const text = `${body}\n`;
        expect(openNote(signed(text), [OTHER, OURS])).toEqual({ ok: { text, verifiedBy: [OURS] } });
        expect(openNote(utf8(signed(text)), [OURS])).toEqual({ ok: { text, verifiedBy: [OURS] } });
      }),
      { numRuns: 40 },
    );
  });

  it('ignores unknown keys and names each known one once', () => {
    const text = 'tree\n';
    const both = `${signed(text)}${line(signNote(text, { name: OTHER.name, seed: OTHER_SEED }))}${line(signed(text))}`;
    expect(openNote(both, [OURS])).toEqual({ ok: { text, verifiedBy: [OURS] } });
    expect(openNote(both, [OTHER, OURS])).toEqual({ ok: { text, verifiedBy: [OURS, OTHER] } });
    expect(openNote(both, [])).toEqual({ error: 'unknown_signer' });
    // The same name with another key, and the same key hash under another name, are other keys.
    expect(openNote(signed(text), [verifierKey(OURS.name, OTHER.publicKey)])).toEqual({
      error: 'unknown_signer',
    });
    expect(openNote(signed(text), [{ ...OURS, name: 'else' }])).toEqual({ error: 'unknown_signer' });
  });

  it('refuses a note when a known key’s signature fails, even beside a good one', () => {
    const text = 'tree\n';
    const forged = `— ${OTHER.name} ${toBase64(concatBytes(OTHER.keyHash, new Uint8Array(64)))}\n`;
    const short = `— ${OTHER.name} ${toBase64(concatBytes(OTHER.keyHash, new Uint8Array(10)))}\n`;
    expect(openNote(signed(text) + forged, [OURS, OTHER])).toEqual({
      error: 'bad_signature',
      detail: OTHER.name,
    });
    expect(openNote(signed(text) + short, [OURS, OTHER])).toEqual({
      error: 'bad_signature',
      detail: OTHER.name,
    });
    expect(openNote(signed(text) + forged, [OURS])).toHaveProperty('ok');
    expect(openNote(signed(text).replace('tree', 'Tree'), [OURS])).toHaveProperty('error', 'bad_signature');
  });

  const note = signed('one\n\ntwo\n');
  const sigLine = line(note);
  it.each([
    ['no signature', 'one\n', 'malformed_note'],
    ['nothing', '', 'malformed_note'],
    ['a signature line only', sigLine, 'malformed_note'],
    ['no final newline', note.slice(0, -1), 'malformed_note'],
    ['a carriage return', note.replace('one', 'one\r'), 'malformed_note'],
    ['a tab', note.replace('one', '\tone'), 'malformed_note'],
    ['a lone surrogate', note.replace('one', '\ud800'), 'malformed_note'],
    ['a hyphen for the dash', note.replace('—', '-'), 'malformed_signature'],
    ['two spaces', note.replace('— ', '—  '), 'malformed_signature'],
    ['words after the signature', note.replace(/\n$/, ' x\n'), 'malformed_signature'],
    ['a name with a plus', note.replace('log.example', 'log+example'), 'malformed_signature'],
    ['a name with a no-break space', note.replace('log.example', 'log\u00a0example'), 'malformed_signature'],
    ['bad base64', note.replace(/.\n$/, '!\n'), 'malformed_signature'],
    ['a hash without a signature', `one\n\n— n ${toBase64(OURS.keyHash)}\n`, 'malformed_signature'],
    ['an empty line at the end', `${note}\n`, 'malformed_signature'],
    ['text behind the signatures', `${note}three\n`, 'malformed_signature'],
    ['65 signatures', note + sigLine.repeat(64), 'too_large'],
    ['a very long note', `${'x'.repeat(256 * 1024)}\n\n${sigLine}`, 'too_large'],
  ])('refuses %s', (_what, text, error) => {
    expect(openNote(text, [OURS])).toHaveProperty('error', error);
  });

  it('accepts 64 signatures and refuses bytes that are not UTF-8', () => {
    expect(openNote(note + sigLine.repeat(63), [OURS])).toHaveProperty('ok');
    expect(openNote(concatBytes(Uint8Array.of(0xff), utf8(note)), [OURS])).toEqual({ error: 'not_utf8' });
  });

  it.each([
    ['', 'not_a_verifier_key'],
    ['PeterNeumann+c74f20a3', 'not_a_verifier_key'],
    [GO_KEY.replace('c74f20a3', 'C74F20A3'), 'not_a_verifier_key'],
    [GO_KEY.replace('Peter', 'Peter '), 'not_a_verifier_key'],
    [`${GO_KEY}\n`, 'not_a_verifier_key'],
    [GO_KEY.replace('ARpc', 'ARpd'), 'key_hash_mismatch'],
    [GO_KEY.replace('c74f20a3', 'c74f20a4'), 'key_hash_mismatch'],
    [GO_KEY.replace('PeterNeumann', 'PeterNewmann'), 'key_hash_mismatch'],
    ['witness.example+00000000+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'unsupported_key_type'],
    ['short+00000000+AQID', 'not_a_verifier_key'],
  ])('refuses the verifier key %j', (text, error) => {
    expect(parseVerifierKey(text)).toEqual({ error });
  });

  it('reads every key it writes', () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes32, (publicKey) => {
        const text = formatVerifierKey('log.example/kz', publicKey);
        expect(key(text)).toEqual(verifierKey('log.example/kz', publicKey));
      }),
    );
  });

  it('does not sign what could not be read back', () => {
    const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
    expect(() => signed('no newline')).toThrow(code('bad_text'));
    expect(() => signed('bell\u0007\n')).toThrow(code('bad_text'));
    expect(() => signNote('x\n', { name: 'a b', seed: SEED })).toThrow(code('bad_key_name'));
    expect(() => formatVerifierKey('', OURS.publicKey)).toThrow(code('bad_key_name'));
    expect(() => formatVerifierKey('a', new Uint8Array(31))).toThrow(code('bad_key'));
  });
});
