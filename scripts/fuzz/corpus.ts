/**
 * The certificates that are edited: sound chains below a public root, a known interception authority, one whose name is
 * borrowed, a security product and a stranger, of all kinds of keys. The same ones each time.
 */
import { createHash } from 'node:crypto';
import { createJudgeContext, type JudgeContext } from '../../shared/judge/index.ts';
import {
  altNames,
  basicConstraints,
  extendedKeyUsage,
  flag,
  integer,
  keyUsage,
  name,
  nameConstraints,
  oid,
  pemOf,
  small,
  subtree,
  text,
  tlv,
  type Extension,
} from '../../test/unit/codec/helpers/certificate-maker.ts';
import { readTree, writeTree, type DerNode } from './der-tree.ts';
import { makeKeys, type SigningKey } from './keys.ts';
import { createRandom } from './random.ts';

/** The name that all leaves are for. */
export const HOST = 'open-letters.example';
/** The documents' time: 2026-11-20T10:00:00Z. */
export const AT = Date.UTC(2026, 10, 20, 10);
const CORPUS_SEED = 20_261_120;

/** A certificate as a tree, with the key that signed it, so that an edited one can be signed anew. */
export interface Link {
  readonly tree: DerNode;
  readonly signer: SigningKey;
}
/** Leaf first; the root is the last. */
export type LinkedChain = readonly Link[];

interface Authority {
  readonly name: Uint8Array;
  readonly key: SigningKey;
  readonly link: Link;
}

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const keyIds = (own: SigningKey, issuer: SigningKey): Extension[] => [
  { oid: '2.5.29.14', value: tlv(4, sha1(own.spki)) },
  { oid: '2.5.29.35', value: tlv(0x30, tlv(0x80, sha1(issuer.spki))) },
];

interface Wanted {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly key: SigningKey;
  readonly signer: SigningKey;
  readonly extensions: readonly Extension[];
}
let serial = 0x4a11n;

function issue({ subject, issuer, key, signer, extensions }: Wanted): Link {
  serial += 0x10007n;
  const list = [...extensions, ...keyIds(key, signer)].map((e) =>
    tlv(0x30, oid(e.oid), ...(e.critical === true ? [flag(true)] : []), tlv(4, e.value)),
  );
  const tbs = tlv(
    0x30,
    tlv(0xa0, small(2)),
    integer(serial),
    signer.algorithm,
    issuer,
    tlv(0x30, text('200101000000Z', 23), text('20600101000000Z', 24)),
    subject,
    key.spki,
    tlv(0xa3, tlv(0x30, ...list)),
  );
  const der = tlv(0x30, tbs, signer.algorithm, tlv(3, Uint8Array.of(0), signer.sign(tbs)));
  return { tree: readTree(der), signer };
}

const CA: readonly Extension[] = [basicConstraints(true, 3), keyUsage(0x06)];
const LEAF: readonly Extension[] = [
  altNames([HOST, `*.${HOST}`], [[11, 0, 0, 10]]),
  basicConstraints(false),
  keyUsage(0xa0),
  extendedKeyUsage('1.3.6.1.5.5.7.3.1'),
];

function authority(
  own: Uint8Array,
  key: SigningKey,
  above?: Authority,
  more: readonly Extension[] = [],
): Authority {
  const link = issue({
    subject: own,
    issuer: above?.name ?? own,
    key,
    signer: above?.key ?? key,
    extensions: [...CA, ...more],
  });
  return { name: own, key, link };
}

export interface Corpus {
  readonly chains: readonly LinkedChain[];
  readonly context: JudgeContext;
  readonly rootsPem: string;
  /** SHA-256 of the certificates on record by hash alone. */
  readonly knownHashes: ReadonlySet<string>;
  /** SubjectPublicKeyInfo of the authorities on record by key. */
  readonly knownKeys: readonly Uint8Array[];
  /** The authority of which nobody has the key; key id in hex. */
  readonly knownByKeyId: { readonly commonName: string; readonly keyId: string };
}

const KNOWN_NAME = { C: 'ZZ', CN: 'Fuzzed Security Certificate' } as const;
const HASH_NAME = { C: 'ZZ', CN: 'Fuzzed Hash Only' } as const;
const KEY_ID_NAME = { C: 'ZZ', CN: 'Fuzzed Key Id' } as const;
const PRODUCT_CN = 'Fuzzed Shield Personal Root';

