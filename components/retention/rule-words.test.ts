import { describe, expect, it } from 'vitest';
import { removedSentence } from '@/contract/retention';
import { bytesOf, daysOf, gibOf, inSentence, ruleInWords, sumInWords } from '@/components/retention/rule-words';

describe('a rule in words', () => {
  it('says both bounds, one, or that all is kept', () => {
    expect(ruleInWords('logs', { keepDays: 90, maxBytes: 5 * 1024 ** 3 }, 30)).toBe('Kept for 90 days, at most 5 GiB in all');
    expect(ruleInWords('logs', { keepDays: null, maxBytes: 1024 ** 3 }, 30)).toBe('At most 1 GiB in all');
    expect(ruleInWords('audit', { keepDays: null, maxBytes: null }, 30)).toBe('Kept for good');
    expect(ruleInWords('removed_work', { keepDays: null, maxBytes: null }, 30)).toBe('Kept for 30 days');
  });

  it('keeps the capitals of units in the middle of a sentence', () => {
    expect(inSentence(ruleInWords('logs', { keepDays: 60, maxBytes: 2.5 * 1024 ** 3 }, 30))).toBe('kept for 60 days, at most 2.5 GiB in all');
  });

  it('says sums, and in place of what went when and why', () => {
    expect(sumInWords('audit', { items: 1, bytes: 512 })).toBe('1 entry, 512 B');
    expect(removedSentence('The log', new Date('2026-05-03T23:30:00Z'), 'older than 90 days')).toBe('The log was removed on 3 May 2026 by the rule: older than 90 days.');
  });
});

describe('what is typed', () => {
  it('is a number, nothing, or no number', () => {
    expect([bytesOf('1,5'), bytesOf(' '), bytesOf('much')]).toEqual([1.5 * 1024 ** 3, null, Number.NaN]);
    expect([daysOf('90'), daysOf(''), daysOf('9.5')]).toEqual([90, null, 9.5]);
  });

  it('comes back as it was', () => {
    for (const text of ['', '0.5', '12', '0.001']) expect(gibOf(bytesOf(text))).toBe(text);
  });
});
