/**
 * One row of the goals (S1–S10 and what stands beside them): what is measured, beside whom, and what must come out. `npm run
 * bench` runs each in a process of its own, prints it, keeps it in the history and makes docs/benchmarks.md of it. A file of
 * a row does nothing when it is imported: the document is made without measuring.
 */
export interface BenchRow {
  /** As in the goals: 'S1'. */
  id: string;
  /** A few words, for the table. */
  title: string;
  /** A short paragraph each, for docs/benchmarks.md: what is measured; how; what a reader must not conclude from it. */
  what: string;
  how: string;
  leavesOut: string;
  /** Why a goal is missed, and by which profile one knows; where none is missed, absent. */
  limitedBy?: string;
  /** What must be there before: nothing but Node, the built product, or the engine with its images as well. */
  needs: 'node' | 'product' | 'engine';
  /** It puts the sources of `--beside` next to its peers (tests/bench/log-sources). */
  takesLogSources?: boolean;
  /** Runs it, peer first, product, peer again. Throws when a measurement is worth nothing (a line is missing, a peer failed). */
  measure(bench: BenchRun): Promise<Comparison[]>;
}

export interface BenchRun {
  /** A directory of its own, removed afterwards. */
  directory: string;
  /** Small loads and one round: proves that the row works, and says nothing of speed. */
  smoke: boolean;
  /** Files of `--beside`, for a row that takes log sources. */
  beside: readonly string[];
  /** One line on the screen: long work shows where it is. */
  say(line: string): void;
  /** Registers what must be undone when the row is over: measured, failed, or interrupted (a `finally` is not run then). The last first. */
  afterwards(undo: () => Promise<void>): void;
}

/** One figure of the product beside the same figure of its peer, from one run. */
export interface Comparison {
  /** 'a write a line', 'p99 at 20 runs'; empty where the row has one only. */
  name: string;
  unit: 'MB/s' | 'ms' | 's' | 'MB' | '%' | 'count';
  /** One figure per round. */
  product: readonly number[];
  /** Null where the goal is a value by itself. `after` shows whether the machine was the same all along. */
  peer: { name: string; before: readonly number[]; after: readonly number[] } | null;
  goal: Goal;
  /** A few words that a reader of this figure needs: the noise, what was left out this time. */
  note?: string;
}

/** `ratio` is the median of the product by the median of the peer, `value` the median of the product; null where a figure is told without a goal. */
export type Goal = { of: 'ratio' | 'value'; atLeast: number } | { of: 'ratio' | 'value'; atMost: number } | null;
