/** Public facts that identify an interceptor, a block page or a resolver, read from testlists. */
import { fromBase64 } from '../codec/base64.ts';
import { parseCsv } from '../codec/csv.ts';
import { asObject, asString, mapDefined, type Json } from '../schema/read.ts';
import { attributesOf, readName, type ListedName } from './listed-names.ts';
import { isOrdinary, readOrdinaryNames, type OrdinaryName } from './ordinary-names.ts';
import { readResolvers, type PublicResolver } from './public-resolvers.ts';

export interface KnownAuthority {
  /** What a verdict names: an intermediate speaks for the root above it, where that is known. */
  readonly id: string;
  readonly sha1: string | null;
  readonly sha256: string | null;
  readonly spkiSha256: string | null;
  /** SubjectPublicKeyInfo, DER: proves a signature when the root itself was not sent. */
  readonly publicKey: Uint8Array | null;
  /** Distinguished name by attribute. */
  readonly name: ListedName;
  readonly subjectKeyId: string | null;
}

export interface BlockPageFingerprint {
  readonly id: string;
  readonly where: 'body' | 'title' | 'header' | 'address';
  readonly match: 'contains' | 'prefix' | 'equals';
  readonly pattern: string;
  /** `inst`: one organisation's filter, no operator's; it never accuses a network. */
  readonly scope: string;
}

/** A program on the device itself that reads TLS, with a root that it makes anew on each device. */
export interface KnownProduct {
  readonly id: string;
  readonly vendor: string;
  /** Attributes that the name of its root has; there may be others. */
  readonly name: ListedName;
}

export interface Fingerprints {
  readonly authorities: readonly KnownAuthority[];
  readonly products: readonly KnownProduct[];
  readonly blockPages: readonly BlockPageFingerprint[];
  readonly resolvers: readonly PublicResolver[];
}

function readProduct(o: Json): KnownProduct | null {
  const [id, name] = [asString(o['id']), readName(o['name'])];
  // An entry without a name would be everybody's.
  return id === null || Object.keys(name).length === 0
    ? null
    : { id, vendor: asString(o['vendor']) ?? '', name };
}

/** Without an ordinary authority's name: such an entry is matched by hash, key or signature only. */
function withoutOrdinaryNames(
  authorities: readonly KnownAuthority[],
  ordinary: readonly OrdinaryName[],
): readonly KnownAuthority[] {
  return authorities.map((a) => (isOrdinary(attributesOf(a.name), ordinary) ? { ...a, name: {} } : a));
}

function readAuthority(o: Json): KnownAuthority | null {
  const id = asString(o['issuer']) ?? asString(o['id']);
  if (id === null) return null;
  const key = asString(o['public_key']);
  return {
    id,
    sha1: asString(o['sha1']),
    sha256: asString(o['sha256']),
    spkiSha256: asString(o['spki_sha256']),
    publicKey: key === null ? null : fromBase64(key),
    name: readName(o['name']),
    subjectKeyId: asString(o['subject_key_id']),
  };
}

const PLACES: ReadonlySet<string> = new Set(['body', 'title', 'header', 'address']);
const MATCHES: ReadonlySet<string> = new Set(['contains', 'prefix', 'equals']);

function readBlockPages(csv: string): BlockPageFingerprint[] {
  const { header, rows } = parseCsv(csv);
  return rows.flatMap(({ fields }) => {
    const at = (column: string): string => fields[header.indexOf(column)] ?? '';
    const [where, match] = [at('where'), at('match')];
    if (!PLACES.has(where) || !MATCHES.has(match) || at('pattern') === '') return [];
    return [
      {
        id: at('id'),
        where: where as BlockPageFingerprint['where'],
        match: match as BlockPageFingerprint['match'],
        pattern: at('pattern'),
        scope: at('scope'),
      },
    ];
  });
}

/** The files as text; checked for form by scripts/check-testlists. Throws SyntaxError on JSON that isn't. */
export function readFingerprints(
  interceptionJson: readonly string[],
  blockpagesCsv: string,
  resolversCsv: string,
): Fingerprints {
  const files = interceptionJson.map((text) => asObject(JSON.parse(text)));
  const authorities = files.flatMap((file) => [
    ...mapDefined(file?.['roots'], readAuthority),
    ...mapDefined(file?.['intermediates'], readAuthority),
  ]);
  return {
    authorities: withoutOrdinaryNames(authorities, readOrdinaryNames(files)),
    products: files.flatMap((file) => mapDefined(file?.['products'], readProduct)),
    blockPages: readBlockPages(blockpagesCsv),
    resolvers: readResolvers(resolversCsv),
  };
}

export function matchesText(fingerprint: BlockPageFingerprint, text: string): boolean {
  switch (fingerprint.match) {
    case 'contains':
      return text.includes(fingerprint.pattern);
    case 'prefix':
      return text.startsWith(fingerprint.pattern);
    case 'equals':
      return text === fingerprint.pattern;
  }
}
