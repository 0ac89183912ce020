import { Duplex } from 'node:stream';
import type { Frame } from '@/server/containers/frame-decoder';

/**
 * A connection with a port of a container, with what Node's HTTP client asks of a socket. Each side is read only as fast as the other
 * takes it.
 */
export class ContainerChannel extends Duplex {
  /** Of silence, in milliseconds, after which `timeout` is emitted; 0: never. The agent compares it with its own. */
  timeout = 0;
  readonly #socket: Duplex;
  readonly #frames: AsyncGenerator<Frame, void, void>;
  #left: Buffer;
  #reading = false;
  #clock: NodeJS.Timeout | null = null;

  constructor(socket: Duplex, frames: AsyncGenerator<Frame, void, void>, left: Buffer) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#frames = frames;
    this.#left = left;
  }

  override _read(): void {
    if (this.#left.length > 0) {
      const left = this.#left;
      this.#left = Buffer.alloc(0);
      if (!this.push(left)) return;
    }
    if (!this.#reading) void this.#readOn();
  }

  async #readOn(): Promise<void> {
    this.#reading = true;
    try {
      for (;;) {
        const { done, value } = await this.#frames.next();
        if (done) {
          this.push(null);
          return;
        }
        this.#clock?.refresh();
        if (value.stream === 'stdout' && value.data.length > 0 && !this.push(value.data)) break;
      }
      this.#reading = false;
    } catch {
      this.destroy(); // the connection broke: for whoever reads that is its end
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#clock?.refresh();
    this.#socket.write(chunk, callback);
  }

  /** No program in between can keep one direction open alone: the end of ours is the end. */
  override _final(callback: () => void): void {
    this.#socket.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#clock) clearTimeout(this.#clock);
    this.#socket.destroy();
    callback(error);
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    if (this.#clock) clearTimeout(this.#clock);
    this.timeout = milliseconds;
    this.#clock = milliseconds > 0 ? setTimeout(() => this.emit('timeout'), milliseconds).unref() : null;
    if (onTimeout && milliseconds > 0) this.once('timeout', onTimeout);
    return this;
  }

  /** Set by the program in the container already. */
  setNoDelay(): this {
    return this;
  }

  /** The engine's own connection lives as long as its command. */
  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
