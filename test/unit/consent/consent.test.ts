import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForConsent, MAX_QUESTIONS, riskTextLines } from '../../../probe/consent/ask.ts';
import { makeConsentRecord, needsConsent } from '../../../probe/consent/record.ts';
import { CONSENT_VERSION, RISK_TEXTS } from '../../../probe/consent/risk-text.ts';
import { forgetConsent, readConsent, writeConsent } from '../../../probe/consent/store.ts';

function dialogue(answers: readonly (string | null)[]) {
  const said: string[] = [];
  let asked = 0;
  return {
    said,
    asked: () => asked,
    say: (text: string) => void said.push(text),
    ask: () => Promise.resolve(answers[asked++] ?? null),
  };
}

describe('risk text', () => {
  it('says the same things in every language', () => {
    const count = RISK_TEXTS.en.paragraphs.length;
    for (const text of Object.values(RISK_TEXTS)) {
      expect(text.paragraphs).toHaveLength(count);
      for (const fact of ['90', '14', '30', 'kuager forget', 'Ctrl-C', 'SIM', 'SMS'])
        expect(text.paragraphs.join(' '), fact).toContain(fact);
    }
  });

  it('marks drafts in what is shown', () => {
    expect(RISK_TEXTS.kk.draft).toBe(true);
    expect(riskTextLines('kk')).toContain(RISK_TEXTS.kk.draftNote);
    for (const text of Object.values(RISK_TEXTS)) expect(text.draft).toBe(text.draftNote !== '');
  });
});

describe('askForConsent', () => {
  it.each([
    ['en', 'yes'],
    ['en', ' YES. '],
    ['ru', 'Да'],
    ['kk', 'Иә'],
    ['kk', 'yes'],
  ] as const)('%s: %j is a yes', async (language, answer) => {
    const d = dialogue([answer]);
    expect(await askForConsent(language, d)).toBe(true);
    expect(d.said).toHaveLength(1);
  });

  it.each([
    [['no'], 1],
    [['нет'], 1],
    [[null], 1],
    [['', 'maybe', 'sure', 'yes'], MAX_QUESTIONS],
  ] as const)('%j is no consent', async (answers, questions) => {
    const d = dialogue(answers);
    expect(await askForConsent('ru', d)).toBe(false);
    expect(d.asked()).toBe(questions);
    expect(d.said.at(-1)).toBe(RISK_TEXTS.ru.declined);
  });

  it('asks again after an unclear answer', async () => {
    expect(await askForConsent('en', dialogue(['what?', 'yes']))).toBe(true);
  });
});

describe('the record', () => {
  let folder: string;
  beforeEach(async () => void (folder = join(await mkdtemp(join(tmpdir(), 'kuager-consent-')), 'state')));
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  it('is kept by version and day, for the user alone, and can be forgotten', async () => {
    expect(needsConsent(await readConsent(folder), CONSENT_VERSION)).toBe(true);
    const now = Date.UTC(2025, 2, 4, 23, 59, 58);
    const record = makeConsentRecord({ version: CONSENT_VERSION, language: 'kk', how: 'answer', now });
    expect(record.date).toBe('2025-03-04');
    await writeConsent(folder, record);
    expect(await readConsent(folder)).toEqual(record);
    expect(needsConsent(record, CONSENT_VERSION)).toBe(false);
    expect(needsConsent(record, CONSENT_VERSION + 1)).toBe(true);
    expect((await stat(join(folder, 'consent.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['consent.json']);
    await forgetConsent(folder);
    expect(await readConsent(folder)).toBeNull();
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"version":"1"}',
    '{"version":1,"date":"now","language":"en","how":"flag"}',
  ])('takes %j for no consent', async (text) => {
    await writeConsent(folder, makeConsentRecord({ version: 1, language: 'en', how: 'flag', now: 0 }));
    await writeFile(join(folder, 'consent.json'), text);
    expect(await readConsent(folder)).toBeNull();
  });
});
