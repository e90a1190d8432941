import { expect, it } from 'vitest';
import { phrasesOf } from '../../../shared/judge/group-words.ts';

it('finds words by the whole id and by its end, and says once that some have none', () => {
  const ids = ['slow_line', 'alternative.slow_line', 'x', 'y'];
  expect(phrasesOf(ids, 'alternative', 'alternative.without_words', 'en')).toEqual([
    'a slow or overloaded line',
    'an explanation for which this version has no words',
  ]);
});
