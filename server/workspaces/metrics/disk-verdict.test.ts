import { describe, expect, it } from 'vitest';
import { tooMuch } from '@/server/workspaces/metrics/disk-verdict';
import { isDue } from '@/server/workspaces/metrics/disk-watch';

const GIB = 1024 ** 3;

describe('ISO-09 a workspace has too much on disk', () => {
  it.each([
    ['within the limit', { files: 4 * GIB, container: GIB }, false, null],
    ['files alone above it', { files: 6 * GIB, container: 0 }, false, 6 * GIB],
    ['both together above it', { files: 4 * GIB, container: 2 * GIB }, false, 6 * GIB],
    ['held by the file system, exactly full, and something in the container', { files: 5 * GIB, container: 1000 }, true, null],
    ['held, and a little above by rounding', { files: 5.1 * GIB, container: 0 }, true, null],
    ['held, and far above: evaded', { files: 9 * GIB, container: 0 }, true, 9 * GIB],
    ['held, and the container itself full', { files: 0, container: 6 * GIB }, true, 6 * GIB],
  ])('%s', (_what, use, held, bytes) => {
    expect(tooMuch(use, 5 * GIB, held)).toBe(bytes);
  });
});

describe('disk use is measured', () => {
  const now = Date.now();
  const minutes = (count: number) => new Date(now - count * 60_000);
  it.each([
    ['at once when it never was', null, undefined, true],
    ['not again within five minutes', null, { at: now - 4 * 60_000, over: false }, false],
    ['again after five', null, { at: now - 5 * 60_000, over: false }, true],
    ['sooner when there was too much', null, { at: now - 61_000, over: true }, true],
    ['soon after a run has ended', minutes(1), { at: now - 2 * 60_000, over: false }, true],
    ['once after a run has ended', minutes(3), { at: now - 2 * 60_000, over: false }, false],
  ])('%s', (_what, lastRunEndedAt, measured, due) => {
    expect(isDue({ lastRunEndedAt }, measured, now)).toBe(due);
  });
});
