import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { runProgram } from '@/server/deployment/run-program';
import { AnyonError } from '@/server/errors';
import { exists } from '@/server/workspaces/checkpoints/kept-folder';

const COPY_TIMEOUT_MS = 30 * 60_000;

/**
 * Moves a workspace's files, whose names may be any bytes. In one step where the file system can; else (another file system,
 * a disk quota of its own) they are copied under another name first, so that `target` is never half of them. `target` must
 * not exist, and nobody may be changing the files. Safe to repeat after a crash. Links are never followed.
 */
export async function moveFolder(source: string, target: string): Promise<void> {
  try {
    await rename(source, target);
  } catch (error) {
    if (!isOtherDevice(error)) throw error;
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await copy(source, partial);
    await rename(partial, target);
    await rm(source, { recursive: true, force: true });
  }
}

/**
 * Moves everything in a folder into another that is there: a container has it mounted, so it must stay the same folder. What
 * bears one of the names there is replaced. Safe to repeat after a crash.
 */
export async function moveContents(source: string, target: string): Promise<void> {
  const emptied = `${source}.moved`;
  if (await exists(source)) {
    await moveEach(source, target);
    await rename(source, emptied); // half of what has been copied must never be taken for all of it
  }
  await rm(emptied, { recursive: true, force: true });
}

async function moveEach(source: string, target: string): Promise<void> {
  const names = await readdir(source, { encoding: 'buffer' });
  try {
    for (const name of names) {
      await rm(below(target, name), { recursive: true, force: true });
      await rename(below(source, name), below(target, name));
    }
  } catch (error) {
    if (!isOtherDevice(error)) throw error;
    for (const name of await readdir(source, { encoding: 'buffer' })) await rm(below(target, name), { recursive: true, force: true });
    await copy(source, target);
  }
}

/** Owners, times, modes, links: everything as it is. */
async function copy(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  const { exitCode, stderr } = await runProgram('cp', ['--archive', '--no-target-directory', '--', source, target], COPY_TIMEOUT_MS);
  if (exitCode === 0) return;
  if (/No space left|quota exceeded/i.test(stderr)) throw new AnyonError('limit_reached', 'The disk is full: the files of the workspace cannot be copied. Free some space and try again.');
  throw new AnyonError('unavailable', `The files of the workspace cannot be copied: ${stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? 'no reason given'}.`);
}

function isOtherDevice(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EXDEV';
}

function below(folder: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), name]);
}
