import { describe, expect, it } from 'vitest';
import { positionsAfterMove } from '@/server/runs/follow-ups/positions-after-move';

const placed = (...positions: number[]) => positions.map((position, index) => ({ id: 'abcdefgh'[index] ?? '', position }));

function orderAfter(waiting: { id: string; position: number }[], moved: string, before: string | null): string {
  const changed = new Map(positionsAfterMove(waiting, moved, before));
  const positions = waiting.map(({ id, position }) => ({ id, position: changed.get(id) ?? position }));
  expect(new Set(positions.map(({ position }) => position)).size).toBe(waiting.length);
  return positions
    .sort((one, other) => one.position - other.position)
    .map(({ id }) => id)
    .join('');
}

describe('moving a follow-up', () => {
  it.each([
    ['c', 'a', 'cabd'],
    ['a', 'c', 'bacd'],
    ['a', null, 'bcda'],
    ['d', 'b', 'adbc'],
    ['b', 'c', 'abcd'],
    ['d', null, 'abcd'],
    ['b', 'b', 'abcd'],
  ])('%s before %s', (moved, before, order) => {
    expect(orderAfter(placed(1, 2, 3, 4), moved, before)).toBe(order);
  });

  it('writes one position, also at the ends', () => {
    expect(positionsAfterMove(placed(1, 2, 3), 'c', 'a')).toEqual([['c', 0]]);
    expect(positionsAfterMove(placed(1, 2, 3), 'a', null)).toEqual([['a', 4]]);
    expect(positionsAfterMove(placed(1, 2, 3), 'c', 'b')).toEqual([['c', 1.5]]);
  });

  it('numbers all anew when no number is left between two, and never loses the order', () => {
    expect(orderAfter(placed(1, 1 + Number.EPSILON, 3), 'c', 'b')).toBe('acb');
    let waiting = placed(1, 2, 3);
    for (let round = 0; round < 200; round++) {
      const last = waiting.at(-1)?.id ?? '';
      const second = waiting[1]?.id ?? '';
      const expected = [waiting[0]?.id, last, ...waiting.slice(1, -1).map(({ id }) => id)].join('');
      const changed = new Map(positionsAfterMove(waiting, last, second));
      waiting = waiting.map(({ id, position }) => ({ id, position: changed.get(id) ?? position })).sort((one, other) => one.position - other.position);
      expect(waiting.map(({ id }) => id).join('')).toBe(expected);
    }
  });
});
