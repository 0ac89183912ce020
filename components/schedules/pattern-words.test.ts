import { expect, it } from 'vitest';
import { patternInWords } from '@/components/schedules/pattern-words';

it.each([
  ['0 7 * * 1-5', 'Every weekday at 07:00'],
  ['30 23 * * *', 'Every day at 23:30'],
  ['5 * * * *', 'Every hour at :05'],
  ['0 9 * * 0', 'Every Sunday at 09:00'],
  ['0 9 * * 7', 'Every Sunday at 09:00'],
  ['*/15 * * * *', null],
  ['0 7 1 * *', null],
  ['0 7 * 2 *', null],
  ['0 7,8 * * *', null],
  ['', null],
])('%s is %s', (pattern, words) => {
  expect(patternInWords(pattern)).toBe(words);
});
