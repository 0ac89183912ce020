import type { Comparison, Goal } from '@/tests/bench/row';

/** What is kept of a comparison in the history, and shown: medians, their ratio, and whether that is what the goal asks. */
export interface Figure {
  name: string;
  unit: Comparison['unit'];
  product: number;
  peer: { name: string; before: number; after: number } | null;
  /** The product by the median of all rounds of the peer. */
  ratio: number | null;
  goal: Goal;
  /** Null where there is no goal. */
  met: boolean | null;
  note?: string;
}

/** The middle of them; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** The smallest of them that `part` of all do not exceed. */
export function percentile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * part) - 1)] ?? Number.NaN;
}

/** Throws where a comparison cannot be judged: a round is missing or no number, a ratio is asked for and there is no peer. */
export function judge({ name, unit, product, peer, goal, note }: Comparison): Figure {
  const rounds = [product, ...(peer ? [peer.before, peer.after] : [])];
  if (rounds.some((values) => values.length === 0 || !values.every(Number.isFinite))) throw new Error(`A round of “${name}” is missing or no number: ${JSON.stringify({ product, peer })}`);
  if (goal?.of === 'ratio' && !peer) throw new Error(`“${name}” has a ratio for its goal and no peer.`);
  const ratio = peer && median(product) / median([...peer.before, ...peer.after]);
  const judged = goal?.of === 'ratio' ? ratio : median(product);
  return {
    name,
    unit,
    product: median(product),
    peer: peer && { name: peer.name, before: median(peer.before), after: median(peer.after) },
    ratio,
    goal,
    met: goal && judged !== null ? ('atLeast' in goal ? judged >= goal.atLeast : judged <= goal.atMost) : null,
    ...(note !== undefined && { note }),
  };
}
