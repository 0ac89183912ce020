import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AnyonError } from '@/server/errors';
import { checkCommandId } from '@/server/containers/detached-spec';

/** What `anyon-run tell` accepts. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * Puts a line for a running command (`directory` is its folder) where the wrapper finds it, and returns the file's name. Beside the command's
 * folder and not in it: the container could have put a link in the folder's place. The file is made where no container reaches, then moved.
 */
export async function putMessage(directory: string, line: string, owner: { uid: number; gid: number }): Promise<string> {
  if (/\n/.test(line) || Buffer.byteLength(line) >= MAX_MESSAGE_BYTES) throw new AnyonError('invalid', 'This is too much to tell a running command at once. Put longer material into the repository and refer to it.');
  const name = `${checkCommandId(path.basename(directory))}.tell-${randomBytes(16).toString('hex')}`;
  const exchange = path.dirname(directory);
  const staging = path.join(path.dirname(exchange), 'staging');
  await mkdir(staging, { recursive: true, mode: 0o700 });
  const staged = path.join(staging, name);
  try {
    const handle = await open(staged, 'wx', 0o600);
    try {
      await handle.writeFile(`${line}\n`);
    } finally {
      await handle.close();
    }
    if (process.getuid?.() !== owner.uid || process.getgid?.() !== owner.gid) await chown(staged, owner.uid, owner.gid);
    await rename(staged, path.join(exchange, name));
  } catch (cause) {
    await rm(staged, { force: true });
    throw new AnyonError('unavailable', `A message for the command ${path.basename(directory)} could not be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}).`, { cause });
  }
  return name;
}

/** Deletes one message; absent is fine, for the wrapper takes it away as it reads it. */
export async function removeMessage(directory: string, name: string): Promise<void> {
  await rm(path.join(path.dirname(directory), path.basename(name)), { force: true, recursive: true });
}

/** Deletes what a worker that died left of messages to this command. */
export async function removeMessages(directory: string): Promise<void> {
  const prefix = `${path.basename(directory)}.tell-`;
  for (const place of [path.dirname(directory), path.join(path.dirname(path.dirname(directory)), 'staging')]) {
    const names = await readdir(place).catch(() => []);
    for (const name of names.filter((one) => one.startsWith(prefix))) await rm(path.join(place, name), { recursive: true, force: true });
  }
}
