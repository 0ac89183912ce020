import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDocument } from '@/tests/bench/harness/document';
import { fakeRow } from '@/tests/bench/harness/fake-row';
import { entryOf, keep, readHistory } from '@/tests/bench/harness/history';
import { judge, median, percentile } from '@/tests/bench/harness/judgement';
import { runRows } from '@/tests/bench/harness/run-rows';
import { tableText } from '@/tests/bench/harness/table';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';

const bench: BenchRun = { directory: '', smoke: false, beside: [], say: () => undefined, afterwards: () => undefined };
const run = async (rows: BenchRow[], smoke = false) => runRows(rows, { smoke, say: () => undefined, measure: async (row) => ({ comparisons: await row.measure(bench) }) });
const slow: Comparison = { name: 'large', unit: 's', product: [4], peer: null, goal: { of: 'value', atMost: 3 }, note: 'noise 2 %' };

describe('a comparison', () => {
  const comparison: Comparison = { name: 'small', unit: 'ms', product: [3, 1, 2], peer: { name: 'a snail', before: [20], after: [22, 18] }, goal: { of: 'ratio', atMost: 0.5 } };

  it('is judged by medians: of the product, and of all rounds of the peer', () => {
    expect(judge(comparison)).toMatchObject({ product: 2, peer: { before: 20, after: 20 }, ratio: 0.1, met: true });
    expect(judge({ ...comparison, goal: { of: 'ratio', atLeast: 0.5 } }).met).toBe(false);
    expect(judge({ ...comparison, goal: { of: 'value', atMost: 1.9 } }).met).toBe(false);
    expect(judge({ ...comparison, goal: null }).met).toBeNull();
    expect([median([4, 1, 3, 2]), median([5]), percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.99), percentile([7], 0.01)]).toEqual([2.5, 5, 2, 4, 7]);
  });

  it.each<[string, Partial<Comparison>]>([
    ['without a round', { product: [] }],
    ['without a round of the peer after it', { peer: { name: 'a snail', before: [1], after: [] } }],
    ['with what is no number', { product: [1, Number.NaN] }],
    ['with a ratio to nobody', { peer: null }],
  ])('%s is none', (_, change) => expect(() => judge({ ...comparison, ...change })).toThrow('small'));
});

describe('a run', () => {
  it('tells a row that fails as failed, goes on with the others, and counts what is missed', async () => {
    const broken = fakeRow({ id: 'S2', measure: async () => Promise.reject(new Error('a line is missing')) });
    const empty = fakeRow({ id: 'S3', measure: async () => [{ ...slow, product: [] }] });
    const missed = fakeRow({ id: 'N4', measure: async () => [slow] });
    const text = tableText(entryOf(await run([fakeRow(), broken, empty, missed])), { smoke: false });
    expect(text).toMatch(/S1 +small +ms +2 +a snail +20 +20 +0\.100 × +≤ 0\.500 × +met/);
    expect(text).toMatch(/N4 +large \(noise 2 %\) +s +4 +≤ 3 s +missed/);
    expect(text).toContain('! S2 could not be measured: a line is missing');
    expect(text).toContain('! S3 could not be measured: A round of “large” is missing');
    expect(text).toContain('1 of 2 goals met; missed in N4; 2 of 4 rows could not be measured.');
  });

  it('begins no further row once it is stopped, and says nothing of goals when it was small', async () => {
    const rows = [fakeRow(), fakeRow({ id: 'S2' })];
    let asked = 0;
    const report = await runRows(rows, { smoke: false, say: () => undefined, measure: async (row) => ({ comparisons: await row.measure(bench) }), stopped: () => asked++ > 0 });
    expect(report.rows.map(({ id }) => id)).toEqual(['S1']);
    const small = tableText(entryOf(report), { smoke: true });
    expect(small).toContain('A small run proves that 1 of 1 rows work');
    expect(small).not.toContain('met');
  });

  it('measures alone, and several at a time only where nothing is measured', async () => {
    const most = async (smoke: boolean): Promise<number> => {
      let [now, highest] = [0, 0];
      const measure: BenchRow['measure'] = async () => {
        highest = Math.max(highest, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return fakeRow().measure(bench);
      };
      const report = await run(['S1', 'S2', 'S3', 'S4'].map((id) => fakeRow({ id, measure })), smoke);
      expect(report.rows.map(({ id }) => id)).toEqual(['S1', 'S2', 'S3', 'S4']);
      return highest;
    };
    expect(await most(false)).toBe(1);
    expect(await most(true)).toBeGreaterThan(1);
  });
});

describe('what is kept', () => {
  let directory = '';
  beforeEach(() => void (directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-bench-test-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is every round in a file of its own, and a line of medians in the history; a small run is no history', async () => {
    expect(await readHistory(directory)).toEqual([]);
    const report = await run([fakeRow()]);
    const file = await keep(report, directory);
    await keep({ ...report, at: '2026-01-01T00:00:00.000Z', smoke: true }, directory);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report);
    expect(readFileSync(file, 'utf8')).toContain('22');
    expect(await readHistory(directory)).toEqual([entryOf(report)]);
    expect(readdirSync(directory)).toHaveLength(3);
  });

  it('becomes the document: texts, the last table, the way of each figure', async () => {
    const first = entryOf(await run([fakeRow({ measure: async () => [{ ...slow, name: 'old | new' }] })]));
    const failed = entryOf(await run([fakeRow({ measure: async () => Promise.reject(new Error('no')) })]));
    const last = entryOf(await run([fakeRow()]));
    const page = makeDocument([fakeRow(), fakeRow({ id: 'S2', title: 'another', what: 'Never.', limitedBy: 'Time.' })], [first, failed, last]);
    expect(page).toContain(`up to the run of ${last.at}.`);
    expect(page).toContain('| S1 | a fake | 0.100 × | met |\n| S2 | another |  |  |');
    expect(page).toContain('## S1: a fake\n\nNothing.\n\n*How.* By heart.\n\n*Leaves out.* Everything.');
    expect(page).toContain('| small | ms | 2 | a snail | 20 | 20 | 0.100 × | ≤ 0.500 × | met |');
    expect(page).toMatch(/\| old \\\| new \| 4 s, missed \| +\|\n\| small, beside a snail \| +\| 0\.100 ×, met \|/);
    expect(page).toContain('## S2: another\n\nNever.');
    expect(page).toContain('*What limits it.* Time.');
    expect(page.endsWith('Nothing was measured yet.\n')).toBe(true);
  });
});
