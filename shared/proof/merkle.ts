/**
 * Merkle tree of RFC 6962 section 2.1 (https://www.rfc-editor.org/rfc/rfc6962.html#section-2.1), grown from stored
 * complete subtrees; the verifiers follow RFC 9162 sections 2.1.3.2 and 2.1.4.2
 * (https://www.rfc-editor.org/rfc/rfc9162.html#section-2.1.3.2), which hash the same way.
 *
 * A node (level, index) is the hash over the 2^level leaves from index·2^level on. Complete subtrees never change, so a
 * log keeps them for ever and appending, the root and every proof read O(log n) of them. Sizes are plain numbers up to
 * 2^53 − 1; that is why halving is written as arithmetic and not with 32-bit shifts.
 */
import { concatBytes, equalBytes } from '../codec/bytes.ts';
import { InvalidInputError } from '../codec/decoded.ts';
import { sha256 } from '../codec/digest.ts';

export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

/** Hash of a stored complete subtree. Whoever passes it in throws when the store lacks a node. */
export type ReadNode = (level: number, index: number) => Uint8Array;

export interface TreeNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** SHA-256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, data));
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(NODE_PREFIX, left, right));
}

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

function requireSize(ok: boolean, what: string): void {
  if (!ok) throw new InvalidInputError('bad_size', what);
}

/**
 * The nodes that become complete when the leaf at `index` (the tree's size so far) is appended, lowest first: the leaf
 * itself, then each parent it completes. Store all of them before the next append.
 */
export function nodesToStore(index: number, leaf: Uint8Array, readNode: ReadNode): readonly TreeNode[] {
  requireSize(isCount(index), 'a leaf index is a whole number');
  const nodes: TreeNode[] = [{ level: 0, index, hash: leaf }];
  let [level, at, hash] = [0, index, leaf];
  while (isOdd(at)) {
    hash = nodeHash(readNode(level, at - 1), hash);
    level += 1;
    at = half(at);
    nodes.push({ level, index: at, hash });
  }
  return nodes;
}

/** The largest power of two smaller than n (n ≥ 2), and its exponent plus one: where RFC 6962 splits n leaves. */
function splitPoint(n: number): { readonly size: number; readonly level: number } {
  let [size, level] = [1, 0];
  while (size * 2 < n) {
    size *= 2;
    level += 1;
  }
  return { size, level };
}

/** Hash over leaves [start, end); `start` is a multiple of every complete subtree met, as RFC 6962's splits are. */
function rangeHash(start: number, end: number, readNode: ReadNode): Uint8Array {
  const count = end - start;
  if (count === 1) return readNode(0, start);
  const { size, level } = splitPoint(count);
  if (size * 2 === count) return readNode(level + 1, start / count);
  return nodeHash(readNode(level, start / size), rangeHash(start + size, end, readNode));
}

/** Root of the first `size` leaves. Throws `bad_size` when `size` is no whole number ≥ 0. */
export function rootFrom(size: number, readNode: ReadNode): Uint8Array {
  requireSize(isCount(size), 'a tree size is a whole number');
  return size === 0 ? EMPTY_ROOT : rangeHash(0, size, readNode);
}

/** RFC 6962 section 2.1.1, PATH(index, D[size]): the siblings from leaf to root. Throws unless 0 ≤ index < size. */
export function inclusionProof(index: number, size: number, readNode: ReadNode): readonly Uint8Array[] {
  requireSize(isCount(index) && isCount(size) && index < size, 'an inclusion proof needs 0 <= index < size');
  const fromRoot: Uint8Array[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start).size;
    if (index < middle) {
      fromRoot.push(rangeHash(middle, end, readNode));
      end = middle;
    } else {
      fromRoot.push(rangeHash(start, middle, readNode));
      start = middle;
    }
  }
  return fromRoot.reverse();
}

/**
 * RFC 6962 section 2.1.2, PROOF(size1, D[size2]). Empty when size1 is 0 or equals size2. Throws unless
 * 0 ≤ size1 ≤ size2.
 */
export function consistencyProof(size1: number, size2: number, readNode: ReadNode): readonly Uint8Array[] {
  requireSize(
    isCount(size1) && isCount(size2) && size1 <= size2,
    'a consistency proof needs 0 <= size1 <= size2',
  );
  if (size1 === 0 || size1 === size2) return [];
  const fromRoot: Uint8Array[] = [];
  let [start, end] = [0, size2];
  while (end !== size1) {
    const middle = start + splitPoint(end - start).size;
    if (size1 <= middle) {
      fromRoot.push(rangeHash(middle, end, readNode));
      end = middle;
    } else {
      fromRoot.push(rangeHash(start, middle, readNode));
      start = middle;
    }
  }
  // With start at 0 the old tree is itself this node, and the verifier holds its root already.
  if (start > 0) fromRoot.push(rangeHash(start, end, readNode));
  return fromRoot.reverse();
}

const areHashes = (hashes: readonly Uint8Array[]): boolean =>
  hashes.every((hash) => hash.length === HASH_BYTES);

/** RFC 9162 section 2.1.3.2. False for anything malformed; never throws. */
export function verifyInclusion(claim: {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  const { index, size, proof, root } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (!areHashes([claim.leafHash, root, ...proof])) return false;
  let [node, last, hash] = [index, size - 1, claim.leafHash];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * RFC 9162 section 2.1.4.2, and the two cases it leaves out: from the empty tree, and between equal sizes, the proof
 * is empty. False for anything malformed; never throws.
 */
export function verifyConsistency(claim: {
  readonly size1: number;
  readonly size2: number;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { size1, size2, root1, root2, proof } = claim;
  if (!isCount(size1) || !isCount(size2) || size1 > size2 || !areHashes([root1, root2, ...proof]))
    return false;
  if (size1 === 0 && !equalBytes(root1, EMPTY_ROOT)) return false;
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2);
  if (size1 === 0) return proof.length === 0;

  let [node, last] = [size1 - 1, size2 - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // A complete old tree is a node of the new one and left out of the proof.
  const [first, ...rest] = node === 0 ? [root1, ...proof] : proof;
  if (first === undefined) return false;
  let [old, grown] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      old = nodeHash(sibling, old);
      grown = nodeHash(sibling, grown);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      grown = nodeHash(grown, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(old, root1) && equalBytes(grown, root2);
}
