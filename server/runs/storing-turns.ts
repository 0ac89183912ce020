/** So long a work counts; one that waits for somebody else's lock must not hold the others up. */
const MAX_TURN_MS = 250;

/** Lets so many works go on at the same time; who comes later waits in the order of coming. */
export class StoringTurns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
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
    const timer = setTimeout(leave, MAX_TURN_MS).unref();
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
