/**
 * `npm run fuzz [-- --cases N] [-- --seed N] [-- --from CASE] [-- --save FOLDER]`: hostile certificate chains against everything that reads
 * one. Sound chains are edited as trees, signed anew or not, shuffled and spoilt; OpenSSL says what may be trusted. Exits
 * 1 when anything was thrown, slow, different the second time, or believed without reason. Kept cases are replayed by
 * test/unit/observe/hostile-chains.test.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createChecker } from './fuzz/check-case.ts';
import { makeCorpus } from './fuzz/corpus.ts';
import { keptCase } from './fuzz/kept.ts';
import { makeCase, type FuzzCase } from './fuzz/make-case.ts';
import { createOpenssl } from './fuzz/oracle.ts';
import { createRandom } from './fuzz/random.ts';

/** One case in so many is judged as a document, and one is asked of `openssl verify` though we don't trust it. */
const EVERY_DOCUMENT = 20;
const EVERY_STRICTNESS = 200;
const SAVED_AT_MOST = 20;
const SHOWN_EVERY = 10_000;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    save: { type: 'string', default: 'fuzz-failures' },
  },
});
const [cases, seed, from] = [Number(values.cases), Number(values.seed), Number(values.from)];

const corpus = makeCorpus();
const openssl = createOpenssl();
if (openssl === null) process.stderr.write('no openssl program: node:crypto alone is the oracle\n');
const { check, counts } = createChecker(corpus, openssl);
const failures = new Map<string, number>();
let saved = 0;

function note(number: number, wanted: FuzzCase, problem: string): void {
  const before = failures.get(problem) ?? 0;
  failures.set(problem, before + 1);
  if (before > 0 || saved >= SAVED_AT_MOST) return;
  saved += 1;
  mkdirSync(values.save, { recursive: true });
  const file = join(values.save, `case-${seed}-${number}.json`);
  writeFileSync(file, keptCase(wanted, problem));
  process.stdout.write(`case ${number}: ${problem}; ${wanted.edits.join(', ')}; kept as ${file}\n`);
}

const started = performance.now();
for (let number = from; number < from + cases; number++) {
  // A state of its own for each case, so that any of them can be made again by its number.
  const wanted = makeCase(corpus, createRandom(seed * 0x1000003 + number));
  try {
    const document = number % EVERY_DOCUMENT === 0;
    for (const problem of check(wanted, { document, strictness: number % EVERY_STRICTNESS === 1 }))
      note(number, wanted, problem);
  } catch (error) {
    note(
      number,
      wanted,
      `thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  if ((number + 1 - from) % SHOWN_EVERY === 0)
    process.stderr.write(
      `${number + 1 - from} cases, ${Math.round((performance.now() - started) / 1000)} s\n`,
    );
}
openssl?.close();

const seconds = (performance.now() - started) / 1000;
const processor = process.cpuUsage().user / 1e6;
process.stdout.write(
  [
    `${cases} cases in ${seconds.toFixed(0)} s (${processor.toFixed(0)} s of processor), ${(cases / seconds).toFixed(0)} a second; slowest appraisal ${counts.slowestMs.toFixed(0)} ms`,
    `${counts.unreadable} with something unreadable, ${counts.trusted} trusted, ${counts.known} by a known authority, ${counts.imitations} by one of its name`,
    `${counts.documents} judged as documents; of ${counts.asked} untrusted ones OpenSSL would trust ${counts.stricter}; it can't read ${counts.beyond} of the trusted paths`,
    `${[...failures.values()].reduce((sum, n) => sum + n, 0)} failures`,
    '',
  ].join('\n'),
);
for (const [problem, times] of failures) process.stdout.write(`${times} × ${problem}\n`);
if (failures.size > 0) process.exitCode = 1;
