/**
 * From certificates to entries of an operator's list of interception authorities. Pure; says no to whatever may be an
 * ordinary certificate: an entry accuses everybody who uses its key.
 */
import { toBase64 } from '../codec/base64.ts';
import { sha1Hex, sha256Hex } from '../codec/digest.ts';
import type { Certificate } from '../codec/x509.ts';
import { readCertificate, signedBy, type Roots } from '../observe/chain/index.ts';
import { asObject, isObject, mapDefined, type Json } from '../schema/read.ts';
import { operatorFileProblem } from './interception-file.ts';
import { bearsName, readName } from './listed-names.ts';
import { isOrdinary, readOrdinaryNames } from './ordinary-names.ts';

export interface Candidate {
  readonly certificate: Certificate;
  readonly sha256: string;
  /** It bears the name of a root that browsers trust, which must not become a sign of interception: its key is. */
  readonly borrowedName: boolean;
}
/** Why not, in one line; `list`: it is the list that is wrong, not the certificate. */
export interface AddRefused {
  readonly refused: string;
  readonly list?: true;
}

/** Characters of a note or a source. */
const MAX_WORDS_CHARS = 500;
const MAX_SLUG_CHARS = 40;
/** Digits of the hash in an id that nobody chose. */
const ID_HASH_CHARS = 8;
const CONTROL = /\p{Cc}/u;

const no = (refused: string): AddRefused => ({ refused });
const shownName = ({ subject }: Certificate): string =>
  subject.text.replace(/\p{C}/gu, '\ufffd').slice(0, 200);

/** Roots that browsers trust, their keys, and what they signed: an entry would accuse half of the web. */
function isPublic(c: Certificate, roots: Roots): boolean {
  return (
    roots.has(c) ||
    roots.bySpki(sha256Hex(c.publicKey.der)).length > 0 ||
    roots.bySubject(c.issuer.der).some((root) => signedBy(c, root.publicKey.der))
  );
}

function isAuthority(c: Certificate): boolean {
  return c.basicConstraints?.ca === true && c.keyUsage?.keyCertSign !== false;
}

function bearsProductName(c: Certificate, list: Json | null): boolean {
  const names = mapDefined(list?.['products'], (product) => readName(product['name']));
  return names.some((name) => Object.keys(name).length > 0 && bearsName(c.subject.attributes, name));
}

function whyNot(c: Certificate, roots: Roots, list: Json | null): string | null {
  if (!isAuthority(c)) return 'is no certificate of an authority: it may not sign others';
  if (c.selfIssued && !signedBy(c, c.publicKey.der))
    return 'names itself as its issuer and is not signed by its key';
  if (isPublic(c, roots)) return 'is a root that browsers trust, or comes from one';
  const ordinary = readOrdinaryNames([list]);
  if ([c.subject, c.issuer].some(({ attributes }) => isOrdinary(attributes, ordinary)))
    return 'bears a name of the state’s ordinary PKI, whose certificates are no interception';
  if (bearsProductName(c, list))
    return 'bears the name of a security product, which makes a root on each device';
  return null;
}

/** `blocks`: DER, untrusted. `shipped`: the text of the list that came with the program. */
export function readCandidates(
  blocks: readonly Uint8Array[],
  { roots, shipped }: { readonly roots: Roots; readonly shipped: string },
): readonly Candidate[] | AddRefused {
  const list = asObject(JSON.parse(shipped));
  const candidates: Candidate[] = [];
  for (const [i, der] of blocks.entries()) {
    const which = blocks.length === 1 ? 'the certificate' : `certificate ${i + 1}`;
    const certificate = readCertificate(der);
    if ('error' in certificate) return no(`${which} can’t be read: ${certificate.error}`);
    const why = whyNot(certificate, roots, list);
    if (why !== null) return no(`${which} (${shownName(certificate)}) ${why}`);
    const borrowedName = roots.bySubject(certificate.subject.der).length > 0;
    candidates.push({ certificate, sha256: sha256Hex(der), borrowedName });
  }
  return candidates;
}

