import path from 'node:path';
import { and, eq, isNull } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { removeDetachedCommand } from '@/server/containers/detached-command';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { failpoint } from '@/server/failpoint';
import { restoreRemovedFiles } from '@/server/workspaces/checkpoints/restore-removed-files';
import { cloneFailure, isRefusal } from '@/server/workspaces/tasks/clone-failure';
import { giveCloneToken, noteRefusedClone, withdrawCloneToken, type CloneToken } from '@/server/workspaces/tasks/clone-token';
import { lastLines, readOutput } from '@/server/workspaces/tasks/command-output';
import { followToEnd, launchOnce, mayBeThere, plainCommand, startCommand, type Launcher, type StartCommand } from '@/server/workspaces/tasks/start-command';
import { EXTRA_REPOSITORIES_PATH, FILES_TARGET, REPOSITORY_PATH } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

interface CloneRequest {
  workspace: WorkspaceRow;
  containerId: string;
  launcher: Launcher;
  /** Called ten times a second with what git says at the moment. */
  onProgress: (line: string) => Promise<void>;
  signal: AbortSignal;
}

/** One repository of a workspace and where in the container it goes. */
interface Clone {
  repositoryUrl: string;
  branch: string | null;
  target: string;
  command: StartCommand;
  token: CloneToken;
  /** Begins each line of progress; empty when there is one repository only. */
  prefix: string;
}

/**
 * Clones every repository of the workspace, one after the other (or takes over the kept work of a deleted one), inside the container as `anyon`. Each is a detached command,
 * so that a restart of Anyon in mid-clone neither kills nor repeats it: the next attempt takes the finished ones as they are
 * and waits for the one that is on. Private repositories are read with the owner's token, which is gone afterwards. A failed clone
 * leaves no files of its own. Throws `AnyonError` with git's reason in words; the sentence names the repository.
 */
export async function cloneRepositories(engine: ContainerEngine, request: CloneRequest): Promise<void> {
  if (await restoreRemovedFiles(engine, request)) return noteClonedAt(request.workspace);
  const clones = await cloneAll(engine, request);
  await noteClonedAt(request.workspace); // before the results go: who comes later must find the one or the other
  for (const { command } of clones) await removeDetachedCommand(command.directory);
}

async function cloneAll(engine: ContainerEngine, request: CloneRequest): Promise<Clone[]> {
  const { workspace, signal } = request;
  try {
    const token = await giveCloneToken(engine, request, [workspace.repositoryUrl, ...workspace.extraRepositories.map(({ url }) => url)]);
    const clones = clonesOf(request, token);
    for (const clone of clones) await cloneOne(engine, clone, request);
    return clones;
  } finally {
    // A worker that ends leaves the clone to the next one, and the token to the clone.
    if (!signal.aborted) await withdrawCloneToken(workspace);
  }
}

/** The moment also tells what the set-up script has made from what git has: see setup-archive.ts. */
async function noteClonedAt({ id, fence }: WorkspaceRow): Promise<void> {
  await database()
    .update(workspaces)
    .set({ clonedAt: new Date() })
    .where(and(eq(workspaces.id, id), eq(workspaces.fence, fence), isNull(workspaces.clonedAt)));
}

function clonesOf(request: CloneRequest, token: CloneToken): Clone[] {
  const { repositoryUrl, branch, extraRepositories } = request.workspace;
  const all = [
    { repositoryUrl, branch, target: REPOSITORY_PATH },
    ...extraRepositories.map((extra) => ({ repositoryUrl: extra.url, branch: extra.branch, target: `${EXTRA_REPOSITORIES_PATH}/${extra.folder}` })),
  ];
  return all.map((clone, index) => ({
    ...clone,
    token,
    command: startCommand(request, index === 0 ? 'clone' : `clone-${index}`, `Cloning ${clone.repositoryUrl}`),
    prefix: all.length === 1 ? '' : `${index + 1} of ${all.length}, ${clone.repositoryUrl}: `,
  }));
}

async function cloneOne(engine: ContainerEngine, clone: Clone, { workspace, launcher, onProgress }: CloneRequest): Promise<void> {
  const { command } = clone;
  const clearAway = async () => {
    if (await mayBeThere(path.join(workspaceFilesDir(workspace.id), path.relative(FILES_TARGET, clone.target)))) {
      await engine.exec(command.containerId, { argv: ['rm', '-rf', '--', clone.target], timeoutMs: 120_000 }, command.signal);
    }
  };
  await launchOnce(engine, command, cloneSpec(clone), { clearAway, launcher });
  await failpoint('start.clone-launched');
  const exit = await followToEnd(engine, command, async () => {
    const [line] = lastLines(await lastWords(clone), 1);
    if (line) await onProgress(clone.prefix + line);
  });
  if (exit.exitCode === 0) return;
  const words = await lastWords(clone);
  await removeDetachedCommand(command.directory); // or the next try would find this failure
  const token = clone.token.usedFor(clone.repositoryUrl);
  if (token && isRefusal(words)) await noteRefusedClone(workspace, token);
  throw cloneFailure(words, { ...clone, login: token?.login ?? null });
}

async function lastWords({ command, token }: Clone): Promise<string> {
  return (await readOutput(command.directory, 'err', 4096, token.masker)).tail;
}

function cloneSpec({ repositoryUrl, branch, target, token }: Clone) {
  // `--` ends the options; address and branch were checked by contract/repository.ts as well.
  const argv = ['git', '-c', 'protocol.allow=never', '-c', 'protocol.https.allow=always', '-c', 'protocol.http.allow=always', 'clone', '--progress'];
  return plainCommand([...argv, ...(branch ? ['--branch', branch] : []), '--', repositoryUrl, target], { env: { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '/bin/false', ...token.env } });
}
