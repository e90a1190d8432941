/** `npx tsx scripts/update-rules-readme.ts`: writes shared/rules/README.md anew. A test compares. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RETIRED_RULES, RULES } from '../shared/rules/index.ts';
import { rulesReadme } from './lib/rules-readme.ts';

const path = fileURLToPath(new URL('../shared/rules/README.md', import.meta.url));
writeFileSync(path, rulesReadme(RULES, RETIRED_RULES));
console.log(`shared/rules/README.md: ${RULES.length} rules`);
