import fs from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { identify, lives } from './process-identity.mjs';

const held = new Set();

/**
 * Takes a lock file or fails with a sentence that names the holder. The file appears complete (hard link of a finished
 * temporary file), so nobody ever reads half of it; what a dead process left is taken over.
 * @param {string} file @param {string} holder what this process is doing, for the other one's message
 */
export function takeLock(file, holder) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, JSON.stringify({ ...identify(process.pid), holder }));
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (linked(mine, file)) {
        held.add(file);
        return;
      }
      const other = readLock(file);
      if (other && lives(other)) throw busy(other);
      removeStale(file, other);
    }
    throw new SetupFailure(`The lock ${file} could not be taken.`, 'Try again in a moment.');
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/** Lets go of every lock of this process. */
export function releaseLocks() {
  for (const file of held) fs.rmSync(file, { force: true });
  held.clear();
}

function linked(from, to) {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Two processes may find the same dead lock: only the one that moves it away may go on, and it looks at what it moved. */
function removeStale(file, seen) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  const moved = readLock(aside);
  if (moved && moved.pid !== seen?.pid && lives(moved)) linked(aside, file);
  fs.rmSync(aside, { force: true });
}

function busy(other) {
  return new SetupFailure(
    `\`${other.holder}\` is running already (process ${other.pid}).`,
    'Wait until it has ended, or end it with Ctrl-C where it runs, and start again.',
  );
}
