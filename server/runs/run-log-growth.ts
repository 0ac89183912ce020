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
export function watchGrowth(watch: Watch, look: Look): GrowthWatch {
  return new Watcher(watch, look);
}

type Watch = (onGrowth: () => void) => (() => void) | null;

class Watcher implements GrowthWatch {
  readonly #watch: Watch;
  readonly #look: Look;
  #stopWatching: (() => void) | null = null;
  #polling = false;
  #closed = false;
  #looking: Promise<unknown> | null = null;
  #wanted = false;
  #notices = 0;
  #calm = 0;
  #lastLook = 0;
  #timer: NodeJS.Timeout | null = null;
  #soon: NodeJS.Immediate | null = null;
  #dueAt = Infinity;

  constructor(watch: Watch, look: Look) {
    this.#watch = watch;
    this.#look = look;
    this.#setPolling(false);
    this.#schedule(0);
  }

  poke(): void {
    if (this.#looking) this.#wanted = true;
    else this.#schedule(Math.max(0, this.#lastLook + GAP_MS - performance.now()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unschedule();
    this.#stopWatching?.();
    await this.#looking;
  }

  #noticed(): void {
    if (++this.#notices > STORM_NOTICES && !this.#polling) this.#setPolling(true);
    this.poke();
  }

  #schedule(delay: number): void {
    const at = performance.now() + delay;
    if (this.#closed || this.#soon || (this.#timer && this.#dueAt <= at)) return;
    this.#unschedule();
    this.#dueAt = at;
    // The shortest timer is 1 ms, which is longer than all of a line's way.
    if (delay === 0) this.#soon = setImmediate(() => void this.#lookNow());
    else this.#timer = setTimeout(() => void this.#lookNow(), delay).unref();
  }

  #unschedule(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#soon) clearImmediate(this.#soon);
    this.#timer = null;
    this.#soon = null;
  }

  async #lookNow(): Promise<void> {
    this.#unschedule();
    this.#wanted = false;
    this.#notices = 0;
    const look = this.#look();
    this.#looking = look;
    const found = await look;
    this.#looking = null;
    if (this.#closed) return;
    this.#lastLook = performance.now();
    this.#calm = found === 'quiet' ? this.#calm + 1 : 0;
    if (this.#polling ? this.#calm >= CALM_POLLS : !this.#stopWatching) this.#setPolling(false);
    this.#schedule(this.#pauseAfter(found));
  }

  #pauseAfter(found: Awaited<ReturnType<Look>>): number {
    if (found === 'again') return 0;
    if (this.#wanted) return GAP_MS;
    if (this.#polling) return POLL_MS;
    return this.#stopWatching ? FALLBACK_MS : UNWATCHED_MS;
  }

  #setPolling(polling: boolean): void {
    this.#polling = polling;
    this.#calm = 0;
    this.#stopWatching?.();
    this.#stopWatching = polling ? null : this.#watch(() => this.#noticed());
    // Growth between the last look and the new watch would go unnoticed.
    if (this.#stopWatching) this.#wanted = true;
  }
}
