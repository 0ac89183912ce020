import { describe, expect, it } from 'vitest';
import { expiredReason, shortfallOf, statusOfToken } from '@/server/connections/github/judge-token';

const now = Date.parse('2026-03-04T12:00:00Z');
const inDays = (days: number) => new Date(now + days * 24 * 3_600_000);

describe('how a token stands', () => {
  it('SEC-13: is expiring within fourteen days of its end, and failed from it on', () => {
    const cases: [Date | null, string][] = [[null, 'connected'], [inDays(14.001), 'connected'], [inDays(14), 'expiring'], [inDays(0.001), 'expiring'], [inDays(0), 'failed'], [inDays(-1), 'failed']];
    expect(cases.map(([end]) => statusOfToken(end, now))).toEqual(cases.map(([, status]) => status));
    expect(expiredReason(inDays(-1))).toBe('The token expired on 2026-03-03. Replace it with a new one.');
  });

  it('says what it may not do, of the kinds of which GitHub names scopes', () => {
    expect(shortfallOf('ghp_x', { scopes: ['public_repo', 'workflow'] })).toMatch(/“repo”/);
    expect(shortfallOf('gho_x', { scopes: ['repo'] })).toMatch(/“workflow”/);
    expect(shortfallOf('0123456789abcdef0123456789abcdef01234567', { scopes: [] })).toMatch(/“repo”/);
    expect(shortfallOf('ghp_x', { scopes: ['repo', 'workflow'] })).toBeNull();
    for (const kind of ['github_pat_x', 'ghu_x']) expect(shortfallOf(kind, { scopes: [] })).toBeNull();
  });
});
