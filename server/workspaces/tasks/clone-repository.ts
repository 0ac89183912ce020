import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isAlive,
  launchDetachedCommand,
  openRegularFile,
  prepareDetachedCommand,
  readExit,
  removeDetachedCommand,
} from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { createMasker } from '@/server/secrets/mask';
import { cloneFailure } from '@/server/workspaces/tasks/clone-failure';
import { FILES_TARGET, REPOSITORY_PATH, workspaceUser } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

interface CloneRequest {
  workspace: WorkspaceRow;
  containerId: string;
  onProgress: (line: string) => Promise<void>;
  signal: AbortSignal;
}

/**
 * Clones inside the container as `anyon`, as a detached command, so that a restart of Anyon in mid-clone neither kills nor
 * repeats it: the task that is tried again finds the clone of the same fence and waits for it. A failed clone leaves
 * no files. Throws `AnyonError` with git's reason in words.
 */
export async function cloneRepository(engine: ContainerEngine, request: CloneRequest): Promise<void> {
  const { workspace, containerId } = request;
  const commandId = `clone-${workspace.fence}`;
  const directory = path.join(workspaceExchangeDir(workspace.id), commandId);
  if (!(await isCloning(engine, containerId, commandId, directory))) {
    await removeDetachedCommand(directory);
    await engine.exec(containerId, { argv: ['rm', '-rf', '--', REPOSITORY_PATH], timeoutMs: 120_000 }, request.signal);
    await prepareDetachedCommand(directory, cloneCommand(workspace), workspaceUser());
    await launchDetachedCommand(engine, containerId, commandId, workspaceUser().text);
  }
  const exitCode = await waitForClone(engine, request, commandId, directory);
  const lastWords = await readErrorTail(directory);
  await removeDetachedCommand(directory);
  if (exitCode !== 0) throw cloneFailure(lastWords, workspace);
}

function cloneCommand(workspace: WorkspaceRow) {
  const branch = workspace.branch ? ['--branch', workspace.branch] : [];
  return {
    // `--` ends the options; address and branch were checked by contract/repository.ts as well.
    argv: ['git', '-c', 'protocol.allow=never', '-c', 'protocol.https.allow=always', '-c', 'protocol.http.allow=always', 'clone', '--progress', ...branch, '--', workspace.repositoryUrl, REPOSITORY_PATH],
    env: { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '/bin/false' },
    cwd: FILES_TARGET,
    input: null,
    keepStdinOpen: false,
    closeStdinOn: null,
    credential: null,
    worktree: null,
    instructions: null,
    snapshot: false,
  };
}

async function isCloning(engine: ContainerEngine, containerId: string, commandId: string, directory: string): Promise<boolean> {
  if (await readExit(directory)) return true; // ended while nobody looked; the result is there
  return (await isAlive(engine, containerId, commandId)) === 'alive';
}

async function waitForClone(engine: ContainerEngine, request: CloneRequest, commandId: string, directory: string): Promise<number | null> {
  let checkedAt = Date.now();
  for (;;) {
    request.signal.throwIfAborted();
    const exit = await readExit(directory);
    if (exit) return exit.exitCode;
    if (Date.now() - checkedAt > 10_000) {
      checkedAt = Date.now();
      if ((await isAlive(engine, request.containerId, commandId)) === 'dead' && !(await readExit(directory))) {
        throw new AnyonError('unavailable', 'Cloning stopped without a result: the container was stopped or git was killed. Start the workspace again.');
      }
    }
    const progress = (await readErrorTail(directory)).split(/[\r\n]+/).filter(Boolean).at(-1);
    if (progress) await request.onProgress(progress);
    await sleep(200, undefined, { signal: request.signal });
  }
}

/** The last 4 KiB of what git said, masked. */
async function readErrorTail(directory: string): Promise<string> {
  const file = await openRegularFile(path.join(directory, 'err.raw'));
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - 4096);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return createMasker([]).maskWhole(buffer.subarray(0, bytesRead)).toString('utf8');
  } finally {
    await file.close();
  }
}
