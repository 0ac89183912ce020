import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** How the log collector behaves: growing pauses while it takes nothing, and a line in the log when that begins and when it is over, with what was lost meanwhile. */
export class CollectorWatch {
  readonly #what: string;
  #pause = 0;
  #dropped = 0;

  /** `what` is shipped, for the log. */
  constructor(what: string) {
    this.#what = what;
  }

  dropped(lines: number): void {
    this.#dropped += lines;
  }

  tookThem(): void {
    if (this.#pause > 0) log().info({ dropped: this.#dropped }, `shipping: the log collector takes the ${this.#what} again`);
    else if (this.#dropped > 0) log().warn({ dropped: this.#dropped }, `shipping: lines of the ${this.#what} were dropped, the log collector is too slow`);
    this.#pause = 0;
    this.#dropped = 0;
  }

  /** Waits before the next try; less where the signal ends it. */
  async refused(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.#pause === 0) log().warn({ reason: describeError(error) }, `shipping: the log collector does not take the ${this.#what}; it waits`);
    this.#pause = Math.min(Math.max(this.#pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    await sleep(this.#pause, undefined, { signal, ref: false }).catch(() => {}); // an abort ends the pause
  }
}