/** Attributes once each, as such a list writes a name; one that repeats a type can’t be written and is left out. */
function nameOf({ subject: { attributes } }: Certificate): Readonly<Record<string, string>> | null {
  const fits = attributes.length > 0 && attributes.every(({ value }) => value !== '');
  if (!fits || new Set(attributes.map(({ type }) => type)).size !== attributes.length) return null;
  return Object.fromEntries(attributes.map(({ type, value }) => [type, value]));
}

function idFor({ certificate, sha256 }: Candidate): string {
  const words = certificate.subject.attributes.find(({ type }) => type === 'CN')?.value ?? '';
  const slug = words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_CHARS)
    .replace(/^-+|-+$/g, '');
  return ['op', ...(slug === '' ? [] : [slug]), sha256.slice(0, ID_HASH_CHARS)].join('-');
}

export interface AddWords {
  /** The operator's list as it is; null: none yet. */
  readonly before: string | null;
  readonly shipped: string;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly note: string;
  readonly source: string;
  /** For one certificate only; absent: made of its name and hash. */
  readonly id?: string;
}

function entryOf(candidate: Candidate, { today, note, source }: AddWords, id: string): Json {
  const { certificate: c, sha256 } = candidate;
  const name = candidate.borrowedName ? null : nameOf(c);
  return {
    id,
    ...(name === null ? {} : { name }),
    sha256,
    sha1: sha1Hex(c.der),
    spki_sha256: sha256Hex(c.publicKey.der),
    public_key: toBase64(c.publicKey.der),
    ...(c.subjectKeyId === null ? {} : { subject_key_id: c.subjectKeyId }),
    not_before: c.notBefore.iso,
    not_after: c.notAfter.iso,
    source,
    date_read: today,
    notes: note,
  };
}

function wordsProblem(words: AddWords, count: number): string | null {
  for (const [flag, value] of [
    ['--note', words.note],
    ['--source', words.source],
  ] as const) {
    if (value.trim() === '') return `${flag} is empty: say where this is known from`;
    if (value.length > MAX_WORDS_CHARS || CONTROL.test(value))
      return `${flag} takes one line of at most ${MAX_WORDS_CHARS} characters`;
  }
  if (words.id !== undefined && count > 1) return '--id names one certificate, and there are several';
  if (words.id !== undefined && !/^[a-z0-9-]{1,100}$/.test(words.id))
    return '--id takes lower-case letters, digits and -';
  return null;
}

const entriesOf = (list: Json | null): readonly Json[] =>
  ['roots', 'intermediates', 'not_interception', 'products'].flatMap((name) =>
    mapDefined(list?.[name], (row) => row),
  );

/** The entry that is the same thing already, by any of the marks that tell. */
function duplicateOf(entry: Json, others: readonly Json[]): string | null {
  const marks = ['sha256', 'sha1', 'spki_sha256', 'id'] as const;
  for (const mark of marks) {
    const same = others.find((other) => other[mark] !== undefined && other[mark] === entry[mark]);
    if (same !== undefined)
      return mark === 'id'
        ? `the id ${String(entry['id'])} is taken`
        : `${String(same['id'])} is on the list already`;
  }
  return null;
}

/** The list with these behind its other roots, as text; or why not, and then nothing changes. */
export function addAuthorities(
  candidates: readonly Candidate[],
  words: AddWords,
): { readonly text: string; readonly entries: readonly Json[] } | AddRefused {
  const problem = wordsProblem(words, candidates.length);
  if (problem !== null) return no(problem);
  const wrong = words.before === null ? null : operatorFileProblem(words.before);
  if (wrong !== null) return { refused: `the list can’t be added to: ${wrong}`, list: true };
  const list = words.before === null ? { version: 1 } : (JSON.parse(words.before) as Json);
  const entries: Json[] = [];
  for (const candidate of candidates) {
    const entry = entryOf(candidate, words, words.id ?? idFor(candidate));
    const known = [...entriesOf(asObject(JSON.parse(words.shipped))), ...entriesOf(list), ...entries];
    const duplicate = duplicateOf(entry, known);
    if (duplicate !== null) return no(duplicate);
    entries.push(entry);
  }
  const roots = Array.isArray(list['roots']) ? list['roots'].filter(isObject) : [];
  const text = `${JSON.stringify({ ...list, roots: [...roots, ...entries] }, null, 2)}\n`;
  const made = operatorFileProblem(text);
  return made === null ? { text, entries } : { refused: made, list: true };
}
