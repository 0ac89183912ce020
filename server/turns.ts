/** Lets so many works go on at the same time; who comes later waits in the order of coming. A work counts for so long at most: one that hangs must not hold the others up. */
export class Turns {
  #free: number;
  readonly #longestMs: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number, options: { longestMs: number }) {
    this.#free = atOnce;
    this.#longestMs = options.longestMs;
  }

  /** The work when it is its turn; answers, or throws, what it does. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let counts = true;
    const leave = (): void => {
      if (counts) this.#pass();
      counts = false;
    };
    const timer = setTimeout(leave, this.#longestMs).unref();
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
