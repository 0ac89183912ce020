/** By default Node lets 48 MB of garbage pile up before it collects any of it, in each process. */
export const littleGarbage = { small: '--max-semi-space-size=2', busy: '--max-semi-space-size=4' } as const;
/** Each thread would keep freed memory for itself; two places for all of them are enough for processes that wait more than they work. */
export const sharedArenas = { MALLOC_ARENA_MAX: '2' } as const;
