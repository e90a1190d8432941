import { describe, expect, test } from 'vitest';
import { EVIDENCE_LEVELS, type Verdict } from '../../shared/model/index.ts';
import { RULES, type Finding } from '../../shared/rules/index.ts';
import type { Expected, GoldenFinding } from './case.ts';
import { contractProblems } from './contract.ts';
import { GOLDEN_CASES } from './corpus.ts';
import { handle, judged } from './judged.ts';

const ACCUSATIONS: readonly string[] = ['interfered', 'suspected'];

function asGolden(finding: Finding): GoldenFinding {
  const { outcome, method, cause, authority, evidence, because, counterfactuals } = finding;
  return {
    outcome,
    ...(method === undefined ? {} : { method }),
    ...(cause === undefined ? {} : { cause }),
    ...(authority === undefined ? {} : { authority }),
    evidence,
    because: [...new Set(because.map((o) => handle(o.id)))].sort(),
    ...(counterfactuals === undefined || counterfactuals.length === 0 ? {} : { counterfactuals }),
  };
}

function expectVerdict(verdict: Verdict, wanted: Expected): void {
  const { outcome, method = null, cause = null, authority = null, evidence } = wanted;
  expect(verdict).toMatchObject({ outcome, method, cause, authority });
  if (evidence !== undefined) expect(verdict.evidence).toBe(evidence);
}

describe('the contract of the rules', () => {
  const goldenIds = GOLDEN_CASES.map((golden) => golden.rule);

  test('is kept', () => {
    expect(contractProblems(RULES, goldenIds)).toEqual([]);
  });

  test('is broken by every single thing that may be missing', () => {
    const rule = { id: 'dns.two_replies', claim: 'A claim.', outcomes: ['down'], alternatives: [] } as const;
    const problems = (change: Partial<(typeof RULES)[number]>, golden = ['dns.two_replies']) =>
      contractProblems([{ ...rule, ...change }], golden);
    expect(problems({})).toEqual([]);
    expect(problems({}, [])).toEqual(['dns.two_replies: no golden case']);
    expect(problems({}, ['dns.two_replies', 'dns.gone'])).toEqual(['dns.gone: a golden case without a rule']);
    expect(problems({ alternatives: ['aliens'] })).toEqual([
      'dns.two_replies: no message alternative.aliens',
    ]);
    expect(problems({ id: 'dns.new' }, ['dns.new'])).toEqual(['dns.new: no message rule.dns.new']);
    expect(problems({ outcomes: [] })).toEqual(['dns.two_replies: no outcome']);
    expect(problems({ claim: 'a heading' })).toEqual(['dns.two_replies: the claim is no sentence']);
    expect(contractProblems([rule, rule], [rule.id])).toEqual(['dns.two_replies: two rules have this id']);
    expect(problems({ id: 'tls.known_authority' }, ['tls.known_authority'])).toEqual([
      'tls.known_authority: the id of a retired rule',
    ]);
  });
});

describe.each(GOLDEN_CASES)('$rule', ({ rule: id, fires, lookAlike }) => {
  const rule = RULES.find((each) => each.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);

  test(`fires: ${fires.story}`, () => {
    const { verdict, case: c } = judged(fires.document);
    const findings = rule.fires(c);
    expect(findings.map(asGolden)).toEqual([
      { ...fires.finding, because: [...fires.finding.because].sort() },
    ]);
    expect(rule.outcomes).toContain(fires.finding.outcome);
    // `contrary` is no strength, it is a direction.
    const level = (evidence: string): number => EVIDENCE_LEVELS.findIndex((each) => each === evidence);
    expect(level(fires.finding.evidence)).toBeGreaterThanOrEqual(level(rule.evidence));
    expect(verdict.rules.map((each) => each.id)).toContain(id);
    expectVerdict(verdict, fires.verdict ?? fires.finding);
  });

  test(`does not fire: ${lookAlike.story}`, () => {
    const { verdict, case: c } = judged(lookAlike.document);
    expect(rule.fires(c).map(asGolden)).toEqual([]);
    expectVerdict(verdict, lookAlike.verdict);
    // What looks like an accusation of this strength must not become one by another rule.
    if (rule.outcomes.includes('interfered')) expect(verdict.outcome).not.toBe('interfered');
    if (rule.outcomes.includes('suspected')) expect(ACCUSATIONS).not.toContain(verdict.outcome);
  });
});
