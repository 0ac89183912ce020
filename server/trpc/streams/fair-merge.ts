interface Source<T> {
  iterator: AsyncIterator<T, void, undefined>;
  /** Tells the source to end; what it holds is let go of when it does. */
  leave: () => void;
}

interface Waiting<T> {
  key: number;
  source: Source<T>;
  value: T;
}

/**
 * Many sources as one, in turn: of each there is at most one item waiting, and none is served twice while another waits. So a flood holds nobody up, and a
 * reader that stalls holds one item of each. Sources come and go while it is read. It does not end by itself; `close` ends it, and so does a reader that leaves.
 */
export class FairMerge<T> implements AsyncIterable<T> {
  readonly #sources = new Map<number, Source<T>>();
  #waiting: Waiting<T>[] = [];
  #ring: () => void = () => undefined;
  #failure: { cause: unknown } | null = null;
  #closed = false;

  /** How many sources there are that have not ended. */
  get size(): number {
    return this.#sources.size;
  }

  add(key: number, iterator: AsyncIterator<T, void, undefined>, leave: () => void): void {
    const source = { iterator, leave };
    if (this.#closed) return end(source);
    this.#sources.set(key, source);
    this.#pull(key, source);
  }

  /** What of it has not been read yet is not read any more. */
  drop(key: number): void {
    const source = this.#sources.get(key);
    if (!source) return;
    this.#sources.delete(key);
    this.#waiting = this.#waiting.filter((each) => each.source !== source);
    end(source);
  }

  close(): void {
    this.#closed = true;
    for (const key of this.#sources.keys()) this.drop(key);
    this.#ring();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      while (!this.#closed) {
        const next = this.#waiting.shift();
        if (next) {
          this.#pull(next.key, next.source);
          yield next.value;
        } else {
          if (this.#failure) throw this.#failure.cause;
          await new Promise<void>((resolve) => (this.#ring = resolve));
        }
      }
    } finally {
      this.close();
    }
  }

  #pull(key: number, source: Source<T>): void {
    const isHere = () => this.#sources.get(key) === source;
    source.iterator.next().then(
      ({ done, value }) => {
        if (!isHere()) return;
        if (done) this.#sources.delete(key);
        else this.#waiting.push({ key, source, value });
        this.#ring();
      },
      (cause: unknown) => {
        if (!isHere()) return;
        this.#sources.delete(key);
        this.#failure = { cause };
        this.#ring();
      },
    );
  }
}

/** A generator that waits for something ends when that has come to an end: so it is told first. */
function end(source: Source<unknown>): void {
  source.leave();
  source.iterator.return?.().catch(() => undefined); // it has left; nobody is there to be told
}
