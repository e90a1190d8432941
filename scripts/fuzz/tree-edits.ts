/** What is done to the tree of one certificate: at random places, or at the fields that are known to be trouble. */
import {
  copyTree,
  node,
  placesIn,
  readTree,
  writeTree,
  type DerNode,
  type LengthForm,
  type Place,
} from './der-tree.ts';
import type { Random } from './random.ts';

export type TreeEdit = (certificate: DerNode, random: Random) => void;

const ASCII = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Spellings of dates that were met, that are forbidden, or that no calendar has. */
const DATES: readonly (readonly [tag: number, text: string])[] = [
  [23, '500101000000Z'],
  [23, '491231235959Z'],
  [23, '991231235959Z'],
  [23, '0001010000Z'],
  [23, '260101000000+0600'],
  [23, '260101000000-9999'],
  [23, '260230000000Z'],
  [23, '260101246060Z'],
  [23, '20260101000000Z'],
  [23, ''],
  [23, 'yesterday at ten'],
  [24, '19500101000000Z'],
  [24, '99991231235959Z'],
  [24, '00000101000000Z'],
  [24, '00000101000000+2359'],
  [24, '99991231235959-2359'],
  [24, '20261120095959Z'],
  [24, '20261120100001Z'],
  [24, '20261120100500Z'],
  [24, '20261120101001Z'],
  [24, '20261120100000.999999999Z'],
  [24, '20261120100000.Z'],
  [24, '20261120100000'],
  [24, '10000101000000Z'],
  [24, '260101000000Z'],
  [24, '2026\u00001120100000Z'],
  [12, '20261120100000Z'],
];

const STRING_TAGS = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e] as const;
const TEXTS: readonly Uint8Array[] = [
  ASCII(''),
  ASCII('\0'),
  ASCII('open-letters.example\0.evil.example'),
  ASCII('CN=other, O=line\r\nbreak'),
  Buffer.from('\u202e\u2066example\u2069\u200b\u2028', 'utf8'),
  Uint8Array.of(0xc0, 0x80, 0xff, 0xfe, 0xed, 0xa0, 0x80),
  Buffer.from('Қазақстан '.repeat(400), 'utf8'),
  ASCII('x'.repeat(40_000)),
  ASCII('*'),
  ASCII('*.*.example'),
  ASCII('*.open-letters.example.'),
  ASCII('OPEN-letters.EXAMPLE'),
];

/** INTEGER contents: no octets, negative, padded, huge. */
const INTEGERS: readonly Uint8Array[] = [
  Uint8Array.of(),
  Uint8Array.of(0),
  Uint8Array.of(0x80),
  Uint8Array.of(0xff),
  Uint8Array.of(0xff, 0xff, 0xff),
  Uint8Array.of(0, 0, 0, 1),
  new Uint8Array(4096).fill(0xff),
  new Uint8Array(21).fill(0x7f),
  new Uint8Array(30_000).fill(0x55),
];

const OIDS: readonly Uint8Array[] = [
  Uint8Array.of(),
  Uint8Array.of(0x80, 0x01),
  Uint8Array.of(0xff),
  new Uint8Array(64).fill(0xff),
  new Uint8Array(65).fill(0x01),
  Uint8Array.of(...new Uint8Array(20).fill(0xff), 0x7f),
  // An extension that nobody knows; subjectAltName; basicConstraints; nameConstraints; extendedKeyUsage.
  Uint8Array.of(0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xaa, 0x11),
  Uint8Array.of(0x55, 0x1d, 0x11),
  Uint8Array.of(0x55, 0x1d, 0x13),
  Uint8Array.of(0x55, 0x1d, 0x1e),
  Uint8Array.of(0x55, 0x1d, 0x25),
  // Digests and keys: MD5 and SHA-1 with RSA, DSA, Ed448, PSS.
  Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04),
  Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05),
  Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03),
  Uint8Array.of(0x2b, 0x65, 0x71),
  Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a),
];

const LENGTH_FORMS: readonly LengthForm[] = ['padded', 'indefinite', 'one-more', 'one-less', 'huge'];
const TAGS = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x1f, 0x30, 0x31, 0x80, 0x81, 0x82, 0x87, 0xa0, 0xa4, 0xbf, 0xff,
];
/** Levels of one element in another. */
const DEPTHS = [2, 5, 50, 50, 1_000] as const;
/** Many is rare: such certificates are dear to make, and few kinds of them are worth it. */
const MANY_NAMES = [3, 30, 30, 30, 30, 300, 300, 1_000, 10_000] as const;
const MANY_COPIES = [2, 5, 5, 62, 63, 64, 98, 99, 100, 101, 700, 2_000] as const;
/** Bytes that copies of one element may add. */
const MAX_GROWTH_BYTES = 1024 * 1024;

function anyPlace(certificate: DerNode, random: Random): Place {
  return random.pick(placesIn(certificate));
}

/** A place whose node passes, if there is one. */
function placeOf(certificate: DerNode, random: Random, wanted: (each: DerNode) => boolean): DerNode | null {
  const places = placesIn(certificate).filter((place) => wanted(place.node));
  return places.length === 0 ? null : random.pick(places).node;
}

function rewrite(to: DerNode | null, tag: number, content: Uint8Array): void {
  if (to !== null) Object.assign(to, { tag, children: null, content });
}

const isDate = ({ tag }: DerNode): boolean => tag === 23 || tag === 24;
const isText = ({ tag, children }: DerNode): boolean =>
  children === null && (STRING_TAGS.some((each) => each === tag) || tag === 0x82);
