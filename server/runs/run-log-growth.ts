/**
 * Decides when to look at a file that grows: at once when the kernel says that it grew, no more often than every few
 * milliseconds, by polling while it grows so fast that being told each time would cost more than looking, and now and then
 * in any case, because a watch may be missing or silent (network file systems, limits). Many may run side by side cheaply.
 */
export interface GrowthWatch {
  /** Look soon, whatever the file does. */
  poke(): void;
  /** Resolves when the look that was going on, if any, is over; there is none after it. */
  close(): Promise<void>;
}

/** `again` if there is more to do at once, `grown` if something was found, `quiet` if not. */
export type Look = () => Promise<'again' | 'grown' | 'quiet'>;

/** The shortest time between two looks. Also what a line may wait when lines come thick and fast. */
const GAP_MS = 2;
const POLL_MS = 10;
const FALLBACK_MS = 250;
/** Where there is no watch: the file does not exist yet, or cannot be watched. */
const UNWATCHED_MS = 25;
/** More notices than this between two looks: stop watching, poll. */
const STORM_NOTICES = 12;
/** Polls in a row that find nothing before the watch is taken up again. */
const CALM_POLLS = 20;

/** `watch` starts to tell of growth and returns how to stop, or null if it cannot. `look` must not throw. */
export function watchGrowth(watch: (onGrowth: () => void) => (() => void) | null, look: Look): GrowthWatch {
  let stopWatching: (() => void) | null = null;
  let polling = false;
  let closed = false;
  let looking: Promise<unknown> | null = null;
  let wanted = false;
  let notices = 0;
  let calm = 0;
  let lastLook = 0;
  let timer: NodeJS.Timeout | null = null;
  let dueAt = Infinity;

  function noticed(): void {
    if (++notices > STORM_NOTICES && !polling) setPolling(true);
    want();
  }

  function want(): void {
    if (looking) wanted = true;
    else schedule(Math.max(0, lastLook + GAP_MS - performance.now()));
  }

  function schedule(delay: number): void {
    const at = performance.now() + delay;
    if (closed || (timer && dueAt <= at)) return;
    if (timer) clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => void lookNow(), delay);
    timer.unref();
  }

  async function lookNow(): Promise<void> {
    timer = null;
    wanted = false;
    notices = 0;
    const current = look();
    looking = current;
    const found = await current;
    looking = null;
    if (closed) return;
    lastLook = performance.now();
    calm = found === 'quiet' ? calm + 1 : 0;
    if (polling && calm >= CALM_POLLS) setPolling(false);
    if (!polling && !stopWatching) setPolling(false);
    if (found === 'again') schedule(0);
    else if (wanted) schedule(GAP_MS);
    else if (polling) schedule(POLL_MS);
    else schedule(stopWatching ? FALLBACK_MS : UNWATCHED_MS);
  }

  function setPolling(next: boolean): void {
    polling = next;
    calm = 0;
    stopWatching?.();
    stopWatching = next ? null : watch(noticed);
    // Growth between the last look and the new watch would go unnoticed.
    if (stopWatching) wanted = true;
  }

  setPolling(false);
  schedule(0);
  return {
    poke: want,
    close: async () => {
      closed = true;
      if (timer) clearTimeout(timer);
      stopWatching?.();
      await looking;
    },
  };
}
