const FIRST_MS = 250;
const LAST_MS = 5_000;
/** Never at once: what fails at once would be asked without end. */
const LEAST_MS = 50;

/**
 * How long to wait after so many failures in a row, by a chance in [0, 1): somewhere up to 250 ms, doubling to 5 s. All of the time is left to chance, so that the
 * tabs of all people, which lose a server at the same moment, do not come back at the same moment.
 */
export function retryDelayMs(failures: number, chance: number): number {
  const longest = Math.min(FIRST_MS * 2 ** (failures - 1), LAST_MS);
  return LEAST_MS + chance * (longest - LEAST_MS);
}

/** Waits after each failure, longer from one to the next; from the start again once something has come of it. */
export class RetryDelay {
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  wait(again: () => void): void {
    this.stop();
    this.#failures += 1;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      again();
    }, retryDelayMs(this.#failures, Math.random()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  forget(): void {
    this.#failures = 0;
  }
}
