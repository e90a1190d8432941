import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../../shared/codec/base64.ts';
import { sha256 } from '../../../shared/codec/digest.ts';
import { leafData } from '../../../shared/proof/leaf.ts';
import type { ReadNode } from '../../../shared/proof/merkle.ts';
import {
  EMPTY_ROOT,
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  nodesToStore,
  rootFrom,
  verifyConsistency,
  verifyInclusion,
} from '../../../shared/proof/merkle.ts';

/** The largest power of two below n. */
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** The definitions of RFC 6962 section 2.1, word for word and slow: MTH, PATH and SUBPROOF over lists of leaf hashes. */
function mth(d: readonly Uint8Array[]): Uint8Array {
  const [only] = d;
  if (only === undefined) return sha256(new Uint8Array(0));
  if (d.length === 1) return only;
  const k = split(d.length);
  return nodeHash(mth(d.slice(0, k)), mth(d.slice(k)));
}
function path(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k
    ? [...path(m, d.slice(0, k)), mth(d.slice(k))]
    : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}
function subproof(m: number, d: readonly Uint8Array[], complete: boolean): Uint8Array[] {
  if (m === d.length) return complete ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), complete), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}

class Store {
  readonly nodes = new Map<string, Uint8Array>();
  reads = 0;
  size = 0;
  readonly read: ReadNode = (level, index) => {
    this.reads += 1;
    return this.nodes.get(`${level}/${index}`) ?? expect.fail(`no node ${level}/${index}`);
  };
  append(leaf: Uint8Array): void {
    for (const { level, index, hash } of nodesToStore(this.size, leaf, this.read)) {
      expect(this.nodes.has(`${level}/${index}`)).toBe(false);
      this.nodes.set(`${level}/${index}`, hash);
    }
    this.size += 1;
  }
}

function grow(count: number): { store: Store; leaves: Uint8Array[] } {
  const store = new Store();
  const leaves = Array.from({ length: count }, (_, i) => leafHash(utf8(`entry ${i}`)));
  for (const leaf of leaves) store.append(leaf);
  return { store, leaves };
}

const MAX = 70;
const { store, leaves } = grow(MAX);

