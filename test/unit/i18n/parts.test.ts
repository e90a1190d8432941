import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { PAGE_CATALOGUES } from '../../../shared/i18n/pages.ts';
import { WATCH_CATALOGUES } from '../../../shared/i18n/watch.ts';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe.each([
  ['pages', PAGE_CATALOGUES],
  ['watch', WATCH_CATALOGUES],
] as const)(
  'the catalogue of %s',
  (_, catalogues: Readonly<Record<string, Readonly<Record<string, string>>>>) => {
    it.each(LANGUAGES)('%s has every text with the same names in it', (language) => {
      for (const [id, english] of Object.entries(catalogues['en'] ?? {})) {
        const text = catalogues[language]?.[id] ?? '';
        expect(text.trim(), id).not.toBe('');
        expect(placeholders(text), id).toEqual(placeholders(english));
      }
    });
  },
);
