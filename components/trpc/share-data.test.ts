import { describe, expect, it } from 'vitest';
import { shareData } from '@/components/trpc/share-data';

const row = (name: string, at: number) => ({ name, since: new Date(at), limits: { memory: 1 }, steps: [{ at: new Date(at) }] });

describe('data that come anew', () => {
  it('are the old ones when they say the same, dates included', () => {
    const before = [row('a', 1), row('b', 2)];
    expect(shareData(before, [row('a', 1), row('b', 2)])).toBe(before);
  });

  it('keep every part that did not change', () => {
    const before = [row('a', 1), row('b', 2)];
    const next = [row('a', 1), { ...row('b', 3), limits: { memory: 1 } }];
    const shared = shareData(before, next);
    expect(shared).toEqual(next);
    expect([shared[0] === before[0], shared[1] === before[1], shared[1]?.limits === before[1]?.limits]).toEqual([true, false, true]);
  });

  it.each([
    [{ a: 1 }, { a: 1, b: undefined }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [[1, 2], [1]],
    [[1], [1, 2]],
    [{ a: null }, { a: {} }],
    [{ 0: 1 }, [1]],
    [new Date(1), new Date(Number.NaN)],
    [undefined, { a: 1 }],
  ])('are never taken for what they are not: %o, then %o', (before, next) => {
    expect(shareData<unknown>(before, next)).toEqual(next);
    expect(shareData<unknown>(before, next)).not.toBe(before);
  });
});
