/** One hostile chain from a random state: trees edited and mostly signed anew, the chain shuffled, bytes spoilt. */
import { AT, HOST, type Corpus, type Link } from './corpus.ts';
import { copyTree, readTree, writeTree, type DerNode } from './der-tree.ts';
import type { SigningKey } from './keys.ts';
import type { Random } from './random.ts';
import { editTree, TREE_EDIT_NAMES } from './tree-edits.ts';

export interface FuzzCase {
  /** What was done, for the report. */
  readonly edits: readonly string[];
  /** DER in wire order. */
  readonly chain: readonly Uint8Array[];
  readonly host: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const YEAR_MS = 365.25 * 86_400_000;
const TIMES = [AT, AT, AT, AT, AT - 80 * YEAR_MS, AT + 24 * YEAR_MS, AT + 7_900 * YEAR_MS, 0] as const;
const HOSTS = [
  ...new Array<string>(8).fill(HOST),
  null,
  `www.${HOST}`,
  `a.b.${HOST}`,
  'n1.example',
  '11.0.0.10',
  '*',
  '',
] as const;
/** More than any server sends, and far more than is read. */
const MANY_CERTIFICATES = 100;
const FILLER_BYTES = 1024 * 1024;
const MAX_TREE_EDITS = 3;
const MAX_CHAIN_EDITS = 2;

function signAnew(tree: DerNode, signer: SigningKey): void {
  const [tbs] = tree.children ?? [];
  if (tbs === undefined || tree.children === null) return;
  const signature = signer.sign(writeTree(tbs));
  const bits: DerNode = {
    tag: 3,
    length: 'shortest',
    children: null,
    content: joined(Uint8Array.of(0), signature),
  };
  tree.children = [tbs, readTree(signer.algorithm), bits];
}

interface Making {
  readonly random: Random;
  readonly corpus: Corpus;
  readonly links: readonly Link[];
  readonly edits: string[];
}

type ChainEdit = (chain: Uint8Array[], making: Making) => Uint8Array[];

const anyCertificate = ({ random, corpus }: Making): Uint8Array =>
  writeTree(random.pick(random.pick(corpus.chains)).tree);

const CHAIN_EDITS = {
  reverse: (chain) => chain.reverse(),
  rotate: (chain) => [...chain.slice(1), ...chain.slice(0, 1)],
  drop: (chain, { random }) => chain.toSpliced(random.below(chain.length), 1),
  'no root': (chain) => chain.slice(0, Math.max(1, chain.length - 1)),
  double: (chain) => [...chain, ...chain],
  hundred: (chain) =>
    chain.length === 0
      ? chain
      : Array.from({ length: MANY_CERTIFICATES }, (_, i) => chain[i % chain.length] as Uint8Array),
  junk: (chain, { random }) =>
    chain.toSpliced(random.below(chain.length + 1), 0, random.bytes(random.below(60))),
  nothing: (chain, { random }) => chain.toSpliced(random.below(chain.length + 1), 0, new Uint8Array()),
  stranger: (chain, making) =>
    chain.toSpliced(making.random.below(chain.length + 1), 0, anyCertificate(making)),
  'all of another': (chain, { random, corpus }) => [
    ...chain,
    ...random.pick(corpus.chains).map(({ tree }) => writeTree(tree)),
  ],
  filler: (chain, { random }) =>
    // A megabyte is dear to make and to hash: not in every case.
    random.chance(0.05) ? [...chain, new Uint8Array(FILLER_BYTES).fill(0x30)] : chain,
  // The same issuer and serial number by a key of one's own, the real certificate behind it.
  twin: (chain, { random, corpus, links }) => {
    const twin = copyTree((links[0] as Link).tree);
    signAnew(twin, random.pick(random.pick(corpus.chains)).signer);
    return [writeTree(twin), ...chain];
  },
} as const satisfies Readonly<Record<string, ChainEdit>>;
const CHAIN_EDIT_NAMES = Object.keys(CHAIN_EDITS) as readonly (keyof typeof CHAIN_EDITS)[];

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function spoilBytes(der: Uint8Array, random: Random): Uint8Array {
  const at = random.below(der.length);
  const spoilt = der.slice();
  switch (random.below(5)) {
    case 0:
      spoilt[at] = (spoilt[at] ?? 0) ^ (1 << random.below(8));
      return spoilt;
    case 1:
      spoilt[at] = random.below(256);
      return spoilt;
    case 2:
      return der.slice(0, at);
    case 3:
      return joined(der.subarray(0, at), random.bytes(random.below(9)), der.subarray(at));
    default:
      return joined(der.subarray(0, at), der.subarray(at + random.below(9)));
  }
}

/** The next case; the same one for the same state of `random`. */
export function makeCase(corpus: Corpus, random: Random): FuzzCase {
  const base = random.pick(corpus.chains);
  const making: Making = { random, corpus, links: base, edits: [] };
  const { edits } = making;
  const links = base.map(({ tree, signer }) => ({ tree: copyTree(tree), signer, edited: false }));
  for (let left = random.below(MAX_TREE_EDITS + 1); left > 0; left--) {
    // The leaf twice as often as each other.
    const position = Math.max(0, random.below(links.length + 1) - 1);
    const link = links[position] as (typeof links)[number];
    const edit = random.pick(TREE_EDIT_NAMES);
    editTree(edit, link.tree, random);
    link.edited = true;
    edits.push(`${edit} in ${position}`);
  }
  const signing = random.chance(0.7);
  if (signing) for (const link of links) if (link.edited) signAnew(link.tree, link.signer);
  if (signing && edits.length > 0) edits.push('signed anew');
  let chain = links.map(({ tree }) => writeTree(tree));
  for (let left = random.below(MAX_CHAIN_EDITS + 1); left > 0; left--) {
    const edit = random.pick(CHAIN_EDIT_NAMES);
    chain = CHAIN_EDITS[edit](chain, making);
    edits.push(edit);
  }
  if (random.chance(0.2) && chain.length > 0) {
    const position = random.below(chain.length);
    chain = chain.with(position, spoilBytes(chain[position] as Uint8Array, random));
    edits.push(`bytes of ${position}`);
  }
  return { edits, chain, host: random.pick(HOSTS), at: Math.round(random.pick(TIMES)) };
}
