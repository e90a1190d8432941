import { describe, expect, it } from 'vitest';
import { EN } from '../../../shared/i18n/en.ts';
import { DRAFT_LANGUAGES, LANGUAGES, isMessageId, message } from '../../../shared/i18n/index.ts';
import { KK } from '../../../shared/i18n/kk.ts';
import { RU } from '../../../shared/i18n/ru.ts';
import { OUTCOMES } from '../../../shared/model/index.ts';
import { RETIRED_RULES, RULES } from '../../../shared/rules/index.ts';

const CATALOGUES: Readonly<Record<(typeof LANGUAGES)[number], Readonly<Record<string, string>>>> = {
  en: EN,
  ru: RU,
  kk: KK,
};
/** What the explanation of a verdict can fill in; any other name would reach the reader in braces. */
const KNOWN_PLACEHOLDERS = [
  'active',
  'again',
  'authority',
  'blocked',
  'cause',
  'count',
  'domain',
  'equal',
  'first',
  'group',
  'host',
  'hours',
  'key',
  'known',
  'local',
  'matched',
  'method',
  'name',
  'names',
  'networks',
  'of',
  'overdue',
  'owners',
  'pseudonyms',
  'since',
  'symptom',
  'text',
  'until',
  'utc',
  'voters',
  'when',
  'whole',
];
/** What is said of an interception or an event is a sentence each, but for what it was known by and how it is called. */
const isSentence = (id: string): boolean =>
  /^(rule|interception|event|alert|blocking|silence)\./.test(id) &&
  !/^interception\.matched_|^event\.authority_/.test(id);
/** Without һ: it occurs in few words, and none of them is needed here. */
const KAZAKH_LETTERS = [...'әғқңөұүі'];

const placeholders = (text: string): string[] => [...text.matchAll(/\{([^{}]*)\}/g)].map((m) => m[1]!).sort();
const idsWhere = (texts: Readonly<Record<string, string>>, wrong: (text: string, id: string) => boolean) =>
  Object.entries(texts)
    .filter(([id, text]) => wrong(text, id))
    .map(([id]) => id);

describe.each(LANGUAGES)('catalogue %s', (language) => {
  const texts = CATALOGUES[language];

  it('has exactly the keys of English', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(EN).sort());
  });

  it('has the placeholders of English, key by key, and no others', () => {
    for (const [id, english] of Object.entries(EN)) {
      expect(placeholders(texts[id] ?? ''), id).toEqual(placeholders(english));
    }
    const used = new Set(Object.values(texts).flatMap(placeholders));
    expect([...used].sort()).toEqual(KNOWN_PLACEHOLDERS);
  });

  it('has no empty or untidy text', () => {
    expect(idsWhere(texts, (text) => text.trim() === '' || text !== text.trim())).toEqual([]);
    expect(idsWhere(texts, (text) => / {2}|[\n\t]| [,.;:]/.test(text))).toEqual([]);
    expect(idsWhere(texts, (text) => text !== text.normalize('NFC'))).toEqual([]);
  });

  it('writes rules as sentences and everything else as a phrase to build on', () => {
    expect(idsWhere(texts, (text, id) => isSentence(id) !== text.endsWith('.'))).toEqual([]);
  });

  it('attaches no ending to a placeholder', () => {
    expect(idsWhere(texts, (text) => /\}[\p{L}\p{M}’'-]|[\p{L}\p{M}-]\{/u.test(text))).toEqual([]);
  });

  it('has a message for every outcome, rule and alternative', () => {
    const needed = [
      ...OUTCOMES.map((outcome) => `outcome.${outcome}`),
      ...RULES.map((rule) => `rule.${rule.id}`),
      ...Object.keys(RETIRED_RULES).map((id) => `rule.${id}`),
      'rule.none',
      ...RULES.flatMap((rule) => rule.alternatives.map((alternative) => `alternative.${alternative}`)),
    ];
    expect(needed.filter((id) => !Object.hasOwn(texts, id))).toEqual([]);
  });

  it('puts the values where the names stood', () => {
    const values = Object.fromEntries(KNOWN_PLACEHOLDERS.map((name) => [name, `<${name}>`]));
    for (const id of Object.keys(EN).filter(isMessageId)) {
      const text = message(language, id, values);
      expect(text, id).not.toMatch(/[{}]/);
      for (const name of placeholders(EN[id])) expect(text, id).toContain(`<${name}>`);
    }
  });
});

describe('translations', () => {
  it('are written in their own language', () => {
    expect(idsWhere(RU, (text) => !/[а-яё]/i.test(text))).toEqual([]);
    expect(idsWhere(RU, (text) => /[әғқңөұүһі]/i.test(text))).toEqual([]);
    expect(idsWhere(KK, (text, id) => isSentence(id) && !/[әғқңөұүһі]/i.test(text))).toEqual([]);
    const kazakh = Object.values(KK).join(' ').toLowerCase();
    expect(KAZAKH_LETTERS.filter((letter) => !kazakh.includes(letter))).toEqual([]);
  });

  it('hold no word that mixes Latin and Cyrillic letters that look alike', () => {
    const mixed = /\p{Script=Latin}\p{Script=Cyrillic}|\p{Script=Cyrillic}\p{Script=Latin}/u;
    expect(idsWhere(RU, (text) => mixed.test(text))).toEqual([]);
    expect(idsWhere(KK, (text) => mixed.test(text))).toEqual([]);
  });

  it('say that Kazakh is a draft', () => {
    expect([...DRAFT_LANGUAGES]).toEqual(['kk']);
  });

  it('keep host names with Kazakh letters whole', () => {
    const host = 'әғқңөұүһі.қаз';
    for (const language of LANGUAGES) expect(message(language, 'rule.none', { host })).toContain(host);
  });
});

describe('an explanation with a symptom', () => {
  const values = { host: 'site.example', symptom: '' };

  it.each([
    ['ru', 'rule.tls.split_passes', 'соединение сбрасывается; когда то же имя отправлено'],
    ['kk', 'rule.tls.split_passes', 'байланыс кенет үзіледі; сол атау екі бөлікке'],
    ['en', 'rule.tls.split_passes', 'The connection is reset when the name site.example is said'],
  ] as const)('reads as one sentence in %s', (language, id, expected) => {
    const symptom = message(language, 'symptom.reset');
    expect(message(language, id, { ...values, symptom })).toContain(expected);
  });
});
