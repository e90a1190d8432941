import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contextFromFiles, createJudgeContext } from '../../../shared/judge/index.ts';
import {
  BLOCKPAGES_FILE,
  INTERCEPTION_FILE,
  NETWORKS_FILE,
  RESOLVERS_FILE,
  ROOTS_FILE,
} from '../../../shared/model/index.ts';
import { LAB_BLOCKPAGES_CSV } from '../../scenarios/pages.ts';

const asset = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const SERVERS = { controlKeys: [], reflectors: [] };
const OWN_ROOTS = JSON.stringify({
  version: 1,
  roots: [
    {
      id: 'own-root',
      name: { C: 'ZZ', CN: 'Own' },
      sha256: 'a1'.repeat(32),
      generation: 'own',
      source: 'made for this test',
      date_read: '2026-11-22',
      notes: '',
    },
  ],
});

function contextWith(...files: readonly string[]) {
  return createJudgeContext({
    rootsPem: asset(ROOTS_FILE),
    interceptionJson: [asset(INTERCEPTION_FILE), ...files],
    blockpagesCsv: asset(BLOCKPAGES_FILE),
    resolversCsv: asset(RESOLVERS_FILE),
    networksCsv: asset(NETWORKS_FILE),
    servers: SERVERS,
  });
}
const bare = contextWith();
const added = (of: ReturnType<typeof contextWith>) => ({
  pages: of.fingerprints.blockPages.slice(bare.fingerprints.blockPages.length).map((page) => page.id),
  roots: of.fingerprints.authorities.slice(bare.fingerprints.authorities.length).map((root) => root.id),
});
const LAB_PAGES = ['lab-blockpage', 'lab-blockpage-address', 'lab-notices-address'];

describe('files of fingerprints that an operator adds', () => {
  test('are interception authorities or block pages, told apart by how they begin', () => {
    expect(added(contextWith(LAB_BLOCKPAGES_CSV))).toEqual({ pages: LAB_PAGES, roots: [] });
    expect(added(contextWith(OWN_ROOTS))).toEqual({ pages: [], roots: ['own-root'] });
    expect(added(contextWith(OWN_ROOTS, LAB_BLOCKPAGES_CSV))).toEqual({
      pages: LAB_PAGES,
      roots: ['own-root'],
    });
  });

  test('a mark at the beginning, other line ends and a missing last one are no matter', () => {
    const csv = LAB_BLOCKPAGES_CSV.trimEnd().replaceAll('\n', '\r\n');
    expect(added(contextWith(`\uFEFF${csv}`)).pages).toEqual(LAB_PAGES);
    expect(added(contextWith(csv, LAB_BLOCKPAGES_CSV)).pages).toEqual([...LAB_PAGES, ...LAB_PAGES]);
  });

  test('change the snapshot’s hash, and are in it', () => {
    const context = contextWith(LAB_BLOCKPAGES_CSV);
    expect(context.snapshots.fingerprints).not.toBe(bare.snapshots.fingerprints);
    expect(added(contextFromFiles(context.snapshotFiles, SERVERS)).pages).toEqual(LAB_PAGES);
  });

  test('what is neither is an error', () => {
    for (const text of ['where,id\nbody,x\n', 'id,where,match', ''])
      expect(() => contextWith(text)).toThrow('not JSON');
  });
});
