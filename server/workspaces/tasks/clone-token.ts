import { gitTokenFile, isTokenFor } from '@/server/connections/github/git-token-file';
import { noteGitHubRefusal, type GitHubToken } from '@/server/connections/github/github-health';
import { gitHubTokenForUse } from '@/server/connections/github/token-for-use';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { assertSecretsInPlace } from '@/server/secrets/injection/assert-in-place';
import { injectSecrets, withdrawSecrets } from '@/server/secrets/injection/inject-secrets';
import { secretsInContainer, SECRETS_VARIABLE } from '@/server/secrets/injection/secrets-target';
import { createMasker, type Masker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** The token with which a workspace's repositories are cloned: its owner's. */
export interface CloneToken {
  /** Tells git's helper where the token is; a path. Empty without one. */
  env: Readonly<Record<string, string>>;
  /** For what git says. */
  masker: Masker;
  /** The token if git would show it to this server. */
  usedFor: (repositoryUrl: string) => GitHubToken | null;
}

type OwnedWorkspace = Pick<WorkspaceRow, 'id' | 'ownerId'>;

/** What a clone is called among the secrets: the same for every attempt of the task, for one may take over the clone of another. */
export function cloneAttempt(workspaceId: string): string {
  return `clone-${workspaceId}`;
}

/** Puts the owner's token in place if one of the repositories lies on its host; the token serves no other. Safe to repeat. */
export async function giveCloneToken(engine: ContainerEngine, place: { workspace: OwnedWorkspace; containerId: string; signal: AbortSignal }, repositoryUrls: readonly string[]): Promise<CloneToken> {
  const { workspace, containerId, signal } = place;
  const token = await gitHubTokenForUse(workspace.ownerId);
  if (!token || !repositoryUrls.some((url) => isTokenFor(token, url))) return { env: {}, masker: createMasker([]), usedFor: () => null };
  const attempt = cloneAttempt(workspace.id);
  await injectSecrets({ workspaceId: workspace.id, attempt, runId: null, userId: workspace.ownerId }, [gitTokenFile(token)]);
  await assertSecretsInPlace(engine, { workspaceId: workspace.id, containerId, injected: { attempt, names: ['github'] } }, signal);
  return {
    env: { [SECRETS_VARIABLE]: secretsInContainer(attempt) },
    masker: createMasker(secretNeedles([token.value])),
    usedFor: (url) => (isTokenFor(token, url) ? token : null),
  };
}

/** A failure raises an alert and is tried again by the sweep; the clone is over all the same. */
export async function withdrawCloneToken({ id }: OwnedWorkspace): Promise<void> {
  try {
    await withdrawSecrets({ workspaceId: id, attempt: cloneAttempt(id) });
  } catch (error) {
    log().error({ workspaceId: id, reason: describeError(error) }, 'workspace: the token of its clone is still there, the sweep tries again');
  }
}

/** The server did not take the token: the connection is no good until its owner renews it. */
export async function noteRefusedClone({ ownerId }: OwnedWorkspace, token: GitHubToken): Promise<void> {
  await noteGitHubRefusal(database(), ownerId, token, `${token.host} refused the token when a repository was cloned. Connect GitHub again on the Settings page.`);
}
