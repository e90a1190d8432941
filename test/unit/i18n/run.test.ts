import { describe, expect, it } from 'vitest';
import { printer } from '../../../probe/commands/print-result.ts';
import type { RunSettings } from '../../../probe/commands/run-options.ts';
import type { World } from '../../../probe/commands/world.ts';
import { LANGUAGES, type Language } from '../../../shared/i18n/index.ts';
import { RUN_CATALOGUES, runMessage } from '../../../shared/i18n/run.ts';
import type { Verdict } from '../../../shared/model/index.ts';

const COLUMNS = 60;

function ended(met: readonly (readonly [Verdict['cause'], boolean | null])[], language: Language = 'en') {
  const err: string[] = [];
  const world = {
    terminal: { interactive: false, color: false, columns: COLUMNS },
    out: () => undefined,
    err: (line: string) => void err.push(line),
  } as unknown as World;
  const print = printer({ language, json: false, upload: true } as RunSettings, world, met.length);
  for (const [cause, trusted] of met) print.intercepted({ cause } as Verdict, trusted);
  print.end({ reason: 'done', left: 0 } as Parameters<typeof print.end>[0]);
  return err;
}
const said = (...met: Parameters<typeof ended>[0]): string => ended(met).slice(1).join(' ');

describe('what a run says of an interceptor it met', () => {
  it('accuses nobody on the way of what stands on the device', () => {
    expect(said(['local_interception', false])).toBe(runMessage('en', 'met.local'));
    expect(said(['local_interception', true])).toBe(runMessage('en', 'met.local'));
    expect(said(['local_interception', null])).not.toContain('on the way');
  });

  it('is the worst of what was met', () => {
    expect(said([null, false], ['local_interception', true])).toBe(runMessage('en', 'met.untrusted'));
    expect(said([null, null], [null, false])).toBe(runMessage('en', 'met.unsure'));
    expect(said([null, true], [null, null])).toBe(runMessage('en', 'met.trusted'));
  });

  it('is nothing where none was met, and no line is wider than the terminal', () => {
    expect(ended([])).toEqual(['0 of 0 measured']);
    for (const language of LANGUAGES)
      for (const line of ended([[null, true]], language)) expect(line.length).toBeLessThanOrEqual(COLUMNS);
  });
});

describe('its catalogue', () => {
  const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

  it.each(LANGUAGES)('%s has every text with the same names in it', (language) => {
    for (const [id, english] of Object.entries(RUN_CATALOGUES.en)) {
      const text = RUN_CATALOGUES[language][id as keyof typeof RUN_CATALOGUES.en];
      expect(text.trim(), id).not.toBe('');
      expect(placeholders(text), id).toEqual(placeholders(english));
    }
  });

  it('fills in numbers', () => {
    expect(runMessage('ru', 'measured', { done: 1, total: 2 })).toBe('измерено 1 из 2');
  });
});
