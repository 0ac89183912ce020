import { describe, expect, it } from 'vitest';
import { endInWords, isUnchecked, scopesInWords } from '@/components/connections/github-words';

const now = Date.parse('2026-03-04T12:00:00Z');
const at = (days: number) => new Date(now + days * 24 * 3_600_000);

describe('a GitHub connection in words', () => {
  it('tells what the token may do', () => {
    expect(scopesInWords({ scopes: ['repo', 'read:org', 'gist'], statusReason: null })).toBe('all repositories, organisations (reading), gist');
    expect(scopesInWords({ scopes: [], statusReason: null })).toMatch(/fine-grained/);
    expect(scopesInWords({ scopes: [], statusReason: 'The token lacks the scope “repo”.' })).toBe('nothing that GitHub names');
  });

  it('counts down to its end', () => {
    expect(endInWords(null, now)).toBe('never, as far as GitHub says');
    expect(endInWords(at(13.9), now)).toBe('in 13 days');
    expect(endInWords(at(1.2), now)).toBe('in 1 day');
    expect(endInWords(at(0.5), now)).toBe('in less than a day');
    expect(endInWords(at(0), now)).toBe('it has ended');
    expect(endInWords(at(90), now)).toMatch(/2026/);
  });

  it('knows when checks find no answer, which says nothing of a failed one', () => {
    expect(isUnchecked({ status: 'connected', checkedAt: at(-0.05) }, now)).toBe(false);
    expect(isUnchecked({ status: 'connected', checkedAt: at(-0.1) }, now)).toBe(true);
    expect(isUnchecked({ status: 'failed', checkedAt: at(-3) }, now)).toBe(false);
  });
});
