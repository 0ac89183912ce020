import { processState } from '@/server/process-state';

/** Text of bytes [from, to) of a masked log. */
export interface LogChunk {
  from: number;
  to: number;
  text: string;
}

/** Decoded text of all logs that are watched, for viewers that are close to each other; who is farther behind reads the file. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Of a piece beside its text. */
const PIECE_BYTES = 200;

/** The pieces decoded last, by the file and where in it they begin: at most KEPT_BYTES of them. */
export class KeptChunks {
  readonly #chunks = new Map<string, LogChunk>();
  #bytes = 0;

  get(path: string, from: number): LogChunk | undefined {
    return this.#chunks.get(`${path}:${from}`);
  }

  add(path: string, chunk: LogChunk): void {
    const key = `${path}:${chunk.from}`;
    this.#forget(key);
    this.#chunks.set(key, chunk);
    this.#bytes += PIECE_BYTES + chunk.to - chunk.from;
    if (this.#bytes > KEPT_BYTES) this.#makeRoom();
  }

  /** Nobody watches it any more. */
  forgetLog(path: string): void {
    for (const key of this.#chunks.keys()) if (key.startsWith(`${path}:`)) this.#forget(key);
  }

  /** An eighth at a time: a map finds its first entry by going over all that were removed before it. */
  #makeRoom(): void {
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= KEPT_BYTES - KEPT_BYTES / 8) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const chunk = this.#chunks.get(key);
    if (!chunk) return;
    this.#chunks.delete(key);
    this.#bytes -= PIECE_BYTES + chunk.to - chunk.from;
  }
}

/** Those of this process. */
export function keptChunks(): KeptChunks {
  return processState('kept-chunks', () => new KeptChunks());
}
