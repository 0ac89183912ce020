const FIRST_MS = 200;
const LONGEST_MS = 10_000;
/** A process that ran for so long had started well; its next end is a new story. */
const STEADY_MS = 30_000;

/** Pause before the next start: 0.2 s, doubled with every quick end, at most 10 s. `previous` is the last pause (0 at first), `ranMs` how long the process ran. */
export function nextDelay(previous: number, ranMs: number): number {
  if (previous === 0 || ranMs >= STEADY_MS) return FIRST_MS;
  return Math.min(previous * 2, LONGEST_MS);
}
