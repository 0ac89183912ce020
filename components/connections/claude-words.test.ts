import { describe, expect, it } from 'vitest';
import { accountInWords, claudeEndInWords } from '@/components/connections/claude-words';

const now = Date.parse('2026-11-21T12:00:00Z');
const inHours = (hours: number) => new Date(now + hours * 3_600_000);

describe('the words about a Claude connection', () => {
  it('say when it ends, as near as one needs to know', () => {
    expect([null, inHours(-1), inHours(5), inHours(30), inHours(14 * 24 + 1)].map((end) => claudeEndInWords(end, now))).toEqual([null, 'has ended', 'in less than a day', 'in 1 day', 'in 14 days']);
    expect(claudeEndInWords(inHours(365 * 24), now)).toMatch(/^on .*2027/);
  });

  it('say whose account it is', () => {
    expect(accountInWords({ method: 'gateway', account: 'llm.corp:4000' })).toBe('LLM gateway, llm.corp:4000');
    expect(accountInWords({ method: 'subscription', account: null })).toBe('Claude subscription');
  });
});
