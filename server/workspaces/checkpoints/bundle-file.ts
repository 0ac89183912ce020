import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { openRegularFile } from '@/server/containers/detached-command';
import { assertFreeSpace } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

const BLOCK = 1024 * 1024;
/** All refs are in the header: a line for each. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/**
 * Copies a git bundle out of a folder that a container can write to, and proves that the copy is whole: a bundle ends with
 * the checksum of its pack. A copy and no move, because somebody in the container may still hold the original open. Returns
 * its size. Throws `invalid` for what is no whole bundle and `limit_reached` when there is no room for it.
 */
export async function copyBundle(source: string, target: string): Promise<number> {
  const from = await openRegularFile(source);
  try {
    const { size } = await from.stat();
    await assertFreeSpace(env().assetDir, env().ANYON_MIN_FREE_BYTES + size);
    const to = await open(target, 'wx', 0o600);
    try {
      await copyAndCheck(from, to, size);
      await to.sync();
    } finally {
      await to.close();
    }
    return size;
  } finally {
    await from.close();
  }
}

/** Exactly `size` bytes: what is added meanwhile is not part of it. */
async function copyAndCheck(from: FileHandle, to: FileHandle, size: number): Promise<void> {
  const check = new BundleCheck();
  const buffer = Buffer.alloc(BLOCK);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(BLOCK, size - at), at);
    if (bytesRead === 0) throw notWhole();
    const block = buffer.subarray(0, bytesRead);
    check.add(block);
    await to.write(block, 0, bytesRead, at);
    at += bytesRead;
  }
  check.end();
}

/** A bundle is a header, an empty line, and a pack whose last bytes are the checksum of those before them. */
class BundleCheck {
  #header = Buffer.alloc(0);
  #hash: Hash | null = null;
  #hashBytes = 0;
  /** The last bytes so far, which may be the checksum. */
  #held = Buffer.alloc(0);

  add(block: Buffer): void {
    if (this.#hash) return this.#addToPack(block);
    this.#header = Buffer.concat([this.#header, block]);
    const end = this.#header.indexOf('\n\n');
    if (end < 0) {
      if (this.#header.length > MAX_HEADER_BYTES) throw notWhole();
      return;
    }
    const text = this.#header.toString('latin1', 0, end);
    if (!/^# v[23] git bundle\n/.test(text) || this.#header.toString('latin1', end + 2, end + 6) !== 'PACK') throw notWhole();
    const isSha256 = /^@object-format=sha256$/m.test(text);
    this.#hash = createHash(isSha256 ? 'sha256' : 'sha1');
    this.#hashBytes = isSha256 ? 32 : 20;
    this.#addToPack(this.#header.subarray(end + 2));
  }

  end(): void {
    if (this.#hash === null || this.#held.length !== this.#hashBytes || !this.#hash.digest().equals(this.#held)) throw notWhole();
  }

  #addToPack(block: Buffer): void {
    const all = Buffer.concat([this.#held, block]);
    const sure = Math.max(0, all.length - this.#hashBytes);
    this.#hash?.update(all.subarray(0, sure));
    this.#held = Buffer.from(all.subarray(sure));
  }
}

function notWhole(): AnyonError {
  return new AnyonError('invalid', 'What the container has left is no whole git bundle.');
}
