import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anchorAt, areaHeight, moved, rangeAround, rangeAtEnd, scrollTopOf, type RowHeights } from '@/components/logs/scroll-geometry';

const viewport = 600;
const rowsOf = (heights: number[]): RowHeights => ({ total: heights.length, heightOf: (position) => heights[position] ?? 0 });
const many: RowHeights = { total: 1_000_000, heightOf: () => 20 };
const someHeights = fc.array(fc.constantFrom(0, 20, 20, 60, 400), { minLength: 1, maxLength: 60 }).filter((all) => all.some((height) => height > 0));

describe('the geometry of a long log', () => {
  test('any row of a million can be reached by the scrollbar, and the area stays within what browsers can scroll', () => {
    expect(areaHeight(many, viewport)).toBeLessThanOrEqual(4_000_000);
    const room = areaHeight(many, viewport) - viewport;
    expect(anchorAt(0, many, viewport)).toEqual({ position: 0, top: 0 });
    const last = rangeAround(anchorAt(room, many, viewport), many, viewport, 0);
    expect(last.to).toBe(1_000_000);
    expect(last.to - last.from).toBeLessThan(40);
    for (let share = 0; share <= 1; share += 0.01) {
      const { position } = anchorAt(room * share, many, viewport);
      expect(Math.abs(position - share * 1_000_000)).toBeLessThan(40);
    }
  });

  test('the scrollbar stands where the anchor is', () => {
    fc.assert(
      fc.property(fc.nat(999_000), (position) => {
        const back = anchorAt(scrollTopOf({ position, top: 0 }, many, viewport), many, viewport);
        expect(Math.abs(back.position - position)).toBeLessThanOrEqual(1);
      }),
    );
    fc.assert(
      fc.property(someHeights, fc.nat(10_000), (heights, pixels) => {
        const rows = rowsOf(heights);
        const room = areaHeight(rows, viewport) - viewport;
        const scrollTop = Math.min(pixels, room);
        expect(scrollTopOf(anchorAt(scrollTop, rows, viewport), rows, viewport)).toBeCloseTo(scrollTop, 5);
      }),
    );
  });

  test('moving down and up again by any steps ends where it began', () => {
    fc.assert(
      fc.property(someHeights, fc.nat(3_000), fc.array(fc.integer({ min: -500, max: 500 }), { maxLength: 10 }), (heights, from, steps) => {
        const rows = rowsOf(heights);
        const total = heights.reduce<number>((sum, height) => sum + height, 0);
        const start = moved({ position: 0, top: 0 }, -Math.min(from, total - 1), rows);
        const place = ({ position, top }: { position: number; top: number }) => heights.slice(0, position).reduce<number>((sum, height) => sum + height, 0) - top;
        let at = start;
        let expected = place(start);
        for (const step of steps) {
          at = moved(at, step, rows);
          expected = Math.max(0, expected - step);
          expect(place(at)).toBe(expected);
        }
      }),
    );
  });

  test('draws every row that can be seen, and no more than some around them', () => {
    fc.assert(
      fc.property(someHeights, fc.nat(3_000), (heights, from) => {
        const rows = rowsOf(heights);
        const anchor = moved({ position: 0, top: 0 }, -from, rows);
        const range = rangeAround(anchor, rows, viewport, 100);
        let top = anchor.top - heights.slice(range.from, anchor.position).reduce<number>((sum, height) => sum + height, 0);
        if (range.from > 0) expect(top).toBeLessThanOrEqual(-100);
        for (let position = range.from; position < range.to; position += 1) top += heights[position] ?? 0;
        if (range.to < heights.length) expect(top).toBeGreaterThanOrEqual(viewport + 100);
      }),
    );
    expect(rangeAround({ position: 500_000, top: 0 }, many, viewport, 400)).toEqual({ from: 499_980, to: 500_050 });
    expect(rangeAtEnd(many, viewport, 400)).toEqual({ from: 999_950, to: 1_000_000 });
    expect(rangeAtEnd(rowsOf([20, 0, 20]), viewport, 400)).toEqual({ from: 0, to: 3 });
  });
});
