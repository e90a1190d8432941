/**
 * Checks every data file under testlists/. Prints one line per problem, `file:line: problem`, and exits 1;
 * or one summary line. A file that no check knows is a problem too.
 *
 *   npx tsx scripts/check-testlists.ts
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkFiles } from './lib/check-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const names = readdirSync(`${root}testlists`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replaceAll('\\', '/'))
  .sort();
const files = new Map(names.map((name) => [name, readFileSync(root + name, 'utf8')]));
const problems = checkFiles(files);
for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`testlists: ${files.size} files, no problems`);
