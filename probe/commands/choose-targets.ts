/** The URLs of one run: from --url, --input-file and --list; without any of them the list that ships with the program. */
import { KNOWN_LISTS, readAsset, type KnownList } from '../assets.ts';
import type { Target } from '../../shared/model/index.ts';
import { ProbeError } from '../errors.ts';
import {
  isRisky,
  normalUrl,
  readInputFile,
  readTargetCsv,
  urlProblem,
  type TargetList,
} from '../plan/targets.ts';
import { readNamedText } from './files.ts';
import type { RunSettings } from './run-options.ts';

export interface ChosenTarget {
  readonly url: string;
  readonly risky: boolean;
  /**
   * Name of the shipped list that has this URL; `custom` when none has: such results stay here without --publish.
   * `collector`: the collector's own site, which the run added.
   */
  readonly list: KnownList | 'custom' | 'collector';
}

const DEFAULT_LISTS: readonly KnownList[] = ['kz', 'global-min'];
const MAX_LIST_MEBIBYTES = 8;
/** Broken rows that are named one by one; the rest is only counted. */
const MAX_PROBLEMS_SHOWN = 10;

const isKnown = (name: string): name is KnownList => Object.hasOwn(KNOWN_LISTS, name);

/** Every URL of the shipped lists, with the list and whether it is risky. */
function knownUrls(): Map<string, ChosenTarget> {
  const known = new Map<string, ChosenTarget>();
  for (const list of DEFAULT_LISTS)
    for (const target of readTargetCsv(readAsset(KNOWN_LISTS[list])).targets)
      if (!known.has(target.url)) known.set(target.url, { url: target.url, risky: isRisky(target), list });
  return known;
}

function report(source: string, { problems }: TargetList, warn: (line: string) => void): void {
  for (const { line, message } of problems.slice(0, MAX_PROBLEMS_SHOWN))
    warn(`${source}:${line}: ${message}; row left out`);
  if (problems.length > MAX_PROBLEMS_SHOWN)
    warn(`${source}: ${problems.length - MAX_PROBLEMS_SHOWN} more rows left out`);
}

async function readList(name: string): Promise<TargetList> {
  if (isKnown(name)) return readTargetCsv(readAsset(KNOWN_LISTS[name]));
  if (!/[./\\]/.test(name))
    throw new ProbeError(
      'LIST_UNREADABLE',
      `there is no list "${name}"; known: ${Object.keys(KNOWN_LISTS).join(', ')}, or give a file`,
    );
  return readTargetCsv(await readNamedText(name, MAX_LIST_MEBIBYTES, 'LIST_UNREADABLE'));
}

/** By category code, host, or URL. */
function isExcluded(target: Target, exclude: readonly string[]): boolean {
  const { host, hostname } = new URL(target.url);
  return exclude.some(
    (text) =>
      text.toUpperCase() === target.categoryCode ||
      text.toLowerCase() === hostname ||
      text.toLowerCase() === host ||
      (URL.canParse(text) && normalUrl(text) === target.url),
  );
}

/** Throws BAD_URL, LIST_UNREADABLE, LIST_EMPTY. Broken rows are named through `warn` and left out. */
export async function chooseTargets(
  settings: RunSettings,
  warn: (line: string) => void,
): Promise<{ readonly targets: readonly ChosenTarget[]; readonly riskyLeftOut: number }> {
  const known = knownUrls();
  const chosen = new Map<string, ChosenTarget>();
  let riskyLeftOut = 0;
  const add = (url: string, risky: boolean, asked: boolean): void => {
    const target = known.get(url) ?? { url, risky, list: 'custom' as const };
    // Who types a URL wants exactly that one; a list must not bring a risky one along unasked.
    if (target.risky && !asked && !settings.risky) riskyLeftOut++;
    else if (!chosen.has(url)) chosen.set(url, target);
  };
  for (const text of settings.urls) {
    const problem = urlProblem(text);
    if (problem !== null) throw new ProbeError('BAD_URL', `"${text.slice(0, 80)}" ${problem}`);
    add(normalUrl(text), false, true);
  }
  const named = settings.urls.length > 0 || settings.inputFile !== null;
  const lists = settings.lists.length > 0 ? settings.lists : named ? [] : DEFAULT_LISTS;
  const sources: (readonly [string, TargetList])[] = [];
  for (const name of lists) sources.push([name, await readList(name)]);
  if (settings.inputFile !== null)
    sources.push([
      settings.inputFile,
      readInputFile(await readNamedText(settings.inputFile, MAX_LIST_MEBIBYTES, 'LIST_UNREADABLE')),
    ]);
  for (const [source, list] of sources) {
    report(source, list, warn);
    for (const target of list.targets)
      if (!isExcluded(target, settings.exclude)) add(target.url, isRisky(target), false);
  }
  if (chosen.size === 0)
    throw new ProbeError(
      'LIST_EMPTY',
      'nothing to measure: no usable URL was given' + (riskyLeftOut > 0 ? ' (risky ones need --risky)' : ''),
    );
  return { targets: [...chosen.values()], riskyLeftOut };
}
