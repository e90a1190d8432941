import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rulesReadme } from '../../../scripts/lib/rules-readme.ts';
import { RETIRED_RULES, RULES } from '../../../shared/rules/index.ts';

test('shared/rules/README.md is what the rules say; else: npx tsx scripts/update-rules-readme.ts', () => {
  const stored = readFileSync('shared/rules/README.md', 'utf8');
  expect(stored).toBe(rulesReadme(RULES, RETIRED_RULES));
  for (const { id } of RULES) expect(stored).toContain(`- \`${id}\` · `);
});

test('a rule of its own prefix, one that stands alone, and none retired', () => {
  const text = rulesReadme(
    [
      { id: 'a.one', claim: 'It is one thing.', evidence: 'weak', outcomes: ['suspected'] },
      { id: 'b.two', claim: 'So.', evidence: 'confirmed', outcomes: ['interfered'], standsAlone: true },
      { id: 'a.three', claim: 'Third.', evidence: 'strong', outcomes: ['down', 'local'] },
    ],
    {},
  );
  expect(text.split('\n').filter((line) => /^[-#]/.test(line))).toEqual([
    '# Rules',
    '## a',
    '- `a.one` · suspected, weak. It is one thing.',
    '- `a.three` · down or local, strong. Third.',
    '## b',
    '- `b.two` · interfered, confirmed, alone. So.',
  ]);
});