describe('merkle tree', () => {
  it('has the roots that Certificate Transparency publishes for its reference inputs', () => {
    // github.com/transparency-dev/merkle, testonly/constants.go: leaves and roots of the tree of sizes 1 to 8.
    const inputs = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ];
    const roots = [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    const tree = new Store();
    inputs.forEach((input, i) => {
      tree.append(leafHash(Uint8Array.from(Buffer.from(input, 'hex'))));
      expect(toHex(rootFrom(i + 1, tree.read))).toBe(roots[i]);
    });
    expect(toHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(rootFrom(0, tree.read)).toEqual(EMPTY_ROOT);
  });

  it('equals the recursive definition at every size, past sizes included', () => {
    for (let size = 1; size <= MAX; size++)
      expect(rootFrom(size, store.read)).toEqual(mth(leaves.slice(0, size)));
  });

  it('proves every leaf at every size as defined, and the verifier agrees', () => {
    for (let size = 1; size <= 40; size++) {
      const root = rootFrom(size, store.read);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(index, size, store.read);
        expect(proof).toEqual(path(index, leaves.slice(0, size)));
        expect(verifyInclusion({ leafHash: leaves[index] ?? EMPTY_ROOT, index, size, proof, root })).toBe(
          true,
        );
      }
    }
  });

  it('proves every pair of sizes consistent as defined, and the verifier agrees', () => {
    for (let size2 = 0; size2 <= 40; size2++) {
      for (let size1 = 0; size1 <= size2; size1++) {
        const proof = consistencyProof(size1, size2, store.read);
        if (size1 > 0) expect(proof).toEqual(subproof(size1, leaves.slice(0, size2), true));
        const [root1, root2] = [rootFrom(size1, store.read), rootFrom(size2, store.read)];
        expect(verifyConsistency({ size1, size2, root1, root2, proof })).toBe(true);
      }
    }
  });

  it('refuses an inclusion claim changed in any one part', () => {
    const cases = fc
      .integer({ min: 2, max: MAX })
      .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat()));
    fc.assert(
      fc.property(cases, ([size, index, noise]) => {
        const proof = inclusionProof(index, size, store.read);
        const claim = {
          leafHash: leaves[index] ?? EMPTY_ROOT,
          index,
          size,
          proof,
          root: rootFrom(size, store.read),
        };
        const other = (hash: Uint8Array | undefined): Uint8Array => sha256(hash ?? EMPTY_ROOT);
        const at = noise % proof.length;
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leafHash: other(claim.leafHash) })).toBe(false);
        expect(verifyInclusion({ ...claim, root: other(claim.root) })).toBe(false);
        expect(verifyInclusion({ ...claim, index: (index + 1 + (noise % (size - 1))) % size })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.toSpliced(at, 0, other(proof[at])) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.with(at, other(proof[at])) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.with(at, (proof[at] ?? EMPTY_ROOT).slice(1)) })).toBe(
          false,
        );
        // A node in the place of a leaf: what the two prefixes are for.
        const left = proof[0] ?? EMPTY_ROOT;
        expect(
          verifyInclusion({ ...claim, leafHash: nodeHash(left, claim.leafHash), proof: proof.slice(1) }),
        ).toBe(false);
      }),
    );
  });

  it('refuses a consistency claim changed in any one part', () => {
    const cases = fc
      .integer({ min: 2, max: MAX })
      .chain((size2) => fc.tuple(fc.integer({ min: 1, max: size2 - 1 }), fc.constant(size2), fc.nat()));
    fc.assert(
      fc.property(cases, ([size1, size2, noise]) => {
        const proof = consistencyProof(size1, size2, store.read);
        const [root1, root2] = [rootFrom(size1, store.read), rootFrom(size2, store.read)];
        const claim = { size1, size2, root1, root2, proof };
        const at = noise % proof.length;
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, root1: sha256(root1) })).toBe(false);
        expect(verifyConsistency({ ...claim, root2: sha256(root2) })).toBe(false);
        expect(verifyConsistency({ ...claim, root1: root2, root2: root1 })).toBe(false);
        expect(verifyConsistency({ ...claim, size1: size2, size2: size1 })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: proof.toSpliced(at, 0, root1) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: proof.with(at, sha256(proof[at] ?? root1)) })).toBe(
          false,
        );
      }),
    );
  });

  it('never verifies a rewritten history', () => {
    const forked = leaves.with(3, leafHash(utf8('another entry')));
    for (let size2 = 5; size2 <= 20; size2++) {
      const claim = { size1: 4, size2, root1: mth(leaves.slice(0, 4)), root2: mth(forked.slice(0, size2)) };
      expect(verifyConsistency({ ...claim, proof: subproof(4, forked.slice(0, size2), true) })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: consistencyProof(4, size2, store.read) })).toBe(false);
    }
  });

  it('refuses numbers that are no sizes, without throwing', () => {
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const hash = EMPTY_ROOT;
      expect(verifyInclusion({ leafHash: hash, index: bad, size: 8, proof: [], root: hash })).toBe(false);
      expect(verifyInclusion({ leafHash: hash, index: 0, size: bad, proof: [], root: hash })).toBe(false);
      expect(verifyConsistency({ size1: bad, size2: 8, root1: hash, root2: hash, proof: [] })).toBe(false);
      expect(verifyConsistency({ size1: 0, size2: bad, root1: hash, root2: hash, proof: [] })).toBe(false);
    }
    expect(
      verifyConsistency({ size1: 0, size2: 4, root1: sha256(EMPTY_ROOT), root2: EMPTY_ROOT, proof: [] }),
    ).toBe(false);
    const bad = expect.objectContaining({ code: 'bad_size' }) as Error;
    expect(() => inclusionProof(4, 4, store.read)).toThrow(bad);
    expect(() => consistencyProof(5, 4, store.read)).toThrow(bad);
    expect(() => rootFrom(-1, store.read)).toThrow(bad);
    expect(() => nodesToStore(0.5, EMPTY_ROOT, store.read)).toThrow(bad);
  });

  it('reads O(log n) nodes, beyond 2^32 leaves too', () => {
    // In a tree of equal leaves a node depends on its level only, so a tree of any size needs no store.
    const levels = [leafHash(utf8('same'))];
    for (let level = 1; level <= 53; level++) {
      const below = levels[level - 1] ?? EMPTY_ROOT;
      levels.push(nodeHash(below, below));
    }
    let reads = 0;
    const read: ReadNode = (level, index) => {
      reads += 1;
      expect(Number.isSafeInteger(index)).toBe(true);
      return levels[level] ?? expect.fail(`level ${level}`);
    };
    const leaf = levels[0] ?? EMPTY_ROOT;
    const indices = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 });
    fc.assert(
      // A size is one more than an index, and has to be a safe integer itself.
      fc.property(indices, indices, (a, b) => {
        const [index, size] = a < b ? [a, b] : [b, a + 1];
        reads = 0;
        const root = rootFrom(size, read);
        const proof = inclusionProof(index, size, read);
        expect(verifyInclusion({ leafHash: leaf, index, size, proof, root })).toBe(true);
        const size1 = index + 1;
        const consistency = consistencyProof(size1, size, read);
        expect(
          verifyConsistency({
            size1,
            size2: size,
            root1: rootFrom(size1, read),
            root2: root,
            proof: consistency,
          }),
        ).toBe(true);
        nodesToStore(index, leaf, read);
        expect(reads).toBeLessThan(8 * 53);
      }),
      { numRuns: 50 },
    );
  });
});

describe('log leaf', () => {
  const nonce = new Uint8Array(32).fill(7);

  it('is the hash of nonce and payload', () => {
    const joined = Uint8Array.from([...nonce, ...utf8('payload')]);
    expect(leafData(nonce, utf8('payload'))).toEqual(sha256(joined));
    expect(leafData(new Uint8Array(32), utf8('payload'))).not.toEqual(sha256(joined));
  });

  it('takes nonces of 32 bytes only, so that no byte can move between nonce and payload', () => {
    for (const length of [0, 31, 33])
      expect(() => leafData(new Uint8Array(length), nonce)).toThrow(
        expect.objectContaining({ code: 'bad_size' }),
      );
  });
});
