/** A bundle judged again by its own files: the same verdict, or a word on why there is none. */
import { describe, expect, test } from 'vitest';
import { createJudgeContext, explain, judgeMeasurement } from '../../../shared/judge/index.ts';
import { rejudge } from '../../../shared/judge/rejudge.ts';
import { ROOTS_PEM } from '../../golden/chains.ts';
import { golden } from '../../golden/rules/tls.sni_at_reflector.ts';
import { GOLDEN_CONTEXT, KNOWN_SERVERS } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';

const { document } = golden.fires;
const files = GOLDEN_CONTEXT.snapshotFiles;
const other = (text: string) => files.map((file) => (file.kind === 'ruleset' ? { ...file, text } : file));

describe('a bundle judged again', () => {
  test('comes to the same verdict', () => {
    expect(rejudge(document, files, KNOWN_SERVERS)).toEqual({ verdict: judged(document).verdict });
  });
  test.each([
    ['{"version": "2020-01-01.1"}', '2020-01-01.1'],
    ['{"version":"2020-01-01.2"}', '2020-01-01.2'],
    ['{"version":""}', 'unknown'],
    [`{"version":"${'1'.repeat(41)}"}`, 'unknown'],
    ['{}', 'unknown'],
    ['', 'unknown'],
  ])('with the rules %s says which others it has', (text, otherRules) => {
    expect(rejudge(document, other(text), KNOWN_SERVERS)).toEqual({ otherRules });
  });
  test('without rules is judged by none', () => {
    const without = files.filter((file) => file.kind !== 'ruleset');
    expect(rejudge(document, without, KNOWN_SERVERS)).toEqual({ otherRules: 'unknown' });
  });
  test.each(['roots', 'fingerprints', 'networks'] as const)(
    'without %s says that a file is missing',
    (kind) => {
      const without = files.filter((file) => file.kind !== kind);
      expect(rejudge(document, without, KNOWN_SERVERS)).toEqual({ problem: 'a snapshot can’t be read' });
    },
  );
  test('with fingerprints that are no JSON says so', () => {
    const damaged = files.map((file) => (file.kind === 'fingerprints' ? { ...file, text: '{' } : file));
    expect(rejudge(document, damaged, KNOWN_SERVERS)).toEqual({ problem: 'a snapshot can’t be read' });
  });
  test('says what is wrong with a document', () => {
    const wrong = { ...document, input: 7 };
    const result = judgeMeasurement(wrong, GOLDEN_CONTEXT);
    const problem = 'problems' in result ? result.problems[0]?.message : undefined;
    expect(problem).toBeTypeOf('string');
    expect(rejudge(wrong, files, KNOWN_SERVERS)).toEqual({ problem });
  });
});

describe('the files of a judgement', () => {
  const texts = {
    rootsPem: ROOTS_PEM,
    interceptionJson: [],
    blockpagesCsv: 'id,where,match,pattern,scope,country,source,date_read,notes\n',
    resolversCsv: 'address,operator,asn,filters,source,date_read\n',
    networksCsv: 'asn,owner,access,from,to,source\n',
    servers: KNOWN_SERVERS,
  };
  const rootsOf = (change: object): string =>
    createJudgeContext({ ...texts, ...change }).snapshotFiles.find(({ kind }) => kind === 'roots')!.text;
  test('have extra roots behind the snapshot, each on its own line', () => {
    const bare = ROOTS_PEM.trimEnd();
    expect(rootsOf({ rootsPem: bare })).toBe(`${bare}\n`);
    expect(rootsOf({ rootsPem: `${bare}\n`, extraRootsPem: [bare, `${bare}\n`] })).toBe(
      `${bare}\n${bare}\n${bare}\n`,
    );
  });
  test('are named by their hashes', () => {
    const { snapshotFiles, snapshots } = createJudgeContext(texts);
    for (const { kind, sha256 } of snapshotFiles) expect(snapshots[kind]).toBe(sha256);
    expect(new Set(snapshotFiles.map(({ sha256 }) => sha256)).size).toBe(4);
  });
});

describe('a verdict in words', () => {
  const { verdict } = judged(document);
  const silent = { ...verdict, method: 'tls.sni_timeout' as const };
  test('names the host and how it ended', () => {
    expect(explain(verdict, 'en')).toContain('open-letters.example');
    expect(explain(verdict, 'en')).not.toBe(explain(silent, 'en'));
  });
  test('without a rule that decided is still a sentence', () => {
    const nobody = { ...verdict, rules: [], method: null };
    expect(explain(nobody, 'en').length).toBeGreaterThan(10);
    expect(explain({ ...nobody, cause: null, authority: null }, 'en')).not.toMatch(/undefined|null|\{/);
  });
});
