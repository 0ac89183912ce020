import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openRegularFile } from '@/server/containers/detached-command';
import { setupCachesDir, workspaceSetupDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { MAX_ARCHIVE_BYTES } from '@/server/workspaces/setup/setup-archive';

/**
 * The archives of set-up results on the host: one beside each workspace, for its own home directory, and some per owner for
 * further workspaces. They are content of hostile containers: never unpacked on the host, never given to another owner.
 */
const CACHE_DAYS = 7;
export const CACHES_PER_OWNER = 5;

/** A result that a new workspace may begin with. */
export interface CachedResult {
  file: string;
  keptAt: Date;
}

/** Copies an archive out of an exchange directory; what may lie there instead (a link, a FIFO, something endless) is refused. */
export async function keepArchive(workspaceId: string, stamp: string, exchanged: string): Promise<void> {
  const directory = workspaceSetupDir(workspaceId);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = path.join(directory, 'archive.new');
  await rm(temporary, { force: true });
  const handle = await openRegularFile(exchanged);
  try {
    if ((await handle.stat()).size > MAX_ARCHIVE_BYTES) throw tooLarge();
    await pipeline(handle.createReadStream({ autoClose: false }), atMost(MAX_ARCHIVE_BYTES), createWriteStream(temporary, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await forgetArchives(workspaceId);
  await rename(temporary, ownArchive(workspaceId, stamp));
}

/** The archive that was kept for this workspace, script and image; null when there is none. */
export async function findOwnArchive(workspaceId: string, stamp: string): Promise<string | null> {
  const file = ownArchive(workspaceId, stamp);
  return (await fileTime(file)) ? file : null;
}

/** Offers the workspace's own archive to further workspaces of its owner. */
export async function shareArchive(ownerId: string, key: string, workspaceId: string, stamp: string): Promise<void> {
  await mkdir(ownerDir(ownerId), { recursive: true, mode: 0o700 });
  await linkOrCopy(ownArchive(workspaceId, stamp), cacheFile(ownerId, key));
  await sweepCaches({ all: false });
}

/** A shared result of this owner that is not too old; null when there is none. */
export async function findCached(ownerId: string, key: string): Promise<CachedResult | null> {
  const file = cacheFile(ownerId, key);
  const keptAt = await fileTime(file);
  return keptAt && Date.now() - keptAt.getTime() < CACHE_DAYS * 86_400_000 ? { file, keptAt } : null;
}

/** Makes a shared result the workspace's own as well, for the day when its container is made anew. */
export async function adoptCached(workspaceId: string, stamp: string, cached: CachedResult): Promise<void> {
  await mkdir(workspaceSetupDir(workspaceId), { recursive: true, mode: 0o700 });
  await forgetArchives(workspaceId);
  await linkOrCopy(cached.file, ownArchive(workspaceId, stamp));
}

/** Removes shared results that are too old or too many, the oldest first, and what a crash left half-made. `all`: every one. */
export async function sweepCaches(options: { all: boolean }): Promise<void> {
  for (const ownerId of await namesIn(setupCachesDir())) {
    const directory = path.join(setupCachesDir(), ownerId);
    const found = await Promise.all((await namesIn(directory)).map(async (name) => ({ file: path.join(directory, name), at: (await fileTime(path.join(directory, name)))?.getTime() ?? 0 })));
    const newestFirst = found.toSorted((one, other) => other.at - one.at);
    for (const [index, { file, at }] of newestFirst.entries()) {
      const halfMade = file.endsWith('.new') && Date.now() - at > 3_600_000;
      const tooOld = Date.now() - at > CACHE_DAYS * 86_400_000;
      if (options.all || halfMade || tooOld || index >= CACHES_PER_OWNER) await rm(file, { force: true });
    }
  }
}

function ownArchive(workspaceId: string, stamp: string): string {
  return path.join(workspaceSetupDir(workspaceId), `${stamp}.tar.gz`);
}

function ownerDir(ownerId: string): string {
  return path.join(setupCachesDir(), ownerId);
}

function cacheFile(ownerId: string, key: string): string {
  return path.join(ownerDir(ownerId), `${key}.tar.gz`);
}

async function forgetArchives(workspaceId: string): Promise<void> {
  const directory = workspaceSetupDir(workspaceId);
  for (const name of await namesIn(directory)) if (name.endsWith('.tar.gz')) await rm(path.join(directory, name), { force: true });
}

/** Both are the host's own and never written again, so one file may have two names. A quota per folder forbids that; then it is copied. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  const temporary = `${to}.${randomUUID()}.new`; // writing into a file that is linked already would change the other one
  try {
    await link(from, temporary);
  } catch {
    await copyFile(from, temporary);
  }
  await rename(temporary, to);
  await rm(temporary, { force: true }); // renaming between two names of one file does nothing
}

async function fileTime(file: string): Promise<Date | null> {
  try {
    return (await stat(file)).mtime;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** It may grow while it is copied. */
function atMost(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? tooLarge() : null, chunk);
    },
  });
}

function tooLarge(): AnyonError {
  return new AnyonError('limit_reached', 'The result of the set-up script is too large to be kept.');
}
