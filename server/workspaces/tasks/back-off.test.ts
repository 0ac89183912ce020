import { describe, expect, it } from 'vitest';
import { backOff } from '@/server/workspaces/tasks/back-off';

describe('B2 Q10 the pause before another try', () => {
  it('doubles from the rule of its kind, up to a minute', () => {
    const middle = (failed: number) => backOff('create', failed, 0.5);
    expect([1, 2, 3, 4, 5, 6, 7].map(middle)).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(backOff('stop', 1, 0.5)).toBe(1_000);
  });

  it('is a quarter longer or shorter by chance', () => {
    expect(backOff('create', 2, 0)).toBe(3_000);
    expect(backOff('create', 2, 1)).toBe(5_000);
    const seen = new Set(Array.from({ length: 50 }, () => backOff('create', 2)));
    expect(seen.size).toBeGreaterThan(10);
    for (const pause of seen) expect(pause >= 3_000 && pause <= 5_000).toBe(true);
  });
});
