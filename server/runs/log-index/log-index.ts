import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { log } from '@/server/log';
import { readFully } from '@/server/runs/run-output-source';
import { keepIndex, loadIndex } from '@/server/runs/log-index/index-file';
import { SparseIndex, STEP_BYTES } from '@/server/runs/log-index/sparse-index';

const PIECE_BYTES = 1024 * 1024;
/** Growth by less than this is not worth a new file: it is looked through again in milliseconds. */
const KEEP_EVERY_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;

/** What stands where in one masked log. Lines count from 0. */
export interface LogIndex {
  /** Looks through what the file has by now, once for all who ask at the same time, a megabyte at a time. */
  catchUp(signal?: AbortSignal): Promise<{ lines: number; bytes: number }>;
  /** Where line `line` begins; the end of what was looked through when there are fewer lines. */
  startOf(line: number): Promise<number>;
  /** The line that holds this byte, and where it begins; for the end of a log that ends with a line end, the line that comes next. */
  lineAt(offset: number): Promise<{ line: number; offset: number }>;
}

/** The index of the masked log at `path`, which need not exist yet and may grow. What was kept of it in a file is gone on with. */
export function openLogIndex(path: string): LogIndex {
  return new FileIndex(path);
}

class FileIndex implements LogIndex {
  readonly #path: string;
  #index: SparseIndex | null = null;
  #kept = 0;
  #working: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  async catchUp(signal?: AbortSignal): Promise<{ lines: number; bytes: number }> {
    this.#working ??= this.#scan().finally(() => (this.#working = null));
    await (signal ? unlessAborted(this.#working, signal) : this.#working);
    const index = this.#index ?? new SparseIndex();
    return { lines: index.count, bytes: index.scanned };
  }

  async startOf(line: number): Promise<number> {
    const index = this.#index ?? new SparseIndex();
    if (line >= index.count) return index.scanned;
    const near = index.beforeLine(line);
    if (near.line === line) return near.offset;
    const bytes = await this.#bytesFrom(near.offset, Math.min(STEP_BYTES, index.scanned - near.offset));
    let at = -1;
    for (let left = line - near.line; left > 0; left -= 1) at = bytes.indexOf(NEWLINE, at + 1);
    return near.offset + at + 1;
  }

  async lineAt(offset: number): Promise<{ line: number; offset: number }> {
    const index = this.#index ?? new SparseIndex();
    const wanted = Math.max(0, Math.min(offset, index.scanned > index.lastStart ? index.scanned - 1 : index.scanned));
    if (wanted >= index.lastStart) return lastLine(index);
    const near = index.beforeOffset(wanted);
    const bytes = await this.#bytesFrom(near.offset, Math.min(STEP_BYTES, wanted - near.offset));
    let { line, offset: start } = near;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
      line += 1;
      start = near.offset + at + 1;
    }
    return { line, offset: start };
  }

  async #scan(): Promise<void> {
    let index = this.#index;
    if (!index) {
      index = await loadIndex(this.#path);
      this.#kept = index.scanned;
    }
    this.#index = index;
    const file = await openIfThere(this.#path);
    if (!file) return;
    try {
      if ((await file.stat()).size < index.scanned) {
        // A masked log never becomes shorter. If it did, what is known of it is worth nothing.
        index = new SparseIndex();
        this.#index = index;
        this.#kept = 0;
      }
      await this.#read(file, index);
    } finally {
      await file.close();
    }
    await this.#keep(index);
  }

  async #read(file: FileHandle, index: SparseIndex): Promise<void> {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(0, size - index.scanned)));
    while (index.scanned < size) {
      const length = await readFully(file, buffer.subarray(0, Math.min(buffer.length, size - index.scanned)), index.scanned);
      if (length === 0) return;
      index.add(buffer.subarray(0, length));
    }
  }

  async #keep(index: SparseIndex): Promise<void> {
    if (index.scanned - this.#kept < KEEP_EVERY_BYTES) return;
    this.#kept = index.scanned;
    await keepIndex(this.#path, index).catch((error: unknown) => log().warn({ err: error, path: this.#path }, 'The index of a log could not be kept; it is made again when it is needed.'));
  }

  async #bytesFrom(offset: number, count: number): Promise<Buffer> {
    const file = await openIfThere(this.#path);
    if (!file) return Buffer.alloc(0);
    try {
      const bytes = Buffer.allocUnsafe(count);
      return bytes.subarray(0, await readFully(file, bytes, offset));
    } finally {
      await file.close();
    }
  }
}

function lastLine(index: SparseIndex): { line: number; offset: number } {
  if (index.scanned > index.lastStart || index.newlines === 0) return { line: index.newlines, offset: index.lastStart };
  return { line: index.newlines, offset: index.scanned };
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
