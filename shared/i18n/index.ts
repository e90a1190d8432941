/** Message catalogues. Every language has every key; scripts and tests check it. Kazakh is a draft until a native speaker has read it. */
import { fill } from './fill.ts';
import { EN } from './en.ts';
import { KK } from './kk.ts';
import { RU } from './ru.ts';

export const LANGUAGES = ['kk', 'ru', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type MessageId = keyof typeof EN;

const CATALOGUES: Readonly<Record<Language, Readonly<Record<MessageId, string>>>> = {
  en: EN,
  kk: KK,
  ru: RU,
};

/** Languages whose texts no native speaker has read yet. */
export const DRAFT_LANGUAGES: ReadonlySet<Language> = new Set(['kk']);

export function isMessageId(id: string): id is MessageId {
  return Object.hasOwn(EN, id);
}

/** `{name}` in the text is replaced by the value of that name; values are shown as they are. */
export function message(
  language: Language,
  id: MessageId,
  values: Readonly<Record<string, string>> = {},
): string {
  return fill(CATALOGUES[language][id], values);
}
