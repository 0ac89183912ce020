import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { SparseIndex } from '@/server/runs/log-index/sparse-index';

const MAGIC = 'anyonix1';
const HEADER_BYTES = 56;
const ENTRY_BYTES = 16;
/** The end of what was looked through is remembered by its sum, so that an index of another file is noticed. */
const WITNESS_BYTES = 4096;

/** Where the index of a masked log lies: beside it. */
export function indexPath(logPath: string): string {
  return logPath.replace(/\.log$/, '.idx');
}

/** What was kept of the index of this log; an empty index when nothing was kept, or what was kept is damaged or of another file. */
export async function loadIndex(logPath: string): Promise<SparseIndex> {
  try {
    const kept = decode(await readFile(indexPath(logPath)));
    if (kept && (await witness(logPath, kept.index.scanned)) === kept.witness) return kept.index;
  } catch {
    // Absent or unreadable: it can be made again at any time.
  }
  return new SparseIndex();
}

/** Keeps the index, all or nothing: a crash or another process that does the same leaves one whole file. */
export async function keepIndex(logPath: string, index: SparseIndex): Promise<void> {
  const bytes = encode(index, await witness(logPath, index.scanned));
  const path = indexPath(logPath);
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(beside, bytes, { mode: 0o600, flag: 'wx' });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

function encode(index: SparseIndex, sum: number): Buffer {
  const { lines, offsets } = index;
  const bytes = Buffer.alloc(HEADER_BYTES + lines.length * ENTRY_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  for (const [at, value] of [index.scanned, index.newlines, index.lastStart, sum, lines.length].entries()) bytes.writeDoubleLE(value, 8 + at * 8);
  for (let at = 0; at < lines.length; at += 1) {
    bytes.writeDoubleLE(lines[at] ?? 0, HEADER_BYTES + at * ENTRY_BYTES);
    bytes.writeDoubleLE(offsets[at] ?? 0, HEADER_BYTES + at * ENTRY_BYTES + 8);
  }
  bytes.writeDoubleLE(crc32(bytes), 48); // of everything, with zeros where it stands
  return bytes;
}

function decode(bytes: Buffer): { index: SparseIndex; witness: number } | null {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 8) !== MAGIC) return null;
  const sum = bytes.readDoubleLE(48);
  bytes.writeDoubleLE(0, 48);
  const [scanned = 0, newlines = 0, lastStart = 0, seen = 0, count = 0] = Array.from({ length: 5 }, (_, at) => bytes.readDoubleLE(8 + at * 8));
  if (crc32(bytes) !== sum || bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) return null;
  const lines = Array.from({ length: count }, (_, at) => bytes.readDoubleLE(HEADER_BYTES + at * ENTRY_BYTES));
  const offsets = Array.from({ length: count }, (_, at) => bytes.readDoubleLE(HEADER_BYTES + at * ENTRY_BYTES + 8));
  return { index: new SparseIndex({ lines, offsets, scanned, newlines, lastStart }), witness: seen };
}

/** Sum of the bytes in front of `end`; -1 when the file is shorter. */
async function witness(logPath: string, end: number): Promise<number> {
  const file = await open(logPath, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const from = Math.max(0, end - WITNESS_BYTES);
    const bytes = Buffer.alloc(end - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytesRead === bytes.length ? crc32(bytes) : -1;
  } finally {
    await file.close();
  }
}