/** The values of subjectAltName and of the subtrees: elements below an octet string. */
const generalNamesIn = (certificate: DerNode): DerNode[] =>
  placesIn(certificate)
    .map((place) => place.node)
    .filter((each) => each.tag === 0x30 && (each.children?.some(({ tag }) => tag === 0x82) ?? false));
const extensionsIn = (certificate: DerNode): DerNode | null => {
  const wrapped = certificate.children?.[0]?.children?.find(({ tag }) => tag === 0xa3);
  return wrapped?.children?.[0] ?? null;
};

function addCopies(list: DerNode | null | undefined, wanted: number): void {
  const one = list?.children?.[0];
  if (list?.children == null || one === undefined) return;
  const affordable = Math.min(wanted, Math.floor(MAX_GROWTH_BYTES / writeTree(one).length));
  for (let more = affordable; more > 0; more--) list.children.push(copyTree(one));
}

function nested(depth: number, tag: number): DerNode {
  let inner = node(0x05, new Uint8Array());
  for (let level = 0; level < depth; level++) inner = node(tag, [inner]);
  return inner;
}

const TREE_EDITS = {
  delete: (certificate, random) => {
    const { node: at, parent } = anyPlace(certificate, random);
    if (parent?.children != null) parent.children = parent.children.filter((each) => each !== at);
  },
  double: (certificate, random) => {
    const { node: at, parent } = anyPlace(certificate, random);
    if (parent?.children != null) parent.children.splice(parent.children.indexOf(at), 0, copyTree(at));
  },
  swap: (certificate, random) => {
    const at = placeOf(certificate, random, ({ children }) => (children?.length ?? 0) > 1);
    if (at?.children != null) at.children = [...at.children.slice(1), ...at.children.slice(0, 1)];
  },
  transplant: (certificate, random) => {
    const from = copyTree(anyPlace(certificate, random).node);
    Object.assign(anyPlace(certificate, random).node, from);
  },
  tag: (certificate, random) => {
    anyPlace(certificate, random).node.tag = random.chance(0.5) ? random.pick(TAGS) : random.below(256);
  },
  length: (certificate, random) => {
    anyPlace(certificate, random).node.length = random.pick(LENGTH_FORMS);
  },
  content: (certificate, random) => {
    const { node: at } = anyPlace(certificate, random);
    rewrite(at, at.tag, random.bytes(random.pick([0, 1, 2, 8, 40, 300])));
  },
  nest: (certificate, random) => {
    const { node: at } = anyPlace(certificate, random);
    at.children = [nested(random.pick(DEPTHS), random.pick([0x30, 0x31, 0xa0, 0xa4]))];
  },
  date: (certificate, random) => {
    const [tag, written] = random.pick(DATES);
    rewrite(placeOf(certificate, random, isDate), tag, ASCII(written));
  },
  text: (certificate, random) => {
    const at = placeOf(certificate, random, isText);
    const tag = at?.tag === 0x82 ? 0x82 : random.pick(STRING_TAGS);
    rewrite(at, tag, random.chance(0.8) ? random.pick(TEXTS) : random.bytes(random.below(40)));
  },
  integer: (certificate, random) => {
    rewrite(
      placeOf(certificate, random, ({ tag }) => tag === 2),
      2,
      random.pick(INTEGERS),
    );
  },
  oid: (certificate, random) => {
    rewrite(
      placeOf(certificate, random, ({ tag }) => tag === 6),
      6,
      random.pick(OIDS),
    );
  },
  boolean: (certificate, random) => {
    rewrite(
      placeOf(certificate, random, ({ tag }) => tag === 1),
      1,
      Uint8Array.from(random.pick([[0], [1], [255], [], [0, 255]])),
    );
  },
  bits: (certificate, random) => {
    const at = placeOf(certificate, random, ({ tag }) => tag === 3);
    if (at?.children === null) rewrite(at, 3, Uint8Array.of(random.below(10), ...at.content.subarray(1)));
  },
  'unknown critical': (certificate, random) => {
    const extension = readTree(
      Uint8Array.from([0x30, 14, 6, 5, 0x2a, 3, 4, 5, random.below(128), 1, 1, 255, 4, 2, 5, 0]),
    );
    extensionsIn(certificate)?.children?.push(extension);
  },
  'many extensions': (certificate, random) => {
    addCopies(extensionsIn(certificate), random.pick(MANY_COPIES));
  },
  'many names': (certificate, random) => {
    const lists = generalNamesIn(certificate);
    if (lists.length === 0) return;
    const list = random.pick(lists);
    for (let more = random.pick(MANY_NAMES); more > 0; more--)
      list.children?.push(node(0x82, ASCII(`n${more}.example`)));
  },
  'another form of name': (certificate, random) => {
    const lists = generalNamesIn(certificate);
    if (lists.length === 0) return;
    const inner = node(0x82, ASCII('open-letters.example'));
    const wrapped = [
      node(0xa4, [node(0x30, [])]),
      node(0xa0, [inner]),
      node(0x30, [inner]),
      nested(20, 0xa4),
    ];
    random.pick(lists).children?.push(random.pick(wrapped), node(0x80 + random.below(32), random.bytes(5)));
  },
  'many attributes': (certificate, random) => {
    const set = placeOf(certificate, random, ({ tag, children }) => tag === 0x31 && children !== null);
    addCopies(set, random.pick(MANY_COPIES));
  },
} as const satisfies Readonly<Record<string, TreeEdit>>;

export type TreeEditName = keyof typeof TREE_EDITS;
export const TREE_EDIT_NAMES = Object.keys(TREE_EDITS) as readonly TreeEditName[];
export function editTree(edit: TreeEditName, certificate: DerNode, random: Random): void {
  const make: TreeEdit = TREE_EDITS[edit];
  make(certificate, random);
}
