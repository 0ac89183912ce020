import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';

const GiB = 1024 ** 3;
/** Measured: a build of the product needs 1.2 GiB resident, the embedded Postgres and the two servers 0.4. */
const COMFORTABLE_MEMORY = 2 * GiB;

/**
 * Fails when the product cannot run here: another system than Linux on x64 or arm64 with glibc (the embedded Postgres has
 * no musl build), an old Node, or too little free disk. Returns a line about the machine.
 */
export function checkPlatform(settings) {
  if (process.platform !== 'linux') throw new SetupFailure(`Anyon runs on Linux; this is ${process.platform}.`, 'Use a Linux VM.');
  if (!['x64', 'arm64'].includes(process.arch)) throw new SetupFailure(`Anyon runs on x64 and arm64 processors; this is ${process.arch}.`);
  process.report.excludeNetwork = true; // else it looks up the name of every peer
  if (!process.report.getReport().header.glibcVersionRuntime) {
    throw new SetupFailure('Anyon needs a Linux with glibc (Debian, Ubuntu, Fedora …); this one has musl.', 'Use a Debian or Ubuntu VM.');
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupFailure(`Anyon needs Node 20.19 or newer to begin; this is ${process.versions.node}.`, 'Install Node 20 or newer with npm.');
  }
  const free = checkFreeDisk(settings.dataDir, settings.minFreeBytes);
  const memory = os.totalmem();
  const warning = memory < COMFORTABLE_MEMORY ? `; ${gib(memory)} of memory is little, the build may be slow` : '';
  return `Machine: Linux ${process.arch}, ${os.availableParallelism()} cores, ${gib(memory)} memory, ${gib(free)} free disk${warning}`;
}

/** Fails with figures when the file system of `directory` (or of its nearest existing parent) has less than `minimum` bytes free. */
export function checkFreeDisk(directory, minimum) {
  let existing = directory;
  while (!fs.existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = fs.statfsSync(existing);
  const free = bavail * bsize;
  if (free >= minimum) return free;
  throw new SetupFailure(
    `The disk is nearly full: ${gib(free)} free at ${existing}, and at least ${gib(minimum)} are needed.`,
    'Free some space, choose another disk with ANYON_DATA_DIR, or lower ANYON_MIN_FREE_BYTES.',
  );
}

function gib(bytes) {
  return `${(bytes / GiB).toFixed(1)} GiB`;
}
