'use client';

import { useQuery } from '@tanstack/react-query';
import type { PublishProposal, PublishState } from '@/contract/publishing';
import { isFinal, type RunView } from '@/contract/run';
import { CommitForm } from '@/components/publishing/commit-form';
import { PublishObstacle } from '@/components/publishing/publish-obstacle';
import { PublishStanding } from '@/components/publishing/publish-standing';
import { PullRequestCard } from '@/components/publishing/pull-request-card';
import { PullRequestForm } from '@/components/publishing/pull-request-form';
import { PushForm } from '@/components/publishing/push-form';
import { RebasePart } from '@/components/publishing/rebase-part';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';

/** From the worktree to the remote: commits, push, pull request and how it stands. */
export function PublishPanel({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const state = useQuery(trpc.publishing.state.queryOptions({ runId: run.id }, { refetchInterval: 60_000 }));
  // Only of a run that is over: a proposal that changes under somebody's eyes is none.
  const proposal = useQuery(trpc.publishing.propose.queryOptions({ runId: run.id }, { enabled: isFinal(run.status) }));
  return (
    <div className="flex flex-col gap-5 pt-3 pb-4">
      <Loaded query={state} height="h-72">
        {(now) => <Steps run={run} state={now} proposal={proposal.data} />}
      </Loaded>
    </div>
  );
}

/** Top to bottom in the order in which they are done; what cannot be done is left out and said. */
function Steps({ run, state, proposal }: { run: RunView; state: PublishState; proposal: PublishProposal | undefined }) {
  const isOpen = state.closedBecause === null;
  return (
    <>
      <PublishObstacle run={run} state={state} />
      {isOpen && <PublishStanding run={run} state={state} />}
      {isOpen && state.uncommittedFiles > 0 && <CommitForm run={run} state={state} proposal={proposal} />}
      {isOpen && <RebasePart run={run} state={state} />}
      {isOpen && <PushForm run={run} state={state} />}
      {state.pullRequest && <PullRequestCard run={run} state={state} pullRequest={state.pullRequest} />}
      {state.pullRequest?.state !== 'open' && <PullRequestForm run={run} state={state} proposal={proposal} />}
    </>
  );
}
