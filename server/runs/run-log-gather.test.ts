import { describe, expect, it } from 'vitest';
import { nextGather } from '@/server/runs/run-log-gather';

/** A file is looked at no more often than this: server/runs/run-log-growth.ts. */
const LOOK_MS = 2;

/** The waits of a viewer, one after the other, to whom so many bytes come in a millisecond. */
function waits(bytesPerMs: number, from: number, count = 12): number[] {
  const found = [from];
  for (let index = 0; index < count; index++) found.push(nextGather(found.at(-1)!, bytesPerMs * Math.max(LOOK_MS, found.at(-2) ?? from)));
  return found;
}

describe('what a viewer at the live edge gathers', () => {
  it('grows in a flood to 16 ms and no further', () => {
    expect(waits(160, 0).slice(-3)).toEqual([16, 16, 16]);
    expect(waits(100_000, 0).slice(-3)).toEqual([16, 16, 16]);
  });

  it('does not stay long for lines of 160 bytes that come every 10 ms, after whatever held them up', () => {
    expect(waits(16, 16)).toContain(0);
    expect(Math.max(...waits(16, 16).slice(4))).toBeLessThanOrEqual(2);
  });
});
