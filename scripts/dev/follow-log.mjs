import fs from 'node:fs';
import { logLine } from './log-line.mjs';

const LOOK_MS = 200;
const PIECE_BYTES = 1024 * 1024;

/**
 * Writes whatever is added to `file` from now on to standard output, whole lines at a time; for people when that is a terminal, as it is
 * otherwise. Returns the function that ends it, after a last look.
 */
export function followLog(file) {
  let position = sizeOf(file);
  let rest = '';
  const decoder = new TextDecoder();
  const look = () => {
    const size = sizeOf(file);
    if (size < position) position = 0; // cut, because it had grown large
    while (position < size) {
      const piece = readPiece(file, position, Math.min(PIECE_BYTES, size - position));
      if (piece.length === 0) return;
      position += piece.length;
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) process.stdout.write(`${process.stdout.isTTY ? logLine(line) : line}\n`);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
  };
}

function sizeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readPiece(file, position, length) {
  const descriptor = fs.openSync(file, 'r');
  try {
    const piece = Buffer.alloc(length);
    return piece.subarray(0, fs.readSync(descriptor, piece, 0, length, position));
  } finally {
    fs.closeSync(descriptor);
  }
}
