import fs from 'node:fs';
import { logFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { alsoLogTo, log } from '@/server/log';

const PIECE_BYTES = 1024 * 1024;

/**
 * Opens the log file for a child. The children write into the file itself, not through a pipe, so they go on unharmed when
 * the parent is killed. The caller closes the descriptor.
 */
export function openServerLog(): number {
  return fs.openSync(logFile(), 'a', 0o600);
}

/** The parent's own lines belong into the file as well. Its standard output is the file already where `npm run up` has started it, and elsewhere where systemd or Docker have. */
export function logIntoFile(): void {
  const file = openServerLog();
  const [standard, own] = [fs.fstatSync(1), fs.fstatSync(file)];
  if (standard.dev === own.dev && standard.ino === own.ino) fs.closeSync(file);
  else alsoLogTo(file);
}

/**
 * When the log has grown past ANYON_LOG_FILE_BYTES: puts it aside as `<file>.1`, what was there as `.2` and so on up to ANYON_LOG_FILES, and begins anew.
 * Copied and cut instead of renamed, because the children hold it open (in append mode, so they go on at the new end, and a logrotate with
 * copytruncate is as good). Where the disk is too full for a copy, the oldest that was put aside goes first, and at last the log itself. Never throws.
 */
export function rotateServerLog(): void {
  const { ANYON_LOG_FILE_BYTES: largest, ANYON_LOG_FILES: kept } = env();
  const file = logFile();
  if (kept === 0 || (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= largest) return;
  const partial = `${file}.partial`;
  for (let keep = kept; keep >= 1; keep -= 1) {
    try {
      fs.rmSync(`${file}.${keep}`, { force: true });
      copyThenCut(file, partial);
      for (let number = keep; number > 1; number -= 1) if (fs.existsSync(`${file}.${number - 1}`)) fs.renameSync(`${file}.${number - 1}`, `${file}.${number}`);
      return fs.renameSync(partial, `${file}.1`);
    } catch (error) {
      fs.rmSync(partial, { force: true });
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return log().error({ err: error }, 'parent: the log could not be put aside, so it grows on');
    }
  }
  fs.truncateSync(file, 0);
  log().error('parent: the disk is full, so the log was begun anew and what it held is lost');
}

/** What the children write meanwhile is copied as well; only a line that comes between the last look and the cut, some microseconds, would be lost. */
function copyThenCut(file: string, copy: string): void {
  const from = fs.openSync(file, 'r+');
  const to = fs.openSync(copy, 'w', 0o600);
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let bytes = fs.readSync(from, piece); bytes > 0; bytes = fs.readSync(from, piece)) {
      for (let written = 0; written < bytes; ) written += fs.writeSync(to, piece, written, bytes - written);
    }
    fs.ftruncateSync(from, 0);
  } finally {
    fs.closeSync(from);
    fs.closeSync(to);
  }
}
