import { constants } from 'node:fs';
import { chmod, chown, copyFile, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AnyonError } from '@/server/errors';
import { removeMessages } from '@/server/containers/detached-message';
import { checkCommandId, type DetachedCommandSpec, type DetachedFile } from '@/server/containers/detached-spec';

/** Names inside a command's folder that the host reads; the wrapper writes them. */
export const detachedFiles = { out: 'out.raw', err: 'err.raw', pid: 'pid', exit: 'exit.json', base: 'base', patch: 'diff.patch', changes: 'changes.json' } as const;

export interface ExchangeOwner {
  uid: number;
  gid: number;
}

/**
 * Writes everything that the wrapper needs into `directory` (`<exchange>/<commandId>`), durably and at once: the folder
 * is made complete beside the exchange folder, where no container can reach it, and then moved in. Nothing is left
 * half-made by a crash, and a link planted under the same name is never followed.
 *
 * Returns false, and changes nothing, when the folder exists already: an id means one specification for ever, and it
 * may have been claimed. Throws `precondition` when the files cannot be given to `owner`.
 */
export async function prepareDetachedCommand(directory: string, spec: DetachedCommandSpec, owner: ExchangeOwner): Promise<boolean> {
  const commandId = checkCommandId(path.basename(directory));
  const exchange = path.dirname(directory);
  if (await isDirectory(directory)) return false;
  const staging = stagingFolder(directory);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
  try {
    await writeFolder(staging, spec, owner);
    await rename(staging, directory);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw translate(error, commandId);
  }
  await syncFolder(exchange);
  return true;
}

/** Deletes the command's folder and what it was never told; absent is fine. */
export async function removeDetachedCommand(directory: string): Promise<void> {
  checkCommandId(path.basename(directory));
  await removeMessages(directory);
  await rm(stagingFolder(directory), { recursive: true, force: true });
  // rm unlinks a symbolic link and never enters it.
  await rm(directory, { recursive: true, force: true });
}

/** Beside the exchange folder: the same file system (so that a move is atomic), but not mounted into the container. */
function stagingFolder(directory: string): string {
  return path.join(path.dirname(path.dirname(directory)), 'staging', path.basename(directory));
}

async function writeFolder(folder: string, spec: DetachedCommandSpec, owner: ExchangeOwner): Promise<void> {
  // Side by side, for the disk makes several files durable in the time of one; all have come to their end before the folder may be removed.
  const written = await Promise.allSettled([
    writeFile(folder, 'spec.json', JSON.stringify(toWireSpec(spec)), 0o600, owner),
    ...(spec.input === null ? [] : [writeFile(folder, 'input.jsonl', spec.input, 0o600, owner)]),
    ...(spec.files ?? []).map((file) => addFile(folder, file, owner)),
    // Made by the host, so that they are regular files from the first byte on.
    writeFile(folder, detachedFiles.out, '', 0o600, owner),
    writeFile(folder, detachedFiles.err, '', 0o600, owner),
  ]);
  for (const one of written) if (one.status === 'rejected') throw one.reason;
  await giveTo(folder, owner);
  await syncFolder(folder);
}

/** spec.json, version 1: what docker/claude-code/anyon-run reads. */
function toWireSpec(spec: DetachedCommandSpec): Record<string, unknown> {
  return {
    version: 1,
    argv: spec.argv,
    env: spec.env,
    cwd: spec.cwd,
    input: spec.input === null ? null : 'input.jsonl',
    keepStdinOpen: spec.keepStdinOpen,
    closeStdinOn: spec.closeStdinOn,
    credential: spec.credential,
    worktree: spec.worktree,
    session: spec.session ?? null,
    instructions: spec.instructions,
    snapshot: spec.snapshot,
    bases: spec.bases ?? null,
  };
}

async function writeFile(folder: string, name: string, content: string, mode: number, owner: ExchangeOwner): Promise<void> {
  const file = path.join(folder, name);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, mode);
  await giveTo(file, owner);
}

async function addFile(folder: string, file: DetachedFile, owner: ExchangeOwner): Promise<void> {
  if (!/^[a-z][a-z.-]{0,63}$/.test(file.name)) throw new AnyonError('invalid', `"${file.name.slice(0, 100)}" is not the name of a command's file.`);
  if ('text' in file) return writeFile(folder, file.name, file.text, 0o400, owner);
  const copy = path.join(folder, file.name);
  // A reflink where the file system has them. Never a hard link: the container's user may own the copy, and so could write to the original.
  await copyFile(file.copyOf, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(copy, 0o400);
  await giveTo(copy, owner);
}

async function giveTo(file: string, owner: ExchangeOwner): Promise<void> {
  if (process.getuid?.() === owner.uid && process.getgid?.() === owner.gid) return;
  await chown(file, owner.uid, owner.gid);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new AnyonError('unavailable', `The folder ${file} cannot be read.`, { cause: error });
  }
}

function translate(cause: unknown, commandId: string): AnyonError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EPERM') {
    return new AnyonError('precondition', `The files of the command ${commandId} cannot be given to the container's user. Run Anyon as root, or set ANYON_DOCKER_USER to the uid it runs as.`, { cause });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AnyonError('limit_reached', 'The disk of the data directory is full. Free some space and try again.', { cause });
  if (code === 'ENOTDIR' || code === 'ENOTEMPTY' || code === 'EEXIST') {
    return new AnyonError('conflict', `Something in the container has taken the place of the command ${commandId}. Try again with a new one.`, { cause });
  }
  return new AnyonError('unavailable', `The files of the command ${commandId} could not be written (${code ?? 'unknown reason'}).`, { cause });
}
