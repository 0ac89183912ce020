/** What outlives two collections of the young is garbage in a moment here, and by default the old space may grow to four times of what lives in it before that is collected. */
const A_THIRD_MORE = '--heap-growing-percent=30';
/** By default Node lets 48 MB of young garbage pile up before it collects any of it, in each process. */
export const littleGarbage = { small: ['--max-semi-space-size=2', A_THIRD_MORE], busy: ['--max-semi-space-size=4', A_THIRD_MORE] } as const;
/**
 * Each thread would keep freed memory for itself; two places for all of them are enough for processes that wait more than they work. Without the two
 * thresholds the first large buffer that is freed teaches the allocator to keep all that are as large. They stand above the windows of a run's output
 * (half a MiB): below, each window is asked of the kernel anew, which costs three times the time of reading it.
 */
export const sharedArenas = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '1048576', MALLOC_MMAP_THRESHOLD_: '1048576' } as const;
