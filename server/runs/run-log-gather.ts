const MIN_GATHER_MS = 2;
const MAX_GATHER_MS = 16;
/** What comes more slowly than this (64 KB a second) is passed on line by line: a few large pieces would spare little and make each line late. */
const FLOOD_BYTES_PER_MS = 64;

/**
 * How many milliseconds a viewer at the live edge gathers after a wait of `gatheredMs`, before which `bytes` had been there: longer each time while there is a
 * flood, so that it goes out in few pieces, as does anything under load; soon not at all for lines that come singly: each goes out at once.
 */
export function nextGather(gatheredMs: number, bytes: number): number {
  if (bytes >= gatheredMs * FLOOD_BYTES_PER_MS) return Math.min(MAX_GATHER_MS, Math.max(MIN_GATHER_MS, gatheredMs * 2));
  return gatheredMs > MIN_GATHER_MS ? gatheredMs / 2 : 0;
}
