'use client';

import type { PublishState, PublishStep } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { ConnectGitHub } from '@/components/publishing/step-failure';
import { ButtonLink } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

const doing: Record<PublishStep, string> = { commit: 'is committing', push: 'is pushing', fetch: 'is fetching the base branch', rebase: 'is rebasing', pull_request: 'is opening a pull request', restore: 'is restoring files' };

/** What is under way, or why nothing can be done now and what helps. */
export function PublishObstacle({ run, state: { activity, interrupted, closedBecause, remedy, noPullRequestBecause } }: { run: RunView; state: PublishState }) {
  return (
    <>
      {activity && (
        <Notice kind="waiting">
          {activity.by} {doing[activity.step]} …{activity.progress && <span className="block font-mono text-xs text-ink-soft">{activity.progress}</span>}
        </Notice>
      )}
      {interrupted !== null && <Notice kind="warning">{interrupted}</Notice>}
      {closedBecause !== null && (
        <Notice
          action={
            remedy === 'start_workspace' && (
              <ButtonLink size="small" href={`/workspaces/${run.workspaceId}`}>
                Go to the workspace
              </ButtonLink>
            )
          }
        >
          {closedBecause}
        </Notice>
      )}
      {closedBecause === null && remedy === 'connect_github' && (
        <Notice kind="warning" action={<ConnectGitHub />}>
          {noPullRequestBecause} Committing works without it.
        </Notice>
      )}
    </>
  );
}
