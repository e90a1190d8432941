import { describe, expect, it } from 'vitest';
import { WATCH_CONSENT_VERSION, WATCH_TEXTS } from '../../../probe/consent/watch-text.ts';
import { watchPrinter } from '../../../probe/commands/watch-print.ts';
import type { World } from '../../../probe/commands/world.ts';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { WATCH_CATALOGUES, watchMessage } from '../../../shared/i18n/watch.ts';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe('what an unattended probe says', () => {
  it.each(LANGUAGES)('%s has every text with the same names in it', (language) => {
    for (const [id, english] of Object.entries(WATCH_CATALOGUES.en)) {
      const text = WATCH_CATALOGUES[language][id as keyof typeof WATCH_CATALOGUES.en];
      expect(text.trim(), id).not.toBe('');
      expect(placeholders(text), id).toEqual(placeholders(english));
    }
  });

  it('is said once, not every five minutes', () => {
    const err: string[] = [];
    const world = {
      terminal: { columns: 200 },
      out: () => undefined,
      err: (line: string) => void err.push(line),
    } as unknown as World;
    const print = watchPrinter({ json: false, language: 'en' }, world);
    for (let i = 0; i < 3; i++) print.event('network_unknown', {}, { id: 'network_unknown' });
    print.event('heartbeat', { heard: true });
    expect(err).toEqual([watchMessage('en', 'network_unknown')]);
  });
});

describe('the text before watching', () => {
  it('says the same things in every language', () => {
    expect(WATCH_CONSENT_VERSION).toBeGreaterThan(0);
    for (const text of Object.values(WATCH_TEXTS)) {
      expect(text.paragraphs).toHaveLength(WATCH_TEXTS.en.paragraphs.length);
      for (const fact of ['14', '150', '1', '--budget-mb', 'Ctrl-C', 'kuager forget', 'Kuäger'])
        expect(text.paragraphs.join(' '), fact).toContain(fact);
    }
  });
});
