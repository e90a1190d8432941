import { checkInterception, checkRootsSnapshot } from './check-certificates.ts';
import {
  checkAnchors,
  checkBlockpages,
  checkNetworks,
  checkResolvers,
  checkTargetList,
} from './check-tables.ts';
import type { ListRule } from './check-tables.ts';
import type { Problem } from './testlist-problem.ts';

/** Most rows of any list: more than a volunteer's line can be asked to carry in one run. */
const MAX_LIST_ROWS = 1_000;

/** Lists with promises of their own; every other list only has to be well formed. */
const LIST_RULES: ReadonlyMap<string, ListRule> = new Map([
  ['testlists/lists/kz.csv', { minRows: 120, maxRows: MAX_LIST_ROWS }],
  ['testlists/lists/global-min.csv', { minRows: 20, maxRows: 20, onlyCategory: 'CTRL' }],
]);

const REQUIRED = [
  'testlists/README.md',
  'testlists/lists/kz.csv',
  'testlists/lists/global-min.csv',
  'testlists/fingerprints/interception.json',
  'testlists/fingerprints/blockpages.csv',
  'testlists/networks.csv',
  'testlists/resolvers.csv',
  'testlists/anchors.csv',
];

/** Checks a set of files, path (relative to the repository, `/`) to text. */
export function checkFiles(files: ReadonlyMap<string, string>): readonly Problem[] {
  const missing = REQUIRED.filter((name) => !files.has(name));
  const problems: Problem[] = missing.map((file) => ({ file, line: 1, message: 'file is missing' }));
  if (![...files.keys()].some((name) => name.startsWith('testlists/roots/'))) {
    problems.push({ file: 'testlists/roots', line: 1, message: 'no roots snapshot' });
  }
  return problems.concat(...[...files].map(([file, text]) => checkFile(file, text)));
}

function checkFile(file: string, text: string): readonly Problem[] {
  if (file.endsWith('.md')) return [];
  if (/^testlists\/lists\/[^/]+\.csv$/.test(file)) {
    return checkTargetList(file, text, LIST_RULES.get(file) ?? { minRows: 1, maxRows: MAX_LIST_ROWS });
  }
  if (/^testlists\/roots\/[^/]+\.pem$/.test(file)) return checkRootsSnapshot(file, text);
  if (file === 'testlists/fingerprints/interception.json') return checkInterception(file, text);
  if (file === 'testlists/fingerprints/blockpages.csv') return checkBlockpages(file, text);
  if (file === 'testlists/resolvers.csv') return checkResolvers(file, text);
  if (file === 'testlists/anchors.csv') return checkAnchors(file, text);
  if (file === 'testlists/networks.csv') return checkNetworks(file, text);
  return [{ file, line: 1, message: 'no check knows this file' }];
}
