import { createHash } from 'node:crypto';
import type { ContainerEngine, ExecResult } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { EXTRA_REPOSITORIES_PATH, REPOSITORY_PATH } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A set-up script and the container it is for. */
export interface SetupPlace {
  engine: ContainerEngine;
  workspace: WorkspaceRow & { setupScript: string };
  containerId: string;
  /** Says how far it is; also what keeps the task's attempt from being given up. */
  onProgress: (line: string) => Promise<void>;
  signal: AbortSignal;
}

/** Every repository's folder in the container. */
export function repositoryPaths(workspace: Pick<WorkspaceRow, 'extraRepositories'>): string[] {
  return [REPOSITORY_PATH, ...workspace.extraRepositories.map(({ folder }) => `${EXTRA_REPOSITORIES_PATH}/${folder}`)];
}

/** Short name of a script's text. */
export function scriptHash(script: string): string {
  return hash([script]).slice(0, 16);
}

/** Names what a script puts into the home directory: another script or another image would put something else there. */
export async function homeStamp(place: SetupPlace): Promise<string> {
  return hash([await imageId(place), place.workspace.setupScript]);
}

/**
 * Names a result that another workspace may begin with: the same image, script, repositories and commits. Must be asked
 * before the script has run, for it may move on to other commits. Throws `unavailable` when git cannot tell.
 */
export async function resultKey(place: SetupPlace): Promise<string> {
  const { workspace } = place;
  const commits: string[] = [];
  for (const repository of repositoryPaths(workspace)) commits.push(await headOf(place, repository));
  const extra = workspace.extraRepositories.map(({ url, branch, folder }) => [url, branch, folder]);
  return hash([await imageId(place), workspace.setupScript, workspace.repositoryUrl, workspace.branch, extra, commits]);
}

/** True when git misses a file in a working tree: an archive cannot say that something is gone. */
export async function hasDeletedFiles(place: SetupPlace): Promise<boolean> {
  for (const repository of repositoryPaths(place.workspace)) {
    const { stdout, exitCode } = await git(place, repository, 'ls-files', '--deleted', '-z');
    if (exitCode !== 0 || stdout.length > 0) return true;
  }
  return false;
}

async function headOf(place: SetupPlace, repository: string): Promise<string> {
  const { exitCode, stdout } = await git(place, repository, 'rev-parse', '--verify', '--quiet', 'HEAD');
  const commit = stdout.toString('utf8').trim();
  if (exitCode !== 0 && commit === '') return 'empty'; // a repository without a commit
  if (/^[0-9a-f]{40,64}$/.test(commit)) return commit;
  throw new AnyonError('unavailable', 'git in the container did not say which commit is checked out.');
}

function git({ engine, containerId, signal }: SetupPlace, repository: string, ...argv: string[]): Promise<ExecResult> {
  return engine.exec(containerId, { argv: ['git', '-C', repository, ...argv], maxOutputBytes: 1024, timeoutMs: 60_000 }, signal);
}

async function imageId({ engine, workspace, signal }: SetupPlace): Promise<string> {
  return (await engine.ensureImage(workspace.image, { pull: 'never', signal })).id;
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify([1, ...parts])).digest('hex');
}
