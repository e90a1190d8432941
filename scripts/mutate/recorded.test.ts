/** The recorded scenarios judged again: each has to come to what its scenario says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contextFromFiles, judgeCase } from '../../shared/judge/index.ts';
import { differences } from '../../test/lab/compare.ts';
import { ALL_SCENARIOS } from '../../test/scenarios/index.ts';
import type { Recording } from './record.ts';

const { files, servers, documents } = JSON.parse(
  readFileSync(process.env['KUAGER_RECORDING'] ?? '', 'utf8'),
) as Recording;
const context = contextFromFiles(files, servers);

describe('the recorded scenario', () => {
  test.each(documents.map((each, i) => ({ ...each, nth: i + 1 })))('$scenario, $nth', (each) => {
    const judged = judgeCase(each.document, context);
    const wanted = ALL_SCENARIOS.find(({ name }) => name === each.scenario)!.expect;
    expect(differences('verdict' in judged ? judged.verdict : null, wanted)).toEqual([]);
  });
});
