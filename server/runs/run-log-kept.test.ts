import { expect, it } from 'vitest';
import { KeptChunks } from '@/server/runs/run-log-kept';

const piece = (from: number, bytes = 64 * 1024) => ({ from, to: from + bytes, text: `${from}` });

it('keeps the pieces that came last, of all logs together, and each log apart', () => {
  const kept = new KeptChunks();
  for (let at = 0; at < 100; at++) for (const log of ['a', 'b']) kept.add(log, piece(at * 64 * 1024));
  const there = (log: string) => Array.from({ length: 100 }, (_, at) => kept.get(log, at * 64 * 1024)).filter(Boolean).length;
  expect(there('a') + there('b')).toBeGreaterThanOrEqual(56);
  expect(there('a') + there('b')).toBeLessThanOrEqual(64);
  expect(there('c')).toBe(0);
  expect(kept.get('a', 99 * 64 * 1024)).toEqual(piece(99 * 64 * 1024));
  expect(kept.get('a', 0)).toBeUndefined();
  const ofB = there('b');
  kept.forgetLog('a');
  expect([there('a'), there('b')]).toEqual([0, ofB]);
  for (let at = 0; at < 28; at++) kept.add('c', piece(at * 64 * 1024));
  expect([there('b'), there('c')]).toEqual([ofB, 28]); // what was forgotten takes no room
});

it('holds no more of small pieces than of large ones', () => {
  const kept = new KeptChunks();
  for (let at = 0; at < 100_000; at++) kept.add('a', piece(at, 1));
  const held = Array.from({ length: 100_000 }, (_, at) => kept.get('a', at)).filter(Boolean).length;
  expect(held).toBeGreaterThan(10_000);
  expect(held).toBeLessThan(4 * 1024 * 1024 / 200);
});
