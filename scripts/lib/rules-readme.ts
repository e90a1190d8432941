/** shared/rules/README.md: every rule with what it claims, made from the rules themselves. Pure. */
import type { Rule } from '../../shared/rules/rule.ts';

type Documented = Pick<Rule, 'id' | 'claim' | 'evidence' | 'outcomes' | 'standsAlone'>;

const INTRODUCTION = `# Rules

Written by \`npx tsx scripts/update-rules-readme.ts\` from the rules; a test fails when it is out of date.

A rule looks at what was observed and says one thing of it, or nothing. Each line: its id, the outcome, how sure it can be at most, and
the claim. \`alone\`: it may accuse without a matched pair. \`contrary\`: what it saw proves nothing either way. Which of the rules that
fired decides: decision record 004. To add one: CONTRIBUTING.md.
`;

function line({ id, claim, evidence, outcomes, standsAlone }: Documented): string {
  const alone = standsAlone === true ? ', alone' : '';
  return `- \`${id}\` · ${outcomes.join(' or ')}, ${evidence}${alone}. ${claim}`;
}

const groupOf = ({ id }: Documented): string => id.slice(0, id.indexOf('.'));

/** In the order of the rules, those of one prefix together. */
export function rulesReadme(
  rules: readonly Documented[],
  retired: Readonly<Record<string, readonly string[]>>,
): string {
  const groups = [...new Set(rules.map(groupOf))];
  const sections = groups.map((group) => {
    const lines = rules.filter((rule) => groupOf(rule) === group).map(line);
    return `## ${group}\n\n${lines.join('\n')}\n`;
  });
  const gone = Object.entries(retired).map(
    ([id, followers]) => `- \`${id}\` → ${followers.map((follower) => `\`${follower}\``).join(', ')}`,
  );
  const end = `## Retired\n\nNever used again; verdicts made with them are still explained.\n\n${gone.join('\n')}\n`;
  return [INTRODUCTION, ...sections, ...(gone.length === 0 ? [] : [end])].join('\n');
}
