/** Text of bytes [from, to) of a masked log. */
export interface LogChunk {
  from: number;
  to: number;
  text: string;
}

/** Decoded text for viewers that are close to each other; who is farther behind reads the file. */
const KEPT_BYTES = 1024 * 1024;

/** The pieces decoded last, by where they begin: at most KEPT_BYTES of them. */
export class KeptChunks {
  readonly #chunks = new Map<number, LogChunk>();
  #bytes = 0;

  get(from: number): LogChunk | undefined {
    return this.#chunks.get(from);
  }

  add(chunk: LogChunk): void {
    this.#forget(chunk.from);
    this.#chunks.set(chunk.from, chunk);
    this.#bytes += chunk.to - chunk.from;
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#forget(oldest);
    }
  }

  #forget(from: number): void {
    const chunk = this.#chunks.get(from);
    if (!chunk) return;
    this.#chunks.delete(from);
    this.#bytes -= chunk.to - chunk.from;
  }
}
