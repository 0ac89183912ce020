const FIRST_MS = 250;
const LAST_MS = 5_000;

/** How long to wait after a failure: 250 ms, doubling to 5 s, from the start again once something has come of it. */
export class RetryDelay {
  #next = FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  wait(again: () => void): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      again();
    }, this.#next);
    this.#next = Math.min(this.#next * 2, LAST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  forget(): void {
    this.#next = FIRST_MS;
  }
}
