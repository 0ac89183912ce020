import { processState } from '@/server/process-state';

const LOOK_EVERY_MS = 100;
/** A collection of garbage is no pressure. */
const LEAST_MS = 15;
const MOST_MS = 100;
/** What the newest look counts beside those before. */
const WEIGHT = 0.3;

class Lateness {
  #mean = 0;

  constructor() {
    let due = performance.now() + LOOK_EVERY_MS;
    setInterval(() => {
      const now = performance.now();
      this.#mean += WEIGHT * (Math.max(0, now - due) - this.#mean);
      due = now + LOOK_EVERY_MS;
    }, LOOK_EVERY_MS).unref();
  }

  get milliseconds(): number {
    return this.#mean < LEAST_MS ? 0 : Math.min(MOST_MS, this.#mean);
  }
}

/**
 * By how many milliseconds this process has lately been late with what was due, in the mean; 0 while it keeps up, 100 at most. Who passes on what
 * comes in small pieces waits so long for more: a process that has too much to do has less to do then, and is late no further.
 */
export function lateness(): number {
  return processState('lateness', () => new Lateness()).milliseconds;
}
