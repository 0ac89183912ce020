import fs from 'node:fs';
import { meters } from '@/server/meters';

const BUSY_PAUSE_MS = 5;
/** A reader of our output that takes nothing for this long loses lines rather than holding the process up. */
const BUSY_PATIENCE_MS = 100;

/**
 * Writes lines to a descriptor, each at once and whole. One that cannot be written, because the disk is full or the reader has gone, is lost and
 * counted, and the next one that can be written is preceded by a line that says how many were. A full disk must not end the process that says that the disk is full.
 */
export class LogDestination {
  readonly #descriptor: number;
  readonly #sayLoss: (lines: number) => string;
  #lost = 0;
  /** The disk became full in the middle of a line. */
  #torn = false;

  /** `sayLoss` makes the line that says how many were lost. */
  constructor(descriptor: number, sayLoss: (lines: number) => string) {
    this.#descriptor = descriptor;
    this.#sayLoss = sayLoss;
  }

  write(line: string): void {
    if (this.#lost === 0) return this.#count(this.#put(line));
    const before = `${this.#torn ? '\n' : ''}${this.#sayLoss(this.#lost)}\n`;
    if (!this.#put(before)) return this.#count(false);
    this.#lost = 0;
    this.#count(this.#put(line));
  }

  #count(written: boolean): void {
    if (written) return;
    this.#lost += 1;
    meters().lostLogLines.inc();
  }

  /** False when it could not be written, or not all of it. */
  #put(text: string): boolean {
    let rest = Buffer.from(text);
    const deadline = performance.now() + BUSY_PATIENCE_MS;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(fs.writeSync(this.#descriptor, rest));
        this.#torn = rest.length > 0;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if ((code !== 'EAGAIN' && code !== 'EINTR') || performance.now() > deadline) return false;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
      }
    }
    return true;
  }
}
