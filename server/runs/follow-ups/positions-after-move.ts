interface Placed {
  id: string;
  position: number;
}

/**
 * The positions that have to be written so that `moved` comes right before `before` (null: last): its own, between its new neighbours.
 * Only where no number is left between them all are numbered anew. `waiting` is in order.
 */
export function positionsAfterMove(waiting: readonly Placed[], moved: string, before: string | null): [id: string, position: number][] {
  if (before === moved) return [];
  const rest = waiting.filter(({ id }) => id !== moved);
  const at = before === null ? rest.length : rest.findIndex(({ id }) => id === before);
  const previous = rest[at - 1]?.position;
  const next = rest[at]?.position;
  const position = between(previous, next);
  if (position !== null) return [[moved, position]];
  const order = [...rest.slice(0, at).map(({ id }) => id), moved, ...rest.slice(at).map(({ id }) => id)];
  return order.map((id, index) => [id, index + 1]);
}

function between(previous: number | undefined, next: number | undefined): number | null {
  if (previous === undefined && next === undefined) return 1;
  if (previous === undefined) return next === undefined ? 1 : next - 1;
  if (next === undefined) return previous + 1;
  const middle = (previous + next) / 2;
  return middle > previous && middle < next ? middle : null;
}
