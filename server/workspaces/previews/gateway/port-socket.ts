import { Duplex } from 'node:stream';

/**
 * A connection that is being made, as Node's HTTP client and its agent need one: there from the first moment, so that the agent counts it, and
 * with the functions of a socket. What is written before it stands waits; a failure of `dial` is its error.
 */
export class PortSocket extends Duplex {
  connecting = true;
  /** Of silence, in milliseconds, after which `timeout` is emitted; 0: never. The agent compares it with its own. */
  timeout = 0;
  readonly #leaving = new AbortController();
  #inner: Duplex | null = null;
  #waiting: (() => void) | null = null;
  #clock: NodeJS.Timeout | null = null;

  constructor(dial: (signal: AbortSignal) => Promise<Duplex>) {
    super({ allowHalfOpen: false });
    dial(this.#leaving.signal).then(
      (inner) => this.#opened(inner),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #opened(inner: Duplex): void {
    if (this.destroyed) return void inner.destroy();
    this.#inner = inner;
    this.connecting = false;
    let ended = false;
    inner.on('data', (chunk: Buffer) => {
      this.#clock?.refresh();
      if (!this.push(chunk)) inner.pause();
    });
    inner.once('end', () => {
      ended = true;
      this.push(null);
    });
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => {
      if (!ended) this.destroy();
    });
    this.emit('connect');
    this.#waiting?.();
  }

  override _read(): void {
    this.#inner?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#clock?.refresh();
    if (this.#inner) this.#inner.write(chunk, callback);
    else this.#waiting = () => this.#inner?.write(chunk, callback);
  }

  /** No program in between can keep one direction open alone: the end of ours is the end. */
  override _final(callback: () => void): void {
    this.#inner?.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#clock) clearTimeout(this.#clock);
    this.#leaving.abort();
    this.#inner?.destroy();
    callback(error);
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    if (this.#clock) clearTimeout(this.#clock);
    this.timeout = milliseconds;
    this.#clock = milliseconds > 0 ? setTimeout(() => this.emit('timeout'), milliseconds).unref() : null;
    if (onTimeout && milliseconds > 0) this.once('timeout', onTimeout);
    return this;
  }

  /** The program in the container has done that. */
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
