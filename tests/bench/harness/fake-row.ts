import type { BenchRow } from '@/tests/bench/row';

/** A row of tests of the harness: three rounds beside a peer that needs ten times as much, and whatever a test wants otherwise. */
export function fakeRow(change: Partial<BenchRow> = {}): BenchRow {
  return {
    id: 'S1',
    title: 'a fake',
    what: 'Nothing.',
    how: 'By heart.',
    leavesOut: 'Everything.',
    needs: 'node',
    measure: async () => [{ name: 'small', unit: 'ms', product: [3, 1, 2], peer: { name: 'a snail', before: [20], after: [22, 18] }, goal: { of: 'ratio', atMost: 0.5 } }],
    ...change,
  };
}
