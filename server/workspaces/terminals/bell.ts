/** Wakes whoever waits for something to change. Look first, then wait: nothing may come between the two. */
export class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers<void>();
    resolve();
  }

  /** Resolves at the next ring, when the signal fires, or after so long. */
  async heard({ signal, withinMs }: { signal?: AbortSignal; withinMs?: number } = {}): Promise<void> {
    const rung = this.#next.promise;
    if (signal?.aborted) return;
    const left = Promise.withResolvers<void>();
    const leave = () => left.resolve();
    signal?.addEventListener('abort', leave, { once: true });
    const timer = withinMs === undefined ? undefined : setTimeout(leave, withinMs);
    try {
      await Promise.race([rung, left.promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  }
}
