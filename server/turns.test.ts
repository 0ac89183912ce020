import { describe, expect, it } from 'vitest';
import { Turns } from '@/server/turns';

/** Works that say when they begin and go on until they are let go. */
function works(turns: Turns, count: number): { begun: number[]; end: (index: number) => void; all: Promise<number>[] } {
  const begun: number[] = [];
  const doors = Array.from({ length: count }, () => Promise.withResolvers<number>());
  const all = doors.map(async ({ promise }, index) => turns.take(async () => {
    begun.push(index);
    return promise;
  }));
  return { begun, end: (index) => doors[index]!.resolve(index), all };
}

describe('turns', () => {
  it('lets so many go on at once, and the others in the order of their coming', async () => {
    const { begun, end, all } = works(new Turns(2, { longestMs: 250 }), 4);
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    end(1);
    expect(await all[1]).toBe(1);
    expect(begun).toEqual([0, 1, 2]);
    end(0);
    end(2);
    end(3);
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
  });

  it('goes on behind a work that throws', async () => {
    const turns = new Turns(1, { longestMs: 250 });
    const failing = turns.take(async () => Promise.reject(new Error('the database is away')));
    const next = turns.take(async () => 'stored');
    await expect(failing).rejects.toThrow('the database is away');
    expect(await next).toBe('stored');
  });

  it('is not held up by works that wait for ever, and never lets in more for it afterwards', async () => {
    const turns = new Turns(1, { longestMs: 250 });
    const { end, all } = works(turns, 1);
    expect(await turns.take(async () => 'stored')).toBe('stored');
    end(0);
    await all[0];
    const { begun } = works(turns, 3);
    await Promise.resolve();
    expect(begun).toEqual([0]);
  });
});
