import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { removeDetachedCommand, stopDetached } from '@/server/containers/detached-command';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { AnyonError } from '@/server/errors';
import { lastLines, readOutput } from '@/server/workspaces/tasks/command-output';
import { followToEnd, launchOnce, plainCommand, startCommand, type StartCommand } from '@/server/workspaces/tasks/start-command';
import type { SetupPlace } from '@/server/workspaces/setup/setup-place';
import { EXCHANGE_TARGET, FILES_TARGET } from '@/server/workspaces/workspace-container';

/** Above this a result is not kept: reading it back would hardly be quicker than the script. */
export const MAX_ARCHIVE_BYTES = 2 * 1024 ** 3;
const ARCHIVE = 'archive.tar.gz';

/** In the home directory: what is a person's, an agent's, or a mere copy of what was downloaded. */
const notFromHome = ['.claude', '.claude.json', '.config/gh', '.config/claude', '.git-credentials', '.netrc', '.ssh', '.gnupg', '.aws', '.docker', '.kube', '.bash_history', '.npm', '.cache/pip', '.cache/yarn'];
/** In the files of the workspace: Claude's transcripts, and the worktrees of runs. */
const notFromFiles = ['.anyon', 'worktrees'];

/** What of the container is meant: all of the workspace's files and the home directory, or the latter alone. */
export type ArchiveScope = 'files and home' | 'home';

/**
 * Packs what has changed since `since` into an archive, inside the container and as its user. By time of change, not by
 * what git knows: so node_modules, submodules, hooks and settings of the repository are all in it. Calls `take` with the
 * archive's file in the exchange directory, which anybody in the container may have replaced meanwhile. Throws what went
 * wrong; then there is no archive.
 */
export async function packResult(place: SetupPlace, scope: ArchiveScope, since: Date, take: (file: string) => Promise<void>): Promise<void> {
  const command = startCommand(place, 'setup-pack', 'Keeping the result of the set-up script');
  const home = await homeDirectory(place);
  const left = [...notFromFiles.map((name) => `${FILES_TARGET}/${name}`), ...notFromHome.map((name) => `${home}/${name}`)];
  // tar looks at the change of a file's data and of its status; npm, for one, gives files the times of their release.
  const changed = [`--after-date=@${since.getTime() / 1000}`, '--anchored', '--no-wildcards', ...left.map((name) => `--exclude=${relative(name)}`)];
  const members = scope === 'home' ? [home] : [FILES_TARGET, home];
  const argv = ['tar', '--create', '--use-compress-program=gzip -1', ...archiveOf(command), ...changed, '--', ...members.map(relative)];
  try {
    await removeDetachedCommand(command.directory); // half an archive of an earlier attempt
    await launchOnce(place.engine, command, plainCommand(argv, { env: {} }));
    const exit = await followToEnd(place.engine, command, () => watchSize(place, command));
    if (exit.exitCode !== 0) throw await failure(command, 'packed');
    await take(path.join(command.directory, ARCHIVE));
  } finally {
    await removeDetachedCommand(command.directory);
  }
}

/** Unpacks a kept archive, inside the container and as its user. What is there already is replaced. */
export async function unpackResult(place: SetupPlace, scope: ArchiveScope, archive: string): Promise<void> {
  const command = startCommand(place, 'setup-unpack', 'Taking over the result of the set-up script');
  const members = scope === 'home' ? [relative(await homeDirectory(place))] : [];
  const argv = ['tar', '--extract', '--use-compress-program=gzip', ...archiveOf(command), '--no-overwrite-dir', '--no-same-owner', '--preserve-permissions', '--', ...members];
  try {
    await removeDetachedCommand(command.directory);
    await launchOnce(place.engine, command, plainCommand(argv, { env: {}, files: [{ name: ARCHIVE, copyOf: archive }] }));
    const begun = Date.now();
    const exit = await followToEnd(place.engine, command, () => place.onProgress(`Taking over the result of an earlier set-up, ${Math.floor((Date.now() - begun) / 10_000) * 10} s`));
    if (exit.exitCode !== 0) throw await failure(command, 'unpacked');
  } finally {
    await removeDetachedCommand(command.directory);
  }
}

function archiveOf(command: StartCommand): string[] {
  return [`--file=${EXCHANGE_TARGET}/${command.id}/${ARCHIVE}`, '--directory=/'];
}

/** Where the image has the home of its user, by the container's own word: it is used for nothing but commands in it. */
async function homeDirectory({ engine, containerId, signal }: SetupPlace): Promise<string> {
  const { stdout } = await engine.exec(containerId, { argv: ['printenv', 'HOME'], maxOutputBytes: 512 }, signal);
  const home = stdout.toString('utf8').trim();
  if (/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(home) && !`${home}/`.startsWith(`${FILES_TARGET}/`)) return home;
  throw new AnyonError('precondition', 'The image has no home directory of its own for its user, so the result of the set-up script is not kept.');
}

async function watchSize({ engine, onProgress, signal }: SetupPlace, command: StartCommand): Promise<void> {
  const size = await lstat(path.join(command.directory, ARCHIVE)).then((found) => found.size, () => 0); // not there yet
  await onProgress(`Keeping the result for the next workspace: ${bytesInWords(size)}`);
  if (size > MAX_ARCHIVE_BYTES) await stopDetached(engine, command.containerId, command.id, 1, signal);
}

async function failure(command: StartCommand, what: string): Promise<AnyonError> {
  const { tail } = await readOutput(command.directory, 'err', 2048);
  return new AnyonError('internal', `The result of the set-up script could not be ${what}: ${lastLines(tail, 2).join(' · ').slice(0, 300) || 'it is too large'}`);
}

function relative(absolute: string): string {
  return absolute.slice(1);
}
