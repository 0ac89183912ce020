import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { MANIFEST_NAME, type BackupManifest, type BackupPart } from '@/server/system/backup/manifest';

/**
 * A backup being written: a tar.gz that anybody can look into. It has a temporary name until it is whole and on the disk, and its last
 * entry is the manifest; so what a kill leaves behind is never taken for a backup.
 */
export class ArchiveWriter {
  readonly parts: BackupPart[] = [];
  readonly #pack: Pack = pack();
  readonly #out: WriteStream;
  readonly #written: Promise<void>;
  readonly #file: string;
  readonly #partial: string;

  private constructor(file: string, partial: string, handle: FileHandle) {
    this.#file = file;
    this.#partial = partial;
    this.#out = createWriteStream('', { fd: handle, flush: true });
    this.#written = pipeline(this.#pack, createGzip({ level: 3 }), this.#out);
    this.#written.catch(() => {}); // told to whoever waits for it
  }

  static async create(file: string): Promise<ArchiveWriter> {
    const partial = partialName(file);
    return new ArchiveWriter(file, partial, await open(partial, 'wx', 0o600));
  }

  /** The first `bytes` of an open file; it may grow meanwhile. */
  async addFile(name: string, source: FileHandle, bytes: number): Promise<void> {
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const entry = this.#pack.entry({ name, size: bytes, mode: 0o600, mtime: new Date() });
    // Of nothing a stream would still read one byte.
    if (bytes === 0) entry.end();
    else await Promise.race([pipeline(createReadStream('', { fd: source, autoClose: false, start: 0, end: bytes - 1 }), hashing, entry), this.#broken()]);
    this.parts.push({ name, bytes, sha256: hash.digest('hex') });
  }

  /** Ends with the manifest and gives the file its name. Returns its size. */
  async finish(manifest: BackupManifest): Promise<number> {
    this.#pack.entry({ name: MANIFEST_NAME, mode: 0o600, mtime: new Date() }, JSON.stringify(manifest, null, 2));
    this.#pack.finalize();
    await this.#written;
    await rename(this.#partial, this.#file);
    await syncFolder(path.dirname(this.#file));
    return this.#out.bytesWritten;
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#pack.destroy();
    await finished(this.#out).catch(() => {});
    await rm(this.#partial, { force: true });
  }

  /** Never resolves: rejects when the disk takes no more, which the entry alone would wait for. */
  async #broken(): Promise<never> {
    await this.#written;
    return new Promise<never>(() => {});
  }
}

/** Opens a file for a backup; null when it is gone, or no regular file. Links are not followed. */
export async function openForBackup(file: string): Promise<{ handle: FileHandle; bytes: number } | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, bytes: stat.size };
    await handle.close();
    return null;
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(String((error as NodeJS.ErrnoException).code))) return null;
    throw error;
  }
}

/** Hidden and of another ending, so that no pattern for backups finds it. */
function partialName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.partial`);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
