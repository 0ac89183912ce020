import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogIndex } from '@/server/runs/log-index/log-index';
import { SparseIndex, STEP_BYTES } from '@/server/runs/log-index/sparse-index';

let directory: string;
beforeAll(() => (directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-index-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let made = 0;
const newPath = () => path.join(directory, `${(made += 1)}.log`);

/** Lines of all lengths around what is noted, and longer than that. */
const lineLengths = fc.array(fc.oneof(fc.nat(5), fc.nat(300), fc.integer({ min: STEP_BYTES - 2, max: STEP_BYTES + 2 }), fc.constant(5 * STEP_BYTES)), { maxLength: 40 });
const fileOf = (lengths: number[], ended: boolean) => lengths.map((length) => 'x'.repeat(length)).join('\n') + (ended ? '\n' : '');

/** Beginnings of the lines, by definition. */
function starts(text: string): number[] {
  const all = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) all.push(at + 1);
  if (all.at(-1) === text.length) all.pop();
  return all;
}

describe('the index of a log', () => {
  test('knows where every line begins and which line holds every byte, however it was cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(lineLengths, fc.boolean(), fc.array(fc.nat(10_000), { maxLength: 30 }), async (lengths, ended, asked) => {
        const text = fileOf(lengths, ended);
        const log = newPath();
        writeFileSync(log, text);
        const index = openLogIndex(log);
        expect(await index.catchUp()).toEqual({ lines: starts(text).length, bytes: text.length });
        const known = starts(text);
        for (const [line, start] of known.entries()) expect(await index.startOf(line)).toBe(start);
        expect(await index.startOf(known.length)).toBe(text.length);
        for (const some of [...known.flatMap((start) => [start, start - 1, start + 1]), ...asked]) {
          const offset = Math.min(Math.max(0, some), Math.max(0, text.length - 1));
          const line = known.findLastIndex((start) => start <= offset);
          expect([offset, await index.lineAt(offset)]).toEqual([offset, { line: Math.max(0, line), offset: known[line] ?? 0 }]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('is the same whatever the pieces were', () => {
    fc.assert(
      fc.property(lineLengths, fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 20 }), (lengths, pieces) => {
        const bytes = Buffer.from(fileOf(lengths, true));
        const [whole, cut] = [new SparseIndex(), new SparseIndex()];
        whole.add(bytes);
        for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
          const length = pieces[piece % pieces.length] ?? 1;
          cut.add(bytes.subarray(at, at + length));
          at += length;
        }
        expect(cut).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  test('goes on while the file grows, in this process and in the next one', async () => {
    const log = newPath();
    const block = `${'a line\n'.repeat(800_000)}`;
    writeFileSync(log, `${block}half`);
    const first = openLogIndex(log);
    expect(await first.catchUp()).toEqual({ lines: 800_001, bytes: block.length + 4 });
    await appendFile(log, ` a line\n${block}`);
    expect((await first.catchUp()).lines).toBe(1_600_001);
    const kept = log.replace('.log', '.idx');
    expect(readFileSync(kept).length).toBeLessThan(4_000);
    await appendFile(log, 'more');
    const second = openLogIndex(log);
    expect((await second.catchUp()).lines).toBe(1_600_002);
    expect(await second.startOf(1_200_000)).toBe(block.length + 12 + (1_200_000 - 800_001) * 7);
    expect(readdirSync(directory).filter((name) => /\.idx\./.test(name))).toEqual([]);
  });

  test('is made anew when what was kept is damaged, cut off, or of another file', async () => {
    const log = newPath();
    const kept = log.replace('.log', '.idx');
    const text = 'a line\n'.repeat(700_000);
    writeFileSync(log, text);
    await openLogIndex(log).catchUp();
    const whole = readFileSync(kept);
    const damaged = Buffer.from(whole);
    damaged.writeDoubleLE(1, 72);
    for (const bytes of [damaged, whole.subarray(0, whole.length - 8), Buffer.alloc(0), Buffer.from('no index at all'.repeat(20))]) {
      writeFileSync(kept, bytes);
      const index = openLogIndex(log);
      expect((await index.catchUp()).lines).toBe(700_000);
      expect(await index.startOf(699_999)).toBe(699_999 * 7);
    }
    writeFileSync(kept, whole);
    writeFileSync(log, 'b\n'.repeat(3_000_000));
    expect((await openLogIndex(log).catchUp()).lines).toBe(3_000_000);
    await truncate(log, 100);
    expect((await openLogIndex(log).catchUp()).lines).toBe(50);
  });

  test('is empty where there is no log yet', async () => {
    const index = openLogIndex(newPath());
    expect(await index.catchUp()).toEqual({ lines: 0, bytes: 0 });
    expect([await index.startOf(0), await index.startOf(9), await index.lineAt(100)]).toEqual([0, 0, { line: 0, offset: 0 }]);
  });
});
