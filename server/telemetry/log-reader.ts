import { open, stat, type FileHandle } from 'node:fs/promises';

/** Where the next line of the log begins. `head` is the beginning of the file that it is in, by which that file is known again when it has been put aside. */
export interface LogPosition {
  head: string;
  offset: number;
}

/** Whole lines that follow a position, and where those behind them begin. */
export interface LogPiece {
  lines: string[];
  next: LogPosition;
}

const PIECE_BYTES = 256 * 1024;
const HEAD_BYTES = 128;
const NEWLINE = 0x0a;

/** The files of the log, oldest first: those that rotation has put aside (`.1` is the newest of them) and the one that is written. */
function filesOf(file: string, asideAtMost: number): string[] {
  return [...Array.from({ length: asideAtMost }, (_, at) => `${file}.${asideAtMost - at}`), file];
}

/**
 * Reads on from a position, through what was put aside since. Null when there is no further whole line. `gap`: the file of the position is not there any
 * more, so it is not known what was in between; reading goes on at the beginning of the log that is written.
 */
export async function readLogPiece(file: string, asideAtMost: number, from: LogPosition): Promise<(LogPiece & { gap: boolean }) | null> {
  const files = filesOf(file, asideAtMost);
  const found = await findByHead(files, from.head);
  const gap = found === null;
  for (const name of files.slice(files.indexOf(found ?? file))) {
    const offset = name === found ? from.offset : 0;
    const piece = await readPiece(name, offset, name === file);
    if (piece) return { ...piece, gap };
  }
  return null;
}

/** Where the log that is written now begins; null while it is empty. */
export async function beginningOfLog(file: string): Promise<LogPosition | null> {
  const head = await headOf(file);
  return head ? { head, offset: 0 } : null;
}

/** Bytes that follow a position. */
export async function bytesBehind(file: string, asideAtMost: number, from: LogPosition): Promise<number> {
  const files = filesOf(file, asideAtMost);
  const found = await findByHead(files, from.head);
  const sizes = await Promise.all(files.slice(files.indexOf(found ?? file)).map(async (name) => (await stat(name).catch(() => null))?.size ?? 0));
  return Math.max(0, sizes.reduce((sum, size) => sum + size, 0) - (found === null ? 0 : from.offset));
}

/** The newest first: a file that is just being copied is in two places. */
async function findByHead(files: readonly string[], head: string): Promise<string | null> {
  for (const name of files.toReversed()) if ((await headOf(name))?.startsWith(head)) return name;
  return null;
}

async function headOf(name: string): Promise<string | null> {
  return withFile(name, async (handle) => (await readAt(handle, 0, HEAD_BYTES)).toString('latin1'));
}

async function readPiece(name: string, offset: number, isWritten: boolean): Promise<LogPiece | null> {
  return withFile(name, async (handle) => {
    const bytes = await readAt(handle, offset, PIECE_BYTES);
    const whole = bytes.length === PIECE_BYTES || !isWritten; // a line longer than a piece is cut; the last of a file that nobody writes is one
    const end = bytes.lastIndexOf(NEWLINE) + 1 || (whole ? bytes.length : 0);
    if (end === 0) return null;
    const lines = bytes.toString('utf8', 0, end).split('\n').filter(Boolean);
    return { lines, next: { head: (await readAt(handle, 0, HEAD_BYTES)).toString('latin1'), offset: offset + end } };
  });
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function withFile<T>(name: string, work: (handle: FileHandle) => Promise<T>): Promise<T | null> {
  const handle = await open(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return null;
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
