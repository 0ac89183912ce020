import type { PublishState, PublishStep } from '@/contract/publishing';
import { publishStateSchema } from '@/contract/publishing';
import type { RunAccess } from '@/server/runs/access';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { gitHubRepositoryOf } from '@/server/runs/publishing/github-repository';
import { gitIdentityOf } from '@/server/runs/publishing/git-identity';
import { lastPush } from '@/server/runs/publishing/last-push';
import { publishStepIn } from '@/server/runs/publishing/publish-lease';
import { noteLook, pullRequestOf } from '@/server/runs/publishing/pull-request-rows';
import { signInObstacle } from '@/server/runs/publishing/push-token';
import { readWorktree, type WorktreeReport } from '@/server/runs/publishing/read-worktree';
import { worktreeOf } from '@/server/runs/publishing/worktree';

const nothingRead: Omit<WorktreeReport, 'branch' | 'base'> = { head: null, baseCommit: null, behind: null, uncommitted: 0, merging: false, commits: [] };

/**
 * How the worktree of a run's conversation stands: what is in commits and what is not, what was pushed, and the pull request. Where it cannot be
 * looked into (the workspace is stopped, a run is at work) it says why, with what is known from before.
 */
export async function publishStateOf(access: RunAccess): Promise<PublishState> {
  const { actor, run, workspace } = access;
  const worktree = await worktreeOf(access);
  const [read, author, pushed, pullRequest, step, noSignIn] = await Promise.all([
    worktree.closedBecause === null ? conversationMasker(run).then((masker) => readWorktree(access, worktree, masker)) : null,
    gitIdentityOf(actor.userId),
    lastPush(run),
    pullRequestOf(run),
    publishStepIn(worktree.firstRunId),
    signInObstacle(actor.userId, workspace.repositoryUrl),
  ]);
  if (pullRequest?.state === 'open') await noteLook(pullRequest.id);
  const { head, behind, uncommitted, commits } = read ?? nothingRead;
  const onGitHub = gitHubRepositoryOf(workspace.repositoryUrl) !== null;
  const conflict = step?.conflict && step.conflict.head === head ? { onto: step.conflict.onto, files: step.conflict.files } : null;
  return publishStateSchema.parse({
    branch: read?.branch ?? run.branch,
    baseBranch: read?.base ?? workspace.branch ?? 'the default branch',
    headCommit: head,
    uncommittedFiles: uncommitted,
    commits,
    behind,
    pushed,
    upToDate: head !== null && pushed?.commit === head,
    pullRequest,
    repositoryUrl: workspace.repositoryUrl,
    otherRepositories: workspace.extraRepositories.length,
    author,
    activity: step?.isOn ? { step: step.step, progress: step.progress, since: step.startedAt, by: step.by } : null,
    interrupted: interruption(step),
    closedBecause: worktree.closedBecause,
    noPullRequestBecause: onGitHub ? noSignIn : 'Pull requests are opened on the GitHub that Anyon works with, and this repository is not on it.',
    remedy: worktree.remedy ?? (noSignIn === null ? null : 'connect_github'),
    obstacle: worktree.closedBecause ?? noSignIn ?? (commits.length === 0 ? nothingToPush(uncommitted) : null),
    conflict,
  });
}

function nothingToPush(uncommitted: number): string {
  return uncommitted > 0 ? 'There is nothing to push yet: commit the changes first.' : 'There is nothing to push: the branch has no commits of its own.';
}

/** What became of a step whose process has died, as far as it is known. */
function interruption(step: Awaited<ReturnType<typeof publishStepIn>>): string | null {
  if (!step || step.isOn) return null;
  if (step.problem !== null) return step.problem;
  if (step.endedAt !== null) return null;
  if (step.push) return `Anyon was stopped in the middle of the push to ${step.push.branch} by ${step.by}. It is brought to its end as soon as the workspace runs and no run is at work in these files; until then it is not known whether the branch holds it.`;
  return step.step === 'fetch' ? null : `Anyon was stopped in the middle of ${stepWords[step.step]}. What is shown is how things stand now; do it again where something is missing.`;
}

const stepWords: Record<PublishStep, string> = { commit: 'a commit', push: 'a push', fetch: 'a look at the base branch', rebase: 'a rebase', pull_request: 'opening a pull request', restore: 'a restore of files' };
