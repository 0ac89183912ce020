import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRemovals, type PresentThing } from '@/server/system/retention/choose-removals';

const now = new Date('2026-06-01T00:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const thing = (id: string, days: number, bytes = 10, spared: string | null = null): PresentThing => ({ id, name: id, link: null, endedAt: daysAgo(days), items: 1, bytes, spared, waitsFor: null });
const chosen = (...given: Parameters<typeof chooseRemovals>) => chooseRemovals(...given).map(({ thing: { id }, by }) => `${id} ${by}`);

describe('what goes by a rule', () => {
  const things = [thing('new', 1), thing('old', 91), thing('kept', 400, 10, 'kept'), thing('edge', 90), thing('middle', 50)];

  it('is nothing where there is neither limit', () => {
    expect(chosen(things, { keepDays: null, maxBytes: null }, now)).toEqual([]);
  });

  it('by age is what ended longer ago than that, newest first, and never what is spared', () => {
    expect(chosen(things, { keepDays: 90, maxBytes: null }, now)).toEqual(['old age']);
    expect(chosen(things, { keepDays: 40, maxBytes: null }, now)).toEqual(['middle age', 'edge age', 'old age']);
  });

  it('by size is the oldest until the rest fits, what is spared counts and stays', () => {
    expect(chosen(things, { keepDays: null, maxBytes: 50 }, now)).toEqual([]);
    expect(chosen(things, { keepDays: null, maxBytes: 49 }, now)).toEqual(['old size']);
    expect(chosen(things, { keepDays: null, maxBytes: 25 }, now)).toEqual(['middle size', 'edge size', 'old size']);
    expect(chosen(things, { keepDays: null, maxBytes: 1 }, now)).toEqual(['new size', 'middle size', 'edge size', 'old size']);
  });

  it('by both takes what is too old first, and of the rest only what is still too much', () => {
    expect(chosen(things, { keepDays: 90, maxBytes: 35 }, now)).toEqual(['edge size', 'old age']);
  });

  it('leaves what has no bytes when only room is wanted', () => {
    expect(chosen([thing('empty', 80, 0), thing('full', 10, 100)], { keepDays: null, maxBytes: 50 }, now)).toEqual(['full size']);
  });

  it('holds for anything that may be there: nothing spared goes, nothing younger goes by age, and no more goes by size than has to', () => {
    const anything = fc.array(fc.record({ days: fc.integer({ min: 0, max: 200 }), bytes: fc.integer({ min: 0, max: 100 }), spared: fc.boolean() }), { maxLength: 30 });
    const rule = fc.record({ keepDays: fc.option(fc.integer({ min: 1, max: 150 })), maxBytes: fc.option(fc.integer({ min: 1, max: 1500 })) });
    fc.assert(
      fc.property(anything, rule, (given, { keepDays, maxBytes }) => {
        const all = given.map(({ days, bytes, spared }, at) => thing(String(at).padStart(2, '0'), days, bytes, spared ? 'kept' : null));
        const going = chooseRemovals(all, { keepDays, maxBytes }, now);
        const ids = new Set(going.map(({ thing: { id } }) => id));
        const left = all.filter(({ id }) => !ids.has(id));
        const bytesLeft = left.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(going.some(({ thing: { spared } }) => spared !== null)).toBe(false);
        expect(going.filter(({ by }) => by === 'age').every(({ thing: { endedAt } }) => keepDays !== null && endedAt < daysAgo(keepDays))).toBe(true);
        if (maxBytes !== null && bytesLeft > maxBytes) expect(left.every(({ spared, bytes }) => spared !== null || bytes === 0)).toBe(true);
        const bySize = going.filter(({ by }) => by === 'size').map(({ thing: one }) => one);
        const newest = bySize[0]; // without it there would be too much
        if (newest) expect(bytesLeft + newest.bytes).toBeGreaterThan(maxBytes ?? Infinity);
        for (const stays of left) if (newest && stays.spared === null && stays.bytes > 0) expect(stays.endedAt >= newest.endedAt).toBe(true);
      }),
    );
  });
});
