import { createHash } from 'node:crypto';
import type { LogReader } from '@/tests/bench/log-sources/log-source';
import { nowMicroseconds, type Received } from '@/tests/bench/log-path-messages';

/** Takes a log as it comes, until it has enough bytes: checksum, and the age of each line (its time of writing is in it). */
export class LogReceiver implements LogReader {
  readonly isConnected = Promise.withResolvers<void>();
  readonly #hash = createHash('sha256');
  readonly #latencies: number[] = [];
  readonly #wanted: { bytes: number; measureLines: boolean };
  #bytes = 0;
  #rest = '';

  constructor(wanted: { bytes: number; measureLines: boolean }) {
    this.#wanted = wanted;
  }

  connected(): void {
    this.isConnected.resolve();
  }

  take(piece: string | Buffer): boolean {
    const at = nowMicroseconds();
    this.#bytes += Buffer.byteLength(piece);
    this.#hash.update(piece);
    if (this.#wanted.measureLines) this.#measure(this.#rest + piece.toString(), at);
    return this.#bytes >= this.#wanted.bytes;
  }

  /** What was received, once it is whole. */
  result(): Received {
    if (this.#bytes !== this.#wanted.bytes) throw new Error(`${this.#bytes} bytes arrived of ${this.#wanted.bytes}.`);
    return { finishedAt: nowMicroseconds(), sha256: this.#hash.digest('hex'), latencies: this.#latencies };
  }

  #measure(text: string, at: number): void {
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#latencies.push((at - Number(/"t":(\d{16})/.exec(line)?.[1])) / 1000);
  }
}