export function makeCorpus(): Corpus {
  serial = 0x4a11n;
  const { ordinary, odd } = makeKeys(createRandom(CORPUS_SEED));
  const [rsaA, rsaB, rsaC, rsaD, ec] = ordinary as [
    SigningKey,
    SigningKey,
    SigningKey,
    SigningKey,
    SigningKey,
  ];
  const oddKey = (kind: string): SigningKey => odd.find((key) => key.kind === kind) ?? rsaA;
  const ed25519 = oddKey('ed25519');

  const publicRoots = [
    authority(name({ C: 'ZZ', CN: 'Fuzz Public Root' }), rsaA),
    authority(name({ C: 'KZ', CN: 'Fuzz State Root' }), ec),
    authority(name({ C: 'ZZ', CN: 'Fuzz Public Root 3' }), ed25519),
  ];
  const known = authority(name(KNOWN_NAME), rsaB);
  const byHash = authority(name(HASH_NAME), oddKey('p384'));
  const byKeyId = authority(name(KEY_ID_NAME), rsaC);
  const others = [
    authority(name(KNOWN_NAME), rsaD),
    authority(name({ C: 'KZ', CN: 'Fuzz Stranger' }), rsaD),
    authority(name({ O: 'Fuzz Lab', CN: PRODUCT_CN }), ed25519),
  ];
  const constrained = nameConstraints([subtree.dns('example')], [subtree.dns('forbidden.example')]);

  const below = (root: Authority): LinkedChain[] => {
    const leaf = (above: Authority, key: SigningKey): Link =>
      issue({ subject: name({ CN: HOST }), issuer: above.name, key, signer: above.key, extensions: LEAF });
    const middle = authority(name({ C: 'ZZ', CN: 'Fuzz Middle' }), rsaC, root);
    const lower = authority(name({ C: 'ZZ', CN: 'Fuzz Lower' }), ec, middle, [constrained]);
    return [
      [leaf(root, rsaD), root.link],
      [leaf(root, ec), root.link],
      [leaf(middle, rsaD), middle.link, root.link],
      [leaf(lower, rsaD), lower.link, middle.link, root.link],
    ];
  };
  const ofOddKeys = odd.map((key): LinkedChain => {
    const root = publicRoots[0] as Authority;
    const middle = authority(name({ C: 'ZZ', CN: 'Fuzz Odd' }), key, root);
    const leafLink = issue({
      subject: name({ CN: HOST }),
      issuer: middle.name,
      key: rsaD,
      signer: key,
      extensions: LEAF,
    });
    return [leafLink, middle.link, root.link];
  });

  const der = (each: Authority): Uint8Array => writeTree(each.link.tree);
  const rootsPem = pemOf(...publicRoots.map(der));
  const interception = {
    version: 1,
    roots: [
      {
        id: 'fuzzed-known',
        name: KNOWN_NAME,
        sha256: sha256(der(known)),
        spki_sha256: sha256(known.key.spki),
        public_key: Buffer.from(known.key.spki).toString('base64'),
      },
      { id: 'fuzzed-hash', name: HASH_NAME, sha256: sha256(der(byHash)) },
      { id: 'fuzzed-key-id', name: KEY_ID_NAME, subject_key_id: sha1(byKeyId.key.spki).toString('hex') },
    ],
    products: [{ id: 'fuzzed-shield', vendor: 'Fuzz Lab', name: { CN: PRODUCT_CN } }],
  };
  const context = createJudgeContext({
    rootsPem,
    interceptionJson: [JSON.stringify(interception)],
    blockpagesCsv: '',
    resolversCsv: '',
    networksCsv: '',
    servers: { controlKeys: [], reflectors: [] },
  });
  return {
    chains: [...[...publicRoots, known, byHash, byKeyId, ...others].flatMap(below), ...ofOddKeys],
    context,
    rootsPem,
    knownHashes: new Set([sha256(der(known)), sha256(der(byHash))]),
    knownKeys: [known.key.spki],
    knownByKeyId: { commonName: KEY_ID_NAME.CN, keyId: sha1(byKeyId.key.spki).toString('hex') },
  };
}
