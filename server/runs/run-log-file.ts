import { open, type FileHandle } from 'node:fs/promises';
import { constants, fstatSync } from 'node:fs';
import { encodedTexts } from '@/server/encoded-texts';
import { keptChunks, type LogChunk } from '@/server/runs/run-log-kept';
import { watchGrowth, type GrowthWatch } from '@/server/runs/run-log-growth';
import { readFully, watchFile } from '@/server/runs/run-output-source';
import { utf8Cut } from '@/server/runs/utf8-cut';

/** One masked log file as all its viewers in this process share it: one watch, and each piece near the end is decoded once. */
export interface RunLogFile {
  /**
   * At most 64 KiB from `from`, whole characters only, so that pieces that follow each other read as the file does; viewers that began in
   * different places have the same ones from the second on. Null if there is nothing (yet). `complete` says that the file does not grow
   * any more: then a broken character at its end is passed on.
   */
  chunkAt(from: number, complete: boolean): Promise<LogChunk | null>;
  /** Calls back once, when `chunkAt(from)` may give more than it gave last. Returns how to forget it. */
  onGrowth(from: number, wake: () => void): () => void;
  /** True if a whole piece is known to be there from `from` on. */
  isBehind(from: number): boolean;
  close(): Promise<void>;
}

const LONGEST_CHARACTER = 4;
/** Pieces end at multiples of this, or before the character that stands across; so none has more than 64 KiB. */
const STEP_BYTES = 64 * 1024 - LONGEST_CHARACTER;

/** Where a piece that begins there ends at the latest. What is left before a multiple may be no whole character: that goes with the next piece. */
function endOfPiece(from: number): number {
  return Math.ceil((from + LONGEST_CHARACTER) / STEP_BYTES) * STEP_BYTES;
}

/** The file need not exist yet. */
export function openRunLogFile(path: string): RunLogFile {
  return new SharedFile(path);
}

class SharedFile implements RunLogFile {
  readonly #path: string;
  readonly #reading = new Map<number, Promise<LogChunk | null>>();
  readonly #waiting = new Set<{ size: number; wake: () => void }>();
  readonly #watch: GrowthWatch;
  #size = 0;
  /** The end of what anybody has been given. */
  #front = 0;
  /** Where a viewer waits for the rest of a broken character: bytes are there, but nothing to give. */
  #broken = { from: -1, size: 0 };
  #file: FileHandle | null = null;
  #opening: Promise<FileHandle | null> | null = null;

  constructor(path: string) {
    this.#path = path;
    this.#watch = watchGrowth((onGrowth) => watchFile(path, onGrowth), async () => this.#look());
  }

  async chunkAt(from: number, complete: boolean): Promise<LogChunk | null> {
    const chunk = keptChunks().get(this.#path, from);
    // A small piece from the live edge would make viewers that come later go in small steps for ever.
    if (chunk && (chunk.to === this.#size || chunk.to > endOfPiece(from) - LONGEST_CHARACTER)) return chunk;
    if (complete) return this.#readChunk(from, true);
    const pending = this.#reading.get(from);
    if (pending) return pending;
    const work = this.#readChunk(from, false).finally(() => this.#reading.delete(from));
    this.#reading.set(from, work);
    return work;
  }

  onGrowth(from: number, wake: () => void): () => void {
    const known = this.#broken.from === from ? this.#broken.size : from;
    if (this.#size > known) {
      wake();
      return () => undefined;
    }
    const waiter = { size: known, wake };
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }

  isBehind(from: number): boolean {
    return this.#size >= endOfPiece(from);
  }

  async close(): Promise<void> {
    keptChunks().forgetLog(this.#path);
    await this.#watch.close();
    await this.#opening;
    await this.#file?.close();
  }

  async #handle(): Promise<FileHandle | null> {
    if (this.#file) return this.#file;
    this.#opening ??= openIfThere(this.#path).finally(() => (this.#opening = null));
    this.#file = await this.#opening;
    return this.#file;
  }

  async #look(): Promise<'grown' | 'quiet'> {
    const before = this.#size;
    // An unreadable disk shows up where a viewer reads; here there is nobody to tell.
    await this.#refreshSize().catch(() => undefined);
    return this.#size > before ? 'grown' : 'quiet';
  }

  async #refreshSize(): Promise<void> {
    const file = await this.#handle();
    if (file) this.#size = fstatSync(file.fd).size;
    for (const waiter of this.#waiting) {
      if (this.#size <= waiter.size) continue;
      this.#waiting.delete(waiter);
      waiter.wake();
    }
  }

  async #readChunk(from: number, complete: boolean): Promise<LogChunk | null> {
    if (!this.isBehind(from)) await this.#refreshSize();
    const file = await this.#handle();
    const size = this.#size;
    if (!file || size <= from) return null;
    const buffer = Buffer.allocUnsafe(Math.min(endOfPiece(from), size) - from);
    const length = await readFully(file, buffer, from);
    const cut = complete && from + length === size ? length : utf8Cut(buffer, length);
    if (cut === 0) {
      this.#broken = { from, size: from + length };
      return null;
    }
    const chunk = { from, to: from + cut, text: buffer.toString('utf8', 0, cut) };
    if (chunk.to > this.#front) this.#keep(chunk);
    return chunk;
  }

  /** Who is first is followed by others; who is far behind would only drive out what they come to. */
  #keep(chunk: LogChunk): void {
    this.#front = chunk.to;
    keptChunks().add(this.#path, chunk);
    encodedTexts().offer(chunk.text);
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
