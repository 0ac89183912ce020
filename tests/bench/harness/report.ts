import type { Figure } from '@/tests/bench/harness/judgement';
import type { Machine } from '@/tests/bench/harness/machine';
import type { Comparison } from '@/tests/bench/row';

/** What came of a row: its comparisons, or why it could not be measured. */
export type Outcome = { comparisons: Comparison[] } | { failure: string };

/** One call of `npm run bench`, with every round: bench-results/<at>.json. */
export interface Report {
  at: string;
  smoke: boolean;
  machine: Machine;
  rows: (Outcome & { id: string; seconds: number })[];
}

/** The same in one line of the history: medians only. */
export interface Entry {
  at: string;
  machine: Machine;
  rows: { id: string; seconds: number; figures: Figure[]; failure?: string }[];
}
